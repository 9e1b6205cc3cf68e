"""How tight the paper's bounds are beside ours, read off a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from proofs_check.certificates.lemmas import METHOD as BOXES
from proofs_check.ledger.ledger import Ledger

SHARPENED = {
    "prop2": ("s2", "s6-gradient", "s0"),
    "lem5-var-rate": ("s4-var-rate", "s6-var-rate"),
    "lem5": ("s4-path", "s6-path"),
    "thm4": ("s4", "s6"),
    "prop3": ("s3",),
    "var-rate": ("s3-var-rate",),
    "thm5-slow": ("s-thm5",),
    "thm6-slow": ("s-thm6",),
    "lem10": ("s-lem10",),
    "lem11": ("s-lem11",),
    "thm5-fast": ("s-thm5-fast",),
    "thm6-fast": ("s-thm6-fast",),
    "prop4": ("s-prop4",),
}
"""The paper's statements, by id, and ours that say the same more sharply."""


class TightnessRow(NamedTuple):
    """**Fields**: ids, the smallest ratios of the larger to the smaller side that were found, and their quotient."""

    paper: str
    paper_tightness: float
    ours: str
    our_tightness: float
    gain: float


def tightness_rows(ledger: Ledger) -> list[TightnessRow]:
    """A row for each pair of which both were checked; what boxes give is a bound on the ratio, and no instance's."""
    return rows_of_ratios((e.statement, e.tightness) for e in ledger.evidence if e.method != BOXES)


def rows_of_ratios(ratios: Iterable[tuple[str, float | None]]) -> list[TightnessRow]:
    """The same from statements' ids with the ratios found, None where a way of knowing finds none."""
    smallest: dict[str, float] = {}
    for id, ratio in ratios:
        if ratio is not None:
            smallest[id] = min(ratio, smallest.get(id, ratio))
    return [
        TightnessRow(paper, smallest[paper], own, smallest[own], smallest[paper] / smallest[own])
        for paper, sharper in SHARPENED.items()
        for own in sharper
        if paper in smallest and own in smallest
    ]
