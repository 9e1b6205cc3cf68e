"""The tables, from rows of a report."""

from __future__ import annotations

from benchmarks.accelerator.table import check_cells, markdown, rate_cells

RATE = {
    "what": "sampling",
    "precision": "float32",
    "rate": 1234.5,
    "unit": "tokens/s",
    "first_seconds": 2.0,
    "sizes": "x",
}


def test_a_rate_with_and_without_a_ceiling():
    bounded = rate_cells(RATE | {"ceiling": 2469.0, "share_of_ceiling": 0.5})
    assert bounded == ["sampling", "float32", "1,234 tokens/s", "2,469", "50%", "2.0 s", "x"]
    assert rate_cells(RATE | {"ceiling": None, "share_of_ceiling": None})[3:5] == ["", ""]
    assert rate_cells(RATE | {"rate": 1.26, "ceiling": None, "share_of_ceiling": None})[2] == "1.3 tokens/s"


def test_errors_take_one_line():
    assert rate_cells({"what": "sampling", "error": "too large\nand more"})[-1] == "too large"
    row = {
        "kernel": "k",
        "deviation": None,
        "tolerance": 1e-9,
        "verdict": "disagrees",
        "sizes": "3",
        "error": "E: a\nb",
    }
    assert check_cells(row) == ["k", "", "1.0e-09", "disagrees", "3; E: a"]


def test_bars_are_escaped_and_columns_aligned():
    assert markdown(("a", "b"), [["|Y|", "1"]]) == "| a     | b |\n|-------|---|\n| \\|Y\\| | 1 |"
