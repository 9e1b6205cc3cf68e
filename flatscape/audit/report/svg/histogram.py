"""A histogram on a logarithmic axis, with what is zero in a column of its own."""

from __future__ import annotations

from markupsafe import Markup

from flatscape.audit.report.content.numbers import plain
from flatscape.audit.report.plots.kinds import HistogramPlot
from flatscape.audit.report.plots.scale import Scale, scale
from flatscape.audit.report.svg.axes import SMALL, frame, picture
from flatscape.audit.report.svg.element import element
from flatscape.audit.report.svg.markers import mark

ZERO = 26.0
"""Width of the place for zero."""


def histogram_svg(plot: HistogramPlot, id: str) -> Markup:
    """The columns of a plot: those at zero to the left, apart from the others."""
    box = SMALL
    along = scale(plot.x, plot.edges, box.left + ZERO, box.x[1])
    up = scale(plot.y, [0.0, float(plot.most)], *box.y)
    parts = [frame(box, plot.x, plot.y, along, up, taken=box.left + ZERO / 2 + 4)]
    columns = [_column(plot, box.left + 1, box.left + ZERO - 7, plot.zero, "no variance", up)]
    parts.append(element("text", "0", x=box.left + ZERO / 2 - 3, y=box.y[0] + 17, class_="tick", text_anchor="middle"))
    for count, low, high in zip(plot.counts, plot.edges, plot.edges[1:], strict=False):
        between = f"variance from {plain(low)} to {plain(high)}"
        columns.append(_column(plot, along.place(low) + 0.5, along.place(high) - 0.5, count, between, up))
    return picture(
        id, box, f"{plot.model.name}: {plot.title.lower()}", plot.about, *parts, element("g", *columns, class_="series")
    )


def _column(plot: HistogramPlot, left: float, right: float, count: int, what: str, up: Scale) -> Markup:
    if not count:
        return Markup("")
    height = up.place(0.0) - up.place(float(count))
    width = max(right - left, 1.0)
    shape = element("rect", x=-width / 2, y=0, width=width, height=height, class_=f"column k{plot.model.kind}")
    told = f"{plot.model.name}: {count} {'prompt' if count == 1 else 'prompts'}, {what}"
    return mark((left + right) / 2, up.place(float(count)), told, shape)
