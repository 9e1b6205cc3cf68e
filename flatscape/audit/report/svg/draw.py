"""Any plot as SVG."""

from __future__ import annotations

from markupsafe import Markup

from flatscape.audit.report.plots.kinds import CrossPlot, DifferencePlot, LinePlot, Plot
from flatscape.audit.report.svg.crosses import cross_svg
from flatscape.audit.report.svg.differences import difference_svg
from flatscape.audit.report.svg.histogram import histogram_svg
from flatscape.audit.report.svg.lines import line_svg


def svg(plot: Plot, id: str) -> Markup:
    """The plot as one image whose `id` has to be the only one of its name on the page."""
    if isinstance(plot, LinePlot):
        return line_svg(plot, id)
    if isinstance(plot, CrossPlot):
        return cross_svg(plot, id)
    if isinstance(plot, DifferencePlot):
        return difference_svg(plot, id)
    return histogram_svg(plot, id)
