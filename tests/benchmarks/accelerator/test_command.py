"""The command line of `make gpu`."""

from __future__ import annotations

import pytest

from benchmarks.accelerator.__main__ import parsed
from benchmarks.accelerator.sizes import ALL_SIZES


@pytest.mark.parametrize(("arguments", "sizes"), [([], "full"), (["--quick"], "quick"), (["--sizes", "tiny"], "tiny")])
def test_sizes_are_full_unless_told_otherwise(arguments: list[str], sizes: str) -> None:
    assert parsed(arguments).sizes == sizes
    assert sizes in ALL_SIZES
