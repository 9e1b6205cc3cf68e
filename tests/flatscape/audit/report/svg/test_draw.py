"""Plots as SVG: marks stand where their numbers are, and labels keep apart."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from flatscape.audit.report.content.models import Model, models_of
from flatscape.audit.report.content.values import Estimate
from flatscape.audit.report.plots.comparisons import accuracy_against_variance, difference_plots
from flatscape.audit.report.plots.curves import CURVES
from flatscape.audit.report.plots.kinds import Axis, LinePlot, Plot, Series
from flatscape.audit.report.plots.variance import variance_histograms
from flatscape.audit.report.svg.draw import svg
from flatscape.audit.report.svg.element import element
from flatscape.audit.report.svg.lines import spread
from flatscape.audit.report.svg.markers import marker
from tests.flatscape.audit.report.audit_records import HOSTILE, record


def plots_of(names: tuple[str, ...]) -> list[Plot]:
    policy = record(names)["policies"][0]
    models = models_of(policy)
    curves = [make(policy, models) for make in CURVES]
    found = [*variance_histograms(policy, models), accuracy_against_variance(policy, models), *curves]
    return [plot for plot in (*found, *difference_plots(policy, models)) if plot is not None]


def places(image: Markup) -> list[tuple[float, float]]:
    found = re.findall(r'class="mark" transform="translate\((\S+) (\S+)\)"', image)
    return [(float(x), float(y)) for x, y in found]


@pytest.mark.parametrize("names", [("a", "b"), HOSTILE])
def test_every_plot_is_xml_within_its_frame(names: tuple[str, ...]) -> None:
    for plot in plots_of(names):
        image = svg(plot, "plot")
        root = ElementTree.fromstring(image)
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        assert [child.tag for child in root[:2]] == ["title", "desc"]
        assert places(image)
        assert all(0 <= x <= width and 0 <= y <= height for x, y in places(image))


def test_marks_of_a_curve_stand_where_its_numbers_are() -> None:
    ys = (Estimate(0.0), Estimate(0.5), Estimate(None), Estimate(1.0))
    series = (Series(Model(1, "a"), (0.0, 1.0, 2.0, 3.0), ys),)
    plot = LinePlot("p", "t", "about", Axis("x", "x"), Axis("y", "y"), series)
    (x0, y0), (x1, y1), (x2, y2) = places(svg(plot, "plot"))
    assert (x1 - x0) / (x2 - x0) == pytest.approx(1 / 3, abs=1e-3)
    assert (y0 - y1) / (y0 - y2) == pytest.approx(1 / 2, abs=1e-3)
    assert y0 > y2


def test_models_differ_by_shape_or_by_filling() -> None:
    assert len({marker(Model(k, "")) for k in range(1, 13)}) == 12


def test_labels_keep_apart_and_within() -> None:
    found = spread([50.0] * 12, 0.0, 200.0)
    assert all(b - a >= 12.99 for a, b in pairwise(found))
    assert found[0] >= 0.0
    assert found[-1] <= 200.0
    assert spread([], 0.0, 1.0) == []


def test_what_an_element_holds_is_escaped() -> None:
    made = element("text", '<b a="1">', Markup("<tspan/>"), title='"<>&', x=None)
    assert made == '<text title="&#34;&lt;&gt;&amp;">&lt;b a=&#34;1&#34;&gt;<tspan/></text>'
