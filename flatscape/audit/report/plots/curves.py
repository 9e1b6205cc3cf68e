"""Curves of a policy's record: P(no signal), simulated teaching, Best-of-k."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flatscape.audit.report.content.measures import find, measures_of
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.numbers import plain
from flatscape.audit.report.content.values import estimates, mapping, number, numbers
from flatscape.audit.report.plots.kinds import Axis, LinePlot, Series


def no_signal(policy: Mapping[str, Any], models: Sequence[Model]) -> LinePlot | None:
    """P(no signal) against the group size."""
    found = mapping(policy.get("no_signal"))
    sizes, target = numbers(found.get("group_sizes")), number(found.get("target"))
    ticks = tuple(size for size in sizes if size is not None)
    return _plot(
        LinePlot(
            "no-signal",
            "P(no signal) against the group size",
            "How often all completions of a group have the same reward, so that nothing is learnt from it",
            Axis("group size G", "G", "log", ticks),
            Axis("P(no signal)", "P(no signal)", least=0.0),
            _series(models, sizes, found.get("probability"), found.get("interval")),
            level=None if target is None else (target, f"target {plain(target)}"),
        )
    )


def taught_truth(policy: Mapping[str, Any], models: Sequence[Model]) -> LinePlot | None:
    """Expected truth while each model teaches."""
    found = mapping(policy.get("teaching"))
    return _plot(
        LinePlot(
            "teaching",
            "Simulated teaching: the truth",
            "The expected truth of the policy while each reward model teaches it",
            _time(found),
            Axis("expected truth", "truth"),
            _series(models, numbers(found.get("times")), found.get("truth"), found.get("truth_interval")),
            band=True,
        )
    )


def taught_divergence(policy: Mapping[str, Any], models: Sequence[Model]) -> LinePlot | None:
    """KL divergence from the initial policy while each model teaches."""
    found = mapping(policy.get("teaching"))
    return _plot(
        LinePlot(
            "divergence",
            "Simulated teaching: how far the policy moves",
            "The KL divergence of the policy from the one that was sampled, while each reward model teaches it",
            _time(found),
            Axis("KL divergence (nats)", "KL", least=0.0),
            _series(models, numbers(found.get("times")), found.get("kl")),
            band=True,
        )
    )


def best_of_k(policy: Mapping[str, Any], models: Sequence[Model]) -> LinePlot | None:
    """Expected truth of the best of k completions; without a truth there is nothing to compare."""
    found = mapping(policy.get("best_of_k"))
    sizes = numbers(found.get("k"))
    measures = [find(measures_of(policy), f"best-of-{size:g}-truth") for size in sizes if size is not None]
    intervals = {m.name: [one.interval.get(m.name) if one else None for one in measures] for m in models}
    return _plot(
        LinePlot(
            "best-of-k",
            "Best of k: the truth",
            "The expected truth of that one of k completions which each reward model ranks best",
            Axis("completions k", "k", "log", tuple(size for size in sizes if size is not None)),
            Axis("expected truth", "truth"),
            _series(models, sizes, found.get("truth"), intervals),
        )
    )


CURVES: tuple[Callable[[Mapping[str, Any], Sequence[Model]], LinePlot | None], ...] = (
    no_signal,
    taught_truth,
    taught_divergence,
    best_of_k,
)


def _time(teaching: Mapping[str, Any]) -> Axis:
    units = str(teaching.get("units") or "time or steps")
    return Axis(f"taught for ({units})", "time", "log from zero", least=0.0)


def _series(
    models: Sequence[Model], xs: Sequence[float | None], values: object, intervals: object = None
) -> tuple[Series, ...]:
    of, ends = mapping(values), mapping(intervals)
    series = []
    for m in models:
        points = [
            (x, y) for x, y in zip(xs, estimates(of.get(m.name), ends.get(m.name)), strict=False) if x is not None
        ]
        series.append(Series(m, tuple(x for x, _ in points), tuple(y for _, y in points)))
    return tuple(series)


def _plot(plot: LinePlot) -> LinePlot | None:
    """The plot with what it shows in words; None if no number of it is known."""
    known = [s for s in plot.series if s.known]
    if not known:
        return None
    ends = []
    for s in known:
        (first, start), (last, end) = s.known[0], s.known[-1]
        ends.append(
            f"{s.model.name}: {plain(start.value)} at {plot.x.short} = {plain(first)}, {plain(end.value)} at "
            f"{plot.x.short} = {plain(last)}"
        )
    return plot._replace(about=f"{plot.about}. {'; '.join(ends)}.")
