"""Tables in Markdown: written so that no cell breaks a row, and all pages have tables whose rows are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs_check.markdown import table, tables

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_a_bar_in_a_cell_does_not_end_it():
    written = table(["id", "|A|"], [["lem8", "|A| constant\nhere"], ["x", "1"]], right=["|A|"])
    assert tables(written) == [[["id", "|A|"], ["---", "--:"], ["lem8", "|A| constant here"], ["x", "1"]]]


def test_a_broken_row_is_noticed():
    broken = "| id | why |\n|---|---|\n| `lem8` | |A| constant |\n"
    assert [len(row) for row in tables(broken)[0]] == [2, 2, 4]


def test_code_is_no_table():
    assert tables("```\n| a |\n```\n\ntext | text\n\n| a |\n|---|\n") == [[["a"], ["---"]]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_row_has_the_cells_of_its_header(page):
    for rows in tables(page.read_text(encoding="utf-8")):
        assert len(rows) >= 2
        assert all(set(cell) <= set("-:") and cell for cell in rows[1])
        for row in rows:
            assert len(row) == len(rows[0]), row
