"""Tightness of the paper's bounds beside that of ours, read off a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from proofs_check.evidence.method import Method
from proofs_check.ledger.ledger import Ledger
from proofs_check.markdown import table

SHARPENED = {
    "prop2": ("s2", "s0", "s6-gradient"),
    "lem5-var-rate": ("s4-var-rate", "s6-var-rate"),
    "lem5": ("s4-path", "s6-path"),
    "thm4": ("s4", "s6", "s8"),
    "prop3": ("s3", "s3-plus", "s3-plus-plus"),
    "var-rate": ("s3-var-rate",),
    "thm5-slow": ("s-thm5",),
    "thm6-slow": ("s-thm6",),
    "lem10": ("s-lem10",),
    "lem11": ("s-lem11",),
    "thm5-fast": ("s-thm5-fast",),
    "thm6-fast": ("s-thm6-fast",),
    "prop4": ("s-prop4",),
}
"""The paper's statements, by id, and ours that say the same more sharply; where one stands for all, the last does."""


class TightnessRow(NamedTuple):
    """**Fields**: ids, the smallest ratios of the larger to the smaller side that were found, and their quotient."""

    paper: str
    paper_tightness: float
    ours: str
    our_tightness: float
    gain: float


def tightness_rows(ledger: Ledger) -> list[TightnessRow]:
    """A row for each pair of which both were checked; what boxes give is a bound on the ratio, and no instance's."""
    smallest: dict[str, float] = {}
    for item in ledger.evidence:
        if item.method is not Method.BOXES and item.tightness is not None:
            smallest[item.statement] = min(item.tightness, smallest.get(item.statement, item.tightness))
    return [
        TightnessRow(paper, smallest[paper], own, smallest[own], smallest[paper] / smallest[own])
        for paper, sharper in SHARPENED.items()
        for own in sharper
        if paper in smallest and own in smallest
    ]


HEADINGS = ("the paper's", "tightness", "ours", "tightness", "closer to 1 by")
"""Columns of the table of tightness."""


def tightness_cells(rows: Iterable[TightnessRow]) -> list[list[str]]:
    """The rows as texts, in the columns of `HEADINGS`."""
    return [
        [row.paper, f"{row.paper_tightness:.5g}", row.ours, f"{row.our_tightness:.5g}", f"{row.gain:.4g}x"]
        for row in rows
    ]


def tightness_table(ledger: Ledger) -> str:
    """The rows as a table in Markdown."""
    cells = [
        [f"`{paper}`", *middle, f"`{ours}`", our_tightness, gain]
        for paper, *middle, ours, our_tightness, gain in tightness_cells(tightness_rows(ledger))
    ]
    return table(HEADINGS, cells, right=["tightness", "closer to 1 by"])
