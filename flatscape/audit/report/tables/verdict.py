"""The pairs of a verdict: which is ahead, how sure that is, and what it would take to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flatscape.audit.analysis.verdict import rounded
from flatscape.audit.report.content import numbers
from flatscape.audit.report.content.glossary import DIFFERENCE, MORE_PROMPTS, PROBABILITY
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.values import estimate, items, mapping, number
from flatscape.audit.report.tables.kinds import Cell, Heading, Row, Table, estimate_cell


def pair_table(policy: Mapping[str, Any], models: Sequence[Model], id: str) -> Table | None:
    """All pairs of a verdict; None if there are none."""
    verdict = mapping(policy.get("verdict"))
    pairs = [mapping(pair) for pair in items(verdict.get("pairs"))]
    if not pairs:
        return None
    differences = any("difference" in pair for pair in pairs)
    headings = [
        Heading("behind", words=True),
        *([Heading(f"difference, {verdict.get('unit')}", DIFFERENCE)] if differences else []),
        Heading("ahead in so many resamples", PROBABILITY),
        Heading("decided", words=True),
        Heading("more prompts needed", MORE_PROMPTS),
    ]
    by_name = {m.name: m for m in models}
    rows = tuple(_row(pair, by_name, differences=differences) for pair in pairs)
    return Table(
        f"{id}-pairs",
        "Every pair of reward models: the one in front, and how sure that is.",
        "Ahead",
        tuple(headings),
        rows,
    )


def _row(pair: Mapping[str, Any], models: Mapping[str, Model], *, differences: bool) -> Row:
    better, decided, sure = str(pair.get("better")), pair.get("decided") is True, number(pair.get("probability"))
    cells = [
        Cell(str(pair.get("worse"))),
        *([estimate_cell(estimate(pair.get("difference"), pair.get("interval")))] if differences else []),
        Cell(numbers.share(sure), sort=sure),
        Cell("yes" if decided else "no: cannot tell", kind="good" if decided else "bad"),
        Cell("none" if decided else _more(number(pair.get("more_prompts"))), kind="quiet" if decided else ""),
    ]
    return Row(better, tuple(cells), model=models.get(better))


def _more(count: float | None) -> str:
    return "not known" if count is None else f"about {rounded(int(count)):,}"
