"""Models as crosses: one measure against another, with intervals both ways."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from flatscape.audit.report.content.numbers import shown
from flatscape.audit.report.content.values import Estimate
from flatscape.audit.report.plots.kinds import Cross, CrossPlot
from flatscape.audit.report.plots.scale import Scale, scale
from flatscape.audit.report.svg.axes import WIDE, frame, picture
from flatscape.audit.report.svg.element import element
from flatscape.audit.report.svg.markers import mark, marker


def cross_svg(plot: CrossPlot, id: str) -> Markup:
    """The crosses of a plot, each with its model's number; zero stands at the left end of a logarithmic axis."""
    box = WIDE
    crosses = [c for c in plot.crosses if c.x.value is not None and c.y.value is not None]
    # An interval that reaches to nothing does not stretch a logarithmic axis.
    along = scale(plot.x, _numbers((c.x for c in crosses), logarithmic=plot.x.scale == "log"), *box.x)
    up = scale(plot.y, _numbers((c.y for c in crosses), logarithmic=False), *box.y)
    parts = [_cross(plot, c, along, up) for c in crosses]
    return picture(id, box, plot.title, plot.about, frame(box, plot.x, plot.y, along, up), *parts)


def _numbers(found: Iterable[Estimate], *, logarithmic: bool) -> list[float]:
    taken = []
    for one in found:
        floor = (one.value or 0.0) / 30 if logarithmic else float("-inf")
        taken += [max(v, floor) for v in one.known]
    return taken


def _cross(plot: CrossPlot, cross: Cross, along: Scale, up: Scale) -> Markup:
    x, y, model = along.place(cross.x.value or 0.0), up.place(cross.y.value or 0.0), cross.model
    shapes = []
    if cross.x.low is not None and cross.x.high is not None:
        ends = along.place(cross.x.low) - x, along.place(cross.x.high) - x
        shapes.append(element("line", x1=ends[0], x2=ends[1], y1=0, y2=0, class_=f"bar k{model.kind}"))
    if cross.y.low is not None and cross.y.high is not None:
        ends = up.place(cross.y.low) - y, up.place(cross.y.high) - y
        shapes.append(element("line", x1=0, x2=0, y1=ends[0], y2=ends[1], class_=f"bar k{model.kind}"))
    shapes.append(marker(model, 5.5))
    shapes.append(element("text", str(model.number), x=8, y=-7, class_=f"number k{model.kind}", aria_hidden="true"))
    told = f"{model.name}: {plot.x.short} {shown(cross.x)}, {plot.y.short} {shown(cross.y)}"
    return element("g", mark(x, y, told, *shapes), class_="series")
