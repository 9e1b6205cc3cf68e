"""What `make test` leaves out is there to be left out: no entry is stale, and none is another's."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tests.slow_tests import SLOW, is_slow

ROOT = Path(__file__).parents[1]
BEGINNINGS = [beginning for beginnings in SLOW.values() for beginning in beginnings]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_there_are_such_tests(beginning: str) -> None:
    file, _, name = beginning.partition("[")[0].partition("::")
    path = ROOT / file
    assert path.is_dir() or re.search(rf"^def {name or 'test_'}", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_no_entry_is_part_of_another() -> None:
    assert not [pair for pair in itertools.permutations(BEGINNINGS, 2) if pair[0].startswith(pair[1])]


def test_only_they_are_slow() -> None:
    assert is_slow("tests/notebooks/test_browser.py::test_a_slider_is_moved_and_a_number_changes[race]")
    assert not is_slow("tests/sims/test_hitting_times.py::test_agrees_with_scipy")
