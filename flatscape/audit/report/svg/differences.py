"""Differences between models, one above the other, with their intervals and a line at zero."""

from __future__ import annotations

from markupsafe import Markup

from flatscape.audit.report.content.numbers import share, shown
from flatscape.audit.report.plots.kinds import Difference, DifferencePlot
from flatscape.audit.report.plots.scale import Scale, scale
from flatscape.audit.report.svg.axes import Box, horizontal_ticks, picture, rule
from flatscape.audit.report.svg.element import element
from flatscape.audit.report.svg.markers import mark

ROW = 24.0
NAME = 9
"""Characters of a name that a row shows."""


def difference_svg(plot: DifferencePlot, id: str) -> Markup:
    """The rows of a plot: filled where the interval excludes zero."""
    box = Box(width=440.0, height=60.0 + ROW * len(plot.rows), left=192.0, right=16.0, top=8.0, bottom=52.0)
    along = scale(plot.x, [0.0, *(v for row in plot.rows for v in row.estimate.known)], *box.x)
    parts = [rule(along.place(t), box.y[0], along.place(t), box.y[1], "grid") for t in along.ticks]
    parts += [rule(along.place(0.0), box.y[0], along.place(0.0), box.y[1], "zero"), *horizontal_ticks(box, along)]
    parts.append(element("text", plot.x.label, x=box.width - 4, y=box.height - 10, class_="label", text_anchor="end"))
    parts += [_row(row, along, box.top + ROW * (k + 0.5)) for k, row in enumerate(plot.rows)]
    return picture(id, box, plot.title, plot.about, *parts)


def _row(row: Difference, along: Scale, y: float) -> Markup:
    x = along.place(row.estimate.value or 0.0)
    label = f"{row.first.number} {row.first.short(NAME)} − {row.second.number} {row.second.short(NAME)}"
    shapes = []
    if row.estimate.low is not None and row.estimate.high is not None:
        ends = along.place(row.estimate.low) - x, along.place(row.estimate.high) - x
        shapes.append(element("line", x1=ends[0], x2=ends[1], y1=0, y2=0, class_="bar plain"))
    shapes.append(element("circle", r=4.5, class_=f"mark-shape plain {'full' if row.apart else 'hollow'}"))
    sure = "" if row.probability is None else f"; {row.first.name} is larger in {share(row.probability)} of resamples"
    told = f"{row.first.name} less {row.second.name}: {shown(row.estimate)}{sure}"
    name = element("text", label, x=184, y=y + 4, class_="tick pair", text_anchor="end")
    return element("g", name, mark(x, y, told, *shapes), class_="series")
