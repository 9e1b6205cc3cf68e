"""An audit as one Matplotlib figure: the plots of the page in small multiples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from figures.drawing.style import DOTS_PER_INCH, styled
from flatscape.audit.report.content.models import Model, models_of
from flatscape.audit.report.content.schema import check_record
from flatscape.audit.report.content.values import items, mapping
from flatscape.audit.report.drawing.marks import SMALL, literal, style_of
from flatscape.audit.report.drawing.panels import draw_crosses, draw_curves, draw_differences, draw_histograms
from flatscape.audit.report.plots.comparisons import accuracy_against_variance, difference_plots
from flatscape.audit.report.plots.curves import CURVES
from flatscape.audit.report.plots.variance import variance_histograms

WIDTH = 7.0
"""Inches."""

ROW_HEIGHT = 1.95
COLUMNS = 3
LEGEND_COLUMNS = 4
LEGEND_LINE = 0.16
NAME = 28
"""Characters of a model's name in the legend."""

FONTS = ["STIXGeneral", "DejaVu Sans"]

Panel = tuple[str, Callable[[Axes], None]]


def audit_figure(record: Mapping[str, Any]) -> Figure:
    """The plots of an audit as one figure, policy by policy; what the record has no numbers for is left out.

    **Arguments**: `record`, of an audit, as JSON has it (version 1).

    **Returns** a Matplotlib figure that no window holds; `savefig` writes it.

    **Raises** `InvalidInputError` for anything but a record of this version.

    >>> audit_figure({"schema": "flatscape audit", "version": 1, "policies": []}).axes
    []
    """
    check_record(record)
    drawn = []
    for policy in map(mapping, items(record.get("policies"))):
        models = models_of(policy)
        panels = _panels(policy, models)
        if panels:
            drawn.append((policy.get("policy"), models, panels))
    heights = [_height(models, panels) for _, models, panels in drawn]
    with styled(height=1.0), matplotlib.rc_context({"font.family": FONTS}):
        figure = Figure(figsize=(WIDTH, max(sum(heights), 1.0)), dpi=DOTS_PER_INCH, layout="constrained")
        if drawn:
            places = figure.subfigures(len(drawn), 1, height_ratios=heights, squeeze=False)[:, 0]
            for place, (name, models, panels) in zip(places, drawn, strict=True):
                _draw(place, "" if len(drawn) == 1 else f"Policy {name}", models, panels)
    return figure


def _height(models: list[Model], panels: list[Panel]) -> float:
    rows, lines = -(-len(panels) // COLUMNS), -(-len(models) // LEGEND_COLUMNS)
    return rows * ROW_HEIGHT + lines * LEGEND_LINE + 0.25


def _panels(policy: Mapping[str, Any], models: list[Model]) -> list[Panel]:
    """Titles of the panels, and what draws them."""
    panels: list[Panel] = []
    histograms = variance_histograms(policy, models)
    if histograms:
        panels.append((histograms[0].title, partial(draw_histograms, plots=histograms)))
    cross = accuracy_against_variance(policy, models)
    if cross is not None:
        panels.append((cross.title, partial(draw_crosses, plot=cross)))
    curves = (make(policy, models) for make in CURVES)
    panels += [(curve.title, partial(draw_curves, plot=curve)) for curve in curves if curve is not None]
    # The label of the axis says of what.
    panels += [("Paired differences", partial(draw_differences, plot=p)) for p in difference_plots(policy, models)]
    return panels


def _draw(place: SubFigure, title: str, models: list[Model], panels: list[Panel]) -> None:
    rows = -(-len(panels) // COLUMNS)
    grid = place.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes in grid[len(panels) :]:
        axes.remove()
    for axes, (heading, draw) in zip(grid, panels, strict=False):
        draw(axes)
        axes.set_title(literal(heading), fontsize=SMALL + 1.5)
    if title:
        place.suptitle(literal(title), fontsize=SMALL + 3)
    handles = [
        Line2D([], [], markersize=3.5, label=literal(f"{m.number} {m.short(NAME)}"), **style_of(m)) for m in models
    ]
    columns = min(LEGEND_COLUMNS, len(models))
    place.legend(handles=handles, loc="outside lower center", ncols=columns, fontsize=SMALL, handlelength=2.2)
