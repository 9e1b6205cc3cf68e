"""The figures of a policy: images, captions, and their numbers as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.plots.comparisons import accuracy_against_variance, difference_plots
from flatscape.audit.report.plots.curves import CURVES
from flatscape.audit.report.plots.kinds import LinePlot, Plot
from flatscape.audit.report.plots.variance import variance_histograms
from flatscape.audit.report.svg.draw import svg
from flatscape.audit.report.tables.kinds import Table
from flatscape.audit.report.tables.of_plots import cross_table, curve_table, difference_table, histogram_table


class Panel(NamedTuple):
    """**Fields**: `image`; `heading` above it, empty if the figure's does; `model`, if it is of one."""

    image: Markup
    heading: str = ""
    model: Model | None = None


class PageFigure(NamedTuple):
    """**Fields**: `id`, `title`, `caption`; `panels`; `legend`, whether models have to be told by number; `table`."""

    id: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    legend: bool
    table: Table


CAPTIONS = {
    "no-signal": "A group whose completions all have the same reward teaches nothing. Bars are intervals; groups "
    "larger than what was sampled are not judged.",
    "teaching": "Each reward model teaches the policy of the completions; what is shown is the truth, which the "
    "teacher does not see. Bands are intervals over prompts.",
    "divergence": "A teacher that moves the policy far without raising the truth teaches something else.",
    "best-of-k": "Without training: the truth of the best of k completions, by each reward model's ranking.",
    "accuracy-variance": "Up and right is often taken for better. Neither says which is the better teacher: see the "
    "simulated teaching.",
}
VARIANCE = (
    "Each panel is a reward model; columns count prompts by the variance of the rewards of their completions, on one "
    "logarithmic axis. At 0: prompts whose completions all have the same reward, from which nothing is learnt."
)
DIFFERENCES = (
    "First model less second, on the same prompts. Filled: the interval excludes zero. A larger number is not always "
    "the better one: see the definition of the measure."
)


def page_figures(policy: Mapping[str, Any], models: Sequence[Model], id: str) -> list[PageFigure]:
    """All figures that the record has the numbers for; `id` begins the ids of all."""
    figures = []
    histograms = variance_histograms(policy, models)
    if histograms:
        panels = tuple(Panel(svg(p, f"{id}-{p.id}"), p.model.name, p.model) for p in histograms)
        name = f"{id}-variance"
        table = histogram_table(histograms, name)
        figures.append(PageFigure(name, histograms[0].title, VARIANCE, panels, False, table))
    cross = accuracy_against_variance(policy, models)
    if cross is not None:
        name = f"{id}-{cross.id}"
        figures.append(_figure(cross, name, CAPTIONS[cross.id], cross_table(cross, name), legend=True))
    curves = (make(policy, models) for make in CURVES)
    figures += [_curves(curve, f"{id}-{curve.id}") for curve in curves if curve is not None]
    for k, plot in enumerate(difference_plots(policy, models)):
        name = f"{id}-difference-{k + 1}"
        figures.append(_figure(plot, name, DIFFERENCES, difference_table(plot, name), legend=False))
    return figures


def _curves(plot: LinePlot, name: str) -> PageFigure:
    return _figure(plot, name, CAPTIONS[plot.id], curve_table(plot, name), legend=True)


def _figure(plot: Plot, name: str, caption: str, table: Table, *, legend: bool) -> PageFigure:
    return PageFigure(name, plot.title, caption, (Panel(svg(plot, f"{name}-image")),), legend, table)
