"""The frame of a plot: grid, ticks, labels, and what a screen reader says of it."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from flatscape.audit.report.plots.kinds import Axis
from flatscape.audit.report.plots.scale import Scale, tick_labels
from flatscape.audit.report.svg.element import element, joined


class Box(NamedTuple):
    """The place of a plot's inside: `width` and `height` of all, and margins, in units of about a pixel."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def x(self) -> tuple[float, float]:
        """Left and right end."""
        return self.left, self.width - self.right

    @property
    def y(self) -> tuple[float, float]:
        """Lower and upper end."""
        return self.height - self.bottom, self.top


WIDE = Box(width=440.0, height=300.0, left=58.0, right=30.0, top=30.0, bottom=50.0)
SMALL = Box(width=300.0, height=170.0, left=40.0, right=14.0, top=24.0, bottom=44.0)


def picture(id: str, box: Box, title: str, about: str, *parts: str) -> Markup:
    """The whole of a plot as one image with a name and a description."""
    return element(
        "svg",
        element("title", title, id=f"{id}-title"),
        element("desc", about, id=f"{id}-desc"),
        *parts,
        id=id,
        role="img",
        viewBox=f"0 0 {box.width:g} {box.height:g}",
        aria_labelledby=f"{id}-title",
        aria_describedby=f"{id}-desc",
        class_="plot-image",
    )


def frame(box: Box, x: Axis, y: Axis, along: Scale, up: Scale, *, taken: float = float("-inf")) -> Markup:
    """Grid lines with their numbers, and both labels: that of the upright axis stands above it.

    **Arguments**: `taken`, the place up to which there is something else below the plot.
    """
    (left, right), (bottom, top) = box.x, box.y
    parts = [rule(left, up.place(tick), right, up.place(tick), "grid") for tick in up.ticks]
    parts += [rule(along.place(tick), bottom, along.place(tick), top, "grid") for tick in along.ticks]
    parts += [rule(left, bottom, right, bottom, "axis")]
    parts += [
        element("text", label, x=left - 6, y=up.place(tick) + 4, class_="tick", text_anchor="end")
        for tick, label in zip(up.ticks, tick_labels(up.ticks), strict=True)
    ]
    parts += horizontal_ticks(box, along, taken)
    parts.append(element("text", x.label, x=(left + right) / 2, y=box.height - 8, class_="label", text_anchor="middle"))
    parts.append(element("text", y.label, x=4, y=14, class_="label"))
    return joined(parts)


def horizontal_ticks(box: Box, along: Scale, taken: float = float("-inf")) -> list[Markup]:
    """Numbers below the plot; those that would touch the one before are left out."""
    parts, free = [], taken
    for tick, label in zip(along.ticks, tick_labels(along.ticks), strict=True):
        place, half = along.place(tick), 4.2 * len(label)
        if place - half > free:
            parts.append(element("text", label, x=place, y=box.y[0] + 17, class_="tick", text_anchor="middle"))
            free = place + half
    return parts


def rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)
