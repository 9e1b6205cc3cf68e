"""Histograms of the reward variance over the prompts, one for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.values import mapping, number, numbers
from flatscape.audit.report.plots.kinds import Axis, HistogramPlot


def variance_histograms(policy: Mapping[str, Any], models: Sequence[Model]) -> list[HistogramPlot]:
    """How the reward variance is spread over the prompts; empty if no prompt has one."""
    found = mapping(policy.get("variance_over_prompts"))
    edges = tuple(edge for edge in numbers(found.get("edges")) if edge is not None)
    counts = {m: _whole(mapping(found.get("counts")).get(m.name)) for m in models}
    zero, undefined = (
        {m: int(number(mapping(found.get(name)).get(m.name)) or 0) for m in models} for name in ("zero", "undefined")
    )
    if not any(any(own) for own in counts.values()) and not any(zero.values()):
        return []
    most = max(max([*counts[m], zero[m]], default=0) for m in models)
    least, greatest = (edges[0], edges[-1]) if edges else (0.1, 1.0)
    x = Axis("reward variance of a prompt", "reward variance", "log", least=least, most=greatest)
    y = Axis("prompts", "prompts", least=0.0, most=float(max(most, 1)))
    return [
        HistogramPlot(
            f"variance-{m.number}",
            "Reward variance over the prompts",
            _about(m, counts[m], zero[m], undefined[m]),
            x,
            y,
            m,
            edges,
            # Counts that do not fit the edges are of no use.
            counts[m] if len(counts[m]) == len(edges) - 1 else (),
            zero[m],
            undefined[m],
            most,
        )
        for m in models
    ]


def _whole(values: object) -> tuple[int, ...]:
    return tuple(int(v or 0) for v in numbers(values))


def _about(model: Model, counts: Sequence[int], zero: int, undefined: int) -> str:
    told = f"{model.name}: {sum(counts)} prompts with a positive reward variance, {zero} with none"
    return f"{told}, {undefined} with fewer than two scores." if undefined else f"{told}."
