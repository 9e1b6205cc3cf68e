"""Tables that leave columns out rather than cut a number."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from flatscape.output.terminal import Column, fitting_table

COLUMNS = [Column("name", 0), Column("words", 2, wraps=True), Column("value", 1, justify="right"), Column("more", 3)]
ROWS = [["s-thm5-fast", "fail: a-long-name of it", "1.23457e+300", "0.333333"], ["prop3", "hold", "7.5", "-"]]


def printed(table, width):
    console = Console(width=width, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


@pytest.mark.parametrize("width", range(1, 80))
def test_no_number_is_cut_and_every_line_fits(width):
    table, missing = fitting_table(COLUMNS, ROWS, width)
    text = printed(table, max(width, 15))
    headings = ["name", "words", "value", "more"]
    for place in (0, 2, 3):
        for row in ROWS:
            assert (row[place] in text.split()) == (headings[place] not in missing) or row[place] == "-"
    if width >= 15:
        assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text


def test_the_least_important_goes_first():
    left_out = [fitting_table(COLUMNS, ROWS, width)[1] for width in (80, 45, 40, 15)]
    assert left_out == [[], ["more"], ["words", "more"], ["words", "value", "more"]]


def test_all_the_room_that_can_be_used_is_used():
    table, _ = fitting_table(COLUMNS, ROWS, 80)
    assert "│ fail: a-long-name of it │" in printed(table, 80)
