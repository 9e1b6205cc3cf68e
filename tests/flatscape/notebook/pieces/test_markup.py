"""Pieces of a page: every text is escaped, numbers are readable."""

from __future__ import annotations

import math

import pytest
from markupsafe import Markup

from flatscape.notebook.pieces.markup import columns, details, facts, note, number, paragraphs, slug, table

HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (math.nan, "—"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.0, "0"),
        (-0.25, "−0.250"),
        (1e-9, "1.00×10⁻⁹"),
    ],
)
def test_numbers(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    "piece",
    [
        facts({HOSTILE: HOSTILE}),
        table((HOSTILE,), [(HOSTILE,)], caption=HOSTILE),
        note(HOSTILE),
        details(HOSTILE, paragraphs([HOSTILE])),
    ],
)
def test_texts_are_escaped(piece: Markup) -> None:
    assert "<script" not in piece
    assert "&lt;script" in piece


def test_a_cell_may_be_markup() -> None:
    assert "<math></math>" in table(("a",), [(Markup("<math></math>"),)])


def test_columns_are_aligned() -> None:
    assert table(("a", "b"), [("1", "2")], right=("b",)).count('class="right"') == 2


def test_slug() -> None:
    assert slug("P(no signal), G = 8") == "p-no-signal-g-8"


def test_columns_are_not_escaped_twice() -> None:
    assert columns(note("a & b"), Markup("<svg></svg>")) == (
        '<div class="row"><div><p class="note plain" data-note="note">a &amp; b</p></div><div><svg></svg></div></div>'
    )
