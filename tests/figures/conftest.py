"""Every figure's numbers at the smallest level, computed once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from figures.catalog import select_figures
from figures.figure import FigureData


@pytest.fixture(scope="session")
def smoke_data() -> Callable[[str], FigureData]:
    return cache(lambda id: select_figures([id])[0].make("smoke"))
