"""Curves of models, with intervals as bands or bars, each with its number at its end."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.numbers import plain, shown
from flatscape.audit.report.plots.kinds import LinePlot, Series
from flatscape.audit.report.plots.scale import Scale, scale
from flatscape.audit.report.svg.axes import WIDE, frame, picture, rule
from flatscape.audit.report.svg.element import element, joined, points
from flatscape.audit.report.svg.markers import line_class, mark, marker

APART, MOST_APART = 3.0, 18.0
"""Distance of the bars of neighbouring models at one place, and of the first from the last."""

LINE_HEIGHT = 13.0


def line_svg(plot: LinePlot, id: str) -> Markup:
    """The curves of a plot."""
    box, series = WIDE, [s for s in plot.series if s.known]
    along = scale(plot.x, (x for s in series for x, _ in s.known), *box.x)
    level = [] if plot.level is None else [plot.level[0]]
    up = scale(plot.y, [v for s in series for _, y in s.known for v in y.known] + level, *box.y)
    parts = [frame(box, plot.x, plot.y, along, up)]
    if plot.level is not None:
        place = up.place(plot.level[0])
        parts.append(rule(*box.x[:1], place, box.x[1], place, "level"))
        parts.append(element("text", plot.level[1], x=box.x[0] + 4, y=place - 5, class_="tick"))
    if plot.band:
        parts += [_band(s, along, up) for s in series]
    parts += [_curve(plot, s, along, up, 0.0 if plot.band else _aside(k, series)) for k, s in enumerate(series)]
    parts.append(_numbers([(s.model, up.place(_last(s))) for s in series], box.x[1] + 8, box.y))
    return picture(id, box, plot.title, plot.about, *parts)


def _aside(place: int, series: Sequence[Series]) -> float:
    return min(APART, MOST_APART / len(series)) * (place - (len(series) - 1) / 2)


def _last(series: Series) -> float:
    return series.known[-1][1].value or 0.0


def _band(series: Series, along: Scale, up: Scale) -> Markup:
    both = [
        (along.place(x), up.place(y.low), up.place(y.high))
        for x, y in series.known
        if y.low is not None and y.high is not None
    ]
    if len(both) < 2:
        return Markup("")
    outline = [(x, low) for x, low, _ in both] + [(x, high) for x, _, high in reversed(both)]
    return element("path", d=points(outline) + "Z", class_=f"band k{series.model.kind}")


def _curve(plot: LinePlot, series: Series, along: Scale, up: Scale, aside: float) -> Markup:
    places = [(along.place(x) + aside, up.place(y.value or 0.0)) for x, y in series.known]
    parts = [element("path", d=points(places), class_=line_class(series.model))] if len(places) > 1 else []
    size = 2.4 if plot.band else 4.0
    for (x, y), (px, py) in zip(series.known, places, strict=True):
        shapes = [marker(series.model, size)]
        if not plot.band and y.low is not None and y.high is not None:
            ends = up.place(y.low) - py, up.place(y.high) - py
            shapes.insert(0, element("line", x1=0, x2=0, y1=ends[0], y2=ends[1], class_=f"bar k{series.model.kind}"))
        told = f"{series.model.name}, {plot.x.short} = {plain(x)}: {plot.y.short} {shown(y)}"
        parts.append(mark(px, py, told, *shapes))
    return element("g", *parts, class_="series")


def _numbers(wanted: list[tuple[Model, float]], x: float, ends: tuple[float, float]) -> Markup:
    """The number of each curve beside its end, moved so that none covers another."""
    ordered = sorted(wanted, key=lambda one: one[1])
    places = spread([place for _, place in ordered], ends[1], ends[0])
    texts = [
        element("text", str(model.number), x=x, y=place + 4, class_=f"number k{model.kind}")
        for (model, _), place in zip(ordered, places, strict=True)
    ]
    return element("g", joined(texts), aria_hidden="true")


def spread(places: Sequence[float], low: float, high: float, apart: float = LINE_HEIGHT) -> list[float]:
    """Rising places moved until they are so far apart; they stay between the ends if there is room.

    >>> spread([1.0, 2.0, 40.0], 0.0, 50.0, 10.0), spread([49.0, 50.0], 0.0, 50.0, 10.0)
    ([1.0, 11.0, 40.0], [40.0, 50.0])
    """
    apart = min(apart, (high - low) / max(len(places) - 1, 1))
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + apart) if found else max(place, low))
    limit = high
    for k in reversed(range(len(found))):
        found[k] = min(found[k], limit)
        limit = found[k] - apart
    return found
