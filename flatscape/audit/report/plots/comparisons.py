"""Accuracy against variance, and differences between models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flatscape.audit.report.content.measures import (
    GROUP,
    VARIANCE,
    Measure,
    accuracy,
    find,
    measures_of,
    numbered,
)
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.numbers import shown
from flatscape.audit.report.content.values import estimate, items, mapping, number
from flatscape.audit.report.plots.kinds import Axis, Cross, CrossPlot, Difference, DifferencePlot


def accuracy_against_variance(policy: Mapping[str, Any], models: Sequence[Model]) -> CrossPlot | None:
    """The two properties of a reward model that are often taken for a verdict; None without a truth."""
    found = measures_of(policy)
    x, y = find(found, VARIANCE), accuracy(found)
    if x is None or y is None:
        return None
    crosses = tuple(Cross(m, x.of(m), y.of(m)) for m in models)
    known = [c for c in crosses if c.x.value is not None and c.y.value is not None]
    if not known:
        return None
    places = "; ".join(f"{c.model.name}: variance {shown(c.x)}, accuracy {shown(c.y)}" for c in known)
    return CrossPlot(
        "accuracy-variance",
        "Accuracy against variance",
        f"{y.title} against {x.title} of each reward model. {places}.",
        Axis(x.title, "variance", "log"),
        Axis(y.title, "accuracy"),
        crosses,
    )


def compared(measures: Sequence[Measure]) -> list[Measure]:
    """The measures whose differences are drawn: variance, accuracy and P(no signal)."""
    chosen = [
        find(measures, VARIANCE),
        accuracy(measures),
        numbered(measures, r"no-signal-(\d+)", GROUP),
    ]
    return [m for m in chosen if m is not None]


def all_differences(measure: Measure, models: Sequence[Model]) -> list[Difference]:
    """The differences of all pairs that the record has."""
    by_name = {m.name: m for m in models}
    found = []
    for one in map(mapping, items(measure.differences)):
        first, second = by_name.get(str(one.get("first"))), by_name.get(str(one.get("second")))
        if first is not None and second is not None:
            apart = estimate(one.get("estimate"), one.get("interval"))
            found.append(Difference(first, second, apart, number(one.get("probability_first_larger"))))
    return found


def from_first(differences: Sequence[Difference], first: Model) -> list[Difference]:
    """Every other model less one that all are compared with."""
    found = []
    for one in differences:
        if one.second == first:
            found.append(one)
        elif one.first == first:
            found.append(_turned(one))
    return found


def difference_plots(policy: Mapping[str, Any], models: Sequence[Model]) -> list[DifferencePlot]:
    """Paired differences of a few measures: of all pairs of three models, of more those with the first of the order."""
    order = items(mapping(policy.get("verdict")).get("order"))
    leader = next((m for m in models if order and m.name == order[0]), models[0] if models else None)
    plots = []
    for measure in compared(measures_of(policy)):
        rows = [d for d in all_differences(measure, models) if d.estimate.value is not None]
        if len(models) > 3 and leader is not None:
            rows = from_first(rows, leader)
        if rows:
            told = "; ".join(f"{d.first.name} less {d.second.name}: {shown(d.estimate)}" for d in rows)
            plots.append(
                DifferencePlot(
                    f"difference-{measure.id}",
                    f"Paired differences: {measure.title}",
                    f"Differences in {measure.title} between reward models on the same prompts. {told}.",
                    Axis(f"difference in {measure.title}", "difference"),
                    tuple(rows),
                )
            )
    return plots


def _turned(one: Difference) -> Difference:
    value, low, high = (None if v is None else -v for v in one.estimate)
    turned = None if one.probability is None else 1 - one.probability
    return Difference(one.second, one.first, one.estimate._replace(value=value, low=high, high=low), turned)
