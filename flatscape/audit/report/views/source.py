"""What was read, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flatscape.audit.report.content.numbers import count, plain
from flatscape.audit.report.content.values import items, mapping, number
from flatscape.audit.report.content.words import example


class Exclusion(NamedTuple):
    """**Fields**: `reason`; `times`, in words; `examples`, as JSON."""

    reason: str
    times: str
    examples: list[str]


class SourceView(NamedTuple):
    """**Fields**: `facts`, with their names; `exclusions`; `warnings`; `summary`, a sentence."""

    facts: list[tuple[str, str]]
    exclusions: list[Exclusion]
    warnings: list[str]
    summary: str


def source_view(source: Mapping[str, Any]) -> SourceView:
    """The part `source` of a record."""
    sizes = mapping(source.get("completions"))
    least, median, most = (number(sizes.get(name)) for name in ("least", "median", "most"))
    each = plain(least) if least == most else f"{plain(least)} to {plain(most)} (median {plain(median)})"
    prompts, used = count(number(source.get("prompts"))), count(number(source.get("rows_used")))
    key = ", ".join(str(name) for name in items(source.get("group_key")))
    facts = [
        ("format", str(source.get("format"))),
        ("prompts are told by", key or "no column"),
        ("rows read", count(number(source.get("rows_read")))),
        ("rows used", used),
        ("prompts", prompts),
        ("completions of a prompt", each),
    ]
    exclusions = [
        Exclusion(
            str(e.get("reason")), count(number(e.get("count"))), [example(row) for row in items(e.get("examples"))]
        )
        for e in map(mapping, items(source.get("exclusions")))
    ]
    warnings = [str(warning) for warning in items(source.get("warnings"))]
    return SourceView(facts, exclusions, warnings, f"{used} completions of {prompts} prompts, {each} of each.")
