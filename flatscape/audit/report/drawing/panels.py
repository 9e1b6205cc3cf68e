"""One plot of an audit on one pair of axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from figures.drawing.style import BLACK, GREY
from flatscape.audit.report.content.values import Estimate
from flatscape.audit.report.drawing.marks import SMALL, literal, set_axis, style_of
from flatscape.audit.report.plots.kinds import CrossPlot, DifferencePlot, HistogramPlot, LinePlot
from flatscape.audit.report.plots.scale import Scale, scale, tick_labels

GAP = 2.0
"""Columns between what is zero and what is not."""

BAR = 0.7


def draw_curves(axes: Axes, plot: LinePlot) -> None:
    """Curves of all models, with their intervals as bands or bars."""
    series = [s for s in plot.series if s.known]
    level = [] if plot.level is None else [plot.level[0]]
    x = scale(plot.x, (x for s in series for x, _ in s.known), 0.0, 1.0)
    y = scale(plot.y, [v for s in series for _, found in s.known for v in found.known] + level, 0.0, 1.0)
    for s in series:
        xs = [x.place(value) for value, _ in s.known]
        found = [estimate for _, estimate in s.known]
        own = style_of(s.model)
        axes.plot(xs, [y.place(f.value or 0.0) for f in found], markersize=1.5 if plot.band else 3.0, lw=0.9, **own)
        ends = np.array([_ends(f, y) for f in found])
        if plot.band:
            axes.fill_between(xs, ends[:, 0], ends[:, 1], color=own["color"], alpha=0.13, linewidth=0)
        else:
            axes.vlines(xs, ends[:, 0], ends[:, 1], color=own["color"], lw=BAR)
    if plot.level is not None:
        axes.axhline(y.place(plot.level[0]), color=GREY, lw=0.7, ls=":")
    set_axis(axes, "x", plot.x, x)
    set_axis(axes, "y", plot.y, y)


def draw_crosses(axes: Axes, plot: CrossPlot) -> None:
    """One mark with two bars for each model, and its number."""
    crosses = [c for c in plot.crosses if c.x.value is not None and c.y.value is not None]
    x = scale(plot.x, [v for c in crosses for v in c.x.known], 0.0, 1.0)
    y = scale(plot.y, [v for c in crosses for v in c.y.known], 0.0, 1.0)
    for c in crosses:
        own = style_of(c.model)
        place = x.place(c.x.value or 0.0), y.place(c.y.value or 0.0)
        axes.hlines(place[1], *_ends(c.x, x), color=own["color"], lw=BAR)
        axes.vlines(place[0], *_ends(c.y, y), color=own["color"], lw=BAR)
        axes.plot(*place, markersize=4.0, **own)
        axes.annotate(str(c.model.number), place, xytext=(3, 3), textcoords="offset points", fontsize=SMALL)
    set_axis(axes, "x", plot.x, x)
    set_axis(axes, "y", plot.y, y)


def draw_differences(axes: Axes, plot: DifferencePlot) -> None:
    """One row for each pair, filled where the interval excludes zero."""
    x = scale(plot.x, [0.0, *(v for row in plot.rows for v in row.estimate.known)], 0.0, 1.0)
    for k, row in enumerate(plot.rows):
        axes.hlines(k, *_ends(row.estimate, x), color=BLACK, lw=BAR)
        face = BLACK if row.apart else "white"
        axes.plot(x.place(row.estimate.value or 0.0), k, "o", color=BLACK, markerfacecolor=face, markersize=3.0)
    axes.axvline(x.place(0.0), color=GREY, lw=0.7)
    set_axis(axes, "x", plot.x, x)
    axes.set_ylim(len(plot.rows) - 0.5, -0.5)
    labels = [f"{row.first.number} − {row.second.number}" for row in plot.rows]
    axes.set_yticks(range(len(plot.rows)), labels, fontsize=SMALL)
    axes.grid(visible=False, axis="y")


def draw_histograms(axes: Axes, plots: Sequence[HistogramPlot]) -> None:
    """One row for each model, the darker the more prompts: those without variance to the left."""
    first = plots[0]
    bins = max(len(first.edges) - 1, 0)
    counts = np.zeros((len(plots), bins))
    for k, plot in enumerate(plots):
        if plot.counts:
            counts[k] = plot.counts
    rows = np.arange(len(plots) + 1) - 0.5
    most = max(first.most, 1)
    zero = np.array([[float(plot.zero)] for plot in plots])
    drawn = axes.pcolormesh([-GAP - 1, -GAP], rows, zero, cmap="Blues", vmin=0, vmax=most)
    ticks, labels = [-GAP - 0.5], ["0"]
    if bins:
        axes.pcolormesh(np.arange(bins + 1), rows, counts, cmap="Blues", vmin=0, vmax=most)
        x = scale(first.x, first.edges, 0.0, float(bins))
        from_scale = [(x.place(tick), label) for tick, label in zip(x.ticks, tick_labels(x.ticks), strict=True)]
        ticks += [place for place, _ in from_scale]
        labels += [label for _, label in from_scale]
    axes.set_xticks(ticks, labels, fontsize=SMALL)
    axes.set_yticks(range(len(plots)), [str(plot.model.number) for plot in plots], fontsize=SMALL)
    axes.set_ylim(len(plots) - 0.5, -0.5)
    axes.set_xlabel(literal(first.x.label), fontsize=SMALL + 1)
    axes.set_ylabel("reward model", fontsize=SMALL + 1)
    axes.grid(visible=False)
    bar = axes.figure.colorbar(drawn, ax=axes, pad=0.02, aspect=30)
    bar.ax.tick_params(labelsize=SMALL)
    bar.set_label("prompts", fontsize=SMALL)


def _ends(found: Estimate, scale: Scale) -> tuple[float, float]:
    """The ends of an interval as places; those of the number itself if there is none."""
    value = found.value or 0.0
    low, high = (found.low, found.high) if found.has_interval else (value, value)
    return scale.place(value if low is None else low), scale.place(value if high is None else high)
