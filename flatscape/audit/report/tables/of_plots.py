"""The numbers of a plot as a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flatscape.audit.report.content import numbers
from flatscape.audit.report.content.glossary import DIFFERENCE, PROBABILITY
from flatscape.audit.report.content.values import Estimate
from flatscape.audit.report.plots.kinds import (
    CrossPlot,
    DifferencePlot,
    HistogramPlot,
    LinePlot,
    Series,
)
from flatscape.audit.report.tables.kinds import (
    Cell,
    Heading,
    Row,
    Table,
    count_cell,
    estimate_cell,
    model_headings,
)


def curve_table(plot: LinePlot, id: str) -> Table:
    """A row for each place of the curves, a column for each model."""
    xs = sorted({x for s in plot.series for x in s.xs})
    rows = tuple(Row(numbers.plain(x), tuple(estimate_cell(_at(s, x)) for s in plot.series)) for x in xs)
    headings = model_headings([s.model for s in plot.series])
    return Table(f"{id}-numbers", f"{plot.title}: {plot.y.label}.", plot.x.label, headings, rows)


def _at(series: Series, x: float) -> Estimate:
    return next((y for own, y in zip(series.xs, series.ys, strict=True) if own == x), Estimate(None))


def cross_table(plot: CrossPlot, id: str) -> Table:
    """A row for each model."""
    rows = tuple(Row(c.model.name, (estimate_cell(c.x), estimate_cell(c.y)), model=c.model) for c in plot.crosses)
    headings = (Heading(plot.x.label), Heading(plot.y.label))
    return Table(f"{id}-numbers", f"{plot.title}.", "Reward model", headings, rows, sortable=True)


def difference_table(plot: DifferencePlot, id: str) -> Table:
    """A row for each pair."""
    rows = tuple(
        Row(
            f"{d.first.name} − {d.second.name}",
            (estimate_cell(d.estimate), Cell(numbers.share(d.probability), sort=d.probability)),
        )
        for d in plot.rows
    )
    headings = (Heading("difference", DIFFERENCE), Heading("first larger in so many resamples", PROBABILITY))
    return Table(f"{id}-numbers", f"{plot.title}.", "Pair", headings, rows)


def histogram_table(plots: Sequence[HistogramPlot], id: str) -> Table:
    """A row for each range of the variance, a column for each model."""
    edges = plots[0].edges
    rows = [Row("no variance", tuple(count_cell(float(p.zero)) for p in plots))]
    for k, (low, high) in enumerate(pairwise(edges)):
        cells = tuple(count_cell(float(p.counts[k])) if p.counts else Cell(numbers.UNKNOWN) for p in plots)
        rows.append(Row(f"{numbers.plain(low)} to {numbers.plain(high)}", cells))
    if any(p.undefined for p in plots):
        rows.append(Row("fewer than two scores", tuple(count_cell(float(p.undefined)) for p in plots)))
    headings = model_headings([p.model for p in plots])
    return Table(f"{id}-numbers", "Prompts by reward variance.", "Reward variance", headings, tuple(rows))
