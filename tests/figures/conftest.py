"""Every figure's numbers at the smallest level, computed once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from figures import FigureData, compute


@pytest.fixture(scope="session")
def smoke_data() -> Callable[[str], FigureData]:
    return cache(lambda id: compute(id, "smoke"))
