"""Tables of simulated teaching: times of gains, and teachers by judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flatscape.audit.report.content.glossary import MATRIX, TIME_TO_GAIN
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.numbers import UNKNOWN, plain, shown
from flatscape.audit.report.content.values import Estimate, estimate, items, mapping, number, numbers
from flatscape.audit.report.tables.kinds import Cell, Heading, Row, Table, model_headings, number_cell

NEVER = "not reached"


def at_budget(teaching: Mapping[str, Any], model: Model) -> Estimate:
    """The expected truth at the last time."""
    curve = items(mapping(teaching.get("truth")).get(model.name))
    ends = items(mapping(teaching.get("truth_interval")).get(model.name))
    return estimate(curve[-1], ends[-1] if ends else None) if curve else Estimate(None)


def time_cell(gain: Mapping[str, Any], model: Model) -> Cell:
    """The time of a gain; what is null was not reached within the budget."""
    times = mapping(gain.get("time"))
    if model.name not in times:
        return Cell(UNKNOWN)
    found = estimate(times[model.name], mapping(gain.get("interval")).get(model.name))
    if found.low is None and found.high is None:
        return Cell(plain(found.value) if found.value is not None else NEVER, sort=found.value)
    low = NEVER if found.low is None else plain(found.low)
    high = NEVER if found.high is None else plain(found.high)
    if found.value is None:
        return Cell(NEVER, f"{low} to {high}")
    if found.has_interval:
        return Cell(shown(found).value, shown(found).interval, found.value)
    return Cell(plain(found.value), f"{low} to {high}", found.value)


def time_table(policy: Mapping[str, Any], models: Sequence[Model], id: str) -> Table | None:
    """When the mean truth has risen by each gain; None without a truth."""
    teaching = mapping(policy.get("teaching"))
    gains = [mapping(one) for one in items(teaching.get("time_to_gain"))]
    if not gains:
        return None
    headings = tuple(Heading(f"gain of {plain(number(g.get('gain')))}", TIME_TO_GAIN, "lower") for g in gains)
    rows = tuple(Row(m.name, tuple(time_cell(g, m) for g in gains), model=m) for m in models)
    units = str(teaching.get("units") or "time or steps")
    caption = f"How long each reward model teaches until the truth has risen ({units})."
    return Table(f"{id}-times", caption, "Reward model", headings, rows, sortable=True)


def matrix_table(policy: Mapping[str, Any], models: Sequence[Model], id: str) -> Table | None:
    """What each judge has gained under each teacher; None if nothing was taught."""
    matrix = mapping(mapping(policy.get("teaching")).get("matrix"))
    taught, judged = ([str(name) for name in items(matrix.get(key))] for key in ("taught", "judged"))
    if not taught or not judged:
        return None
    by_name = {m.name: m for m in models}
    lines = [numbers(line) for line in items(matrix.get("gain"))]
    rows = tuple(
        Row(name, tuple(number_cell(value) for value in line), model=by_name.get(name))
        for name, line in zip(taught, lines, strict=False)
    )
    known = [by_name.get(name) for name in judged]
    headings = (
        model_headings([m for m in known if m is not None])
        if None not in known
        else tuple(Heading(name, MATRIX) for name in judged)
    )
    return Table(f"{id}-matrix", "Gain of each judge (column) under each teacher (row).", "Teacher", headings, rows)
