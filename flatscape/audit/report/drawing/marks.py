"""Colours, marks and lines of models in a figure, and texts that Matplotlib takes as they are."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from figures.drawing.style import GRADES
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.plots.kinds import Axis
from flatscape.audit.report.plots.scale import Scale, tick_labels

SHAPES = ("o", "s", "^", "D", "v", "p")
SMALL = 6.0
"""Points of ticks and of numbers beside marks."""


def style_of(model: Model) -> dict[str, Any]:
    """The colour, mark and line of a model, as `plot` takes them."""
    colour = GRADES[model.kind]
    return {
        "color": colour,
        "marker": SHAPES[model.kind],
        "markerfacecolor": "white" if model.hollow else colour,
        "markeredgecolor": colour,
        "linestyle": (0, (4, 2)) if model.hollow else "-",
    }


def literal(text: str) -> str:
    """A text in which Matplotlib finds no mathematics.

    >>> print(literal("cost_$x$"))
    cost_\\$x\\$
    """
    return text.replace("$", "\\$")


def set_axis(axes: Axes, which: str, axis: Axis, scale: Scale) -> None:
    """The scale of one of the axes, with its ticks and label. Places on it are those of `scale`."""
    places = [scale.place(tick) for tick in scale.ticks]
    ends, labels = sorted((scale.start, scale.end)), tick_labels(scale.ticks)
    if which == "x":
        axes.set_xlim(ends[0], ends[1])
        axes.set_xticks(places, labels, fontsize=SMALL)
        axes.set_xlabel(literal(axis.label), fontsize=SMALL + 1)
    else:
        axes.set_ylim(ends[0], ends[1])
        axes.set_yticks(places, labels, fontsize=SMALL)
        axes.set_ylabel(literal(axis.label), fontsize=SMALL + 1)
