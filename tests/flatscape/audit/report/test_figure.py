"""The audit's figure: every record can be drawn, and what is drawn are the record's numbers."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from flatscape.audit.report.figure import audit_figure
from tests.flatscape.audit.report.audit_records import every_record, record
from theory.errors import InvalidInputError

DRAWN = ("without truth", "hostile names", "one prompt", "nothing known", "no models")


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", DRAWN)
def test_every_record_can_be_drawn(name: str, tmp_path: Path) -> None:
    figure = audit_figure(every_record()[name])
    figure.savefig(tmp_path / "figure.png", dpi=40)
    assert (tmp_path / "figure.png").stat().st_size > 0


def test_panels_are_those_of_the_page() -> None:
    titles = [axes.get_title() for axes in audit_figure(record()).axes if axes.get_title()]
    assert titles == [
        "Reward variance over the prompts",
        "Accuracy against variance",
        "P(no signal) against the group size",
        "Simulated teaching: the truth",
        "Simulated teaching: how far the policy moves",
        "Best of k: the truth",
        *["Paired differences"] * 3,
    ]


def test_curves_are_the_record_s() -> None:
    found = record()
    figure = audit_figure(found)
    (axes,) = (a for a in figure.axes if a.get_title() == "Simulated teaching: the truth")
    ticks = np.array([float(label.get_text()) for label in axes.get_yticklabels()])
    low, high = axes.get_yticks()[[0, -1]]
    for line, name in zip(axes.lines, found["policies"][0]["models"], strict=True):
        # Places on the axis are linear between its ticks.
        values = ticks[0] + (np.asarray(line.get_ydata()) - low) / (high - low) * (ticks[-1] - ticks[0])
        np.testing.assert_allclose(values, found["policies"][0]["teaching"]["truth"][name], rtol=1e-9)


def test_settings_of_matplotlib_stay_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    audit_figure(record())
    assert dict(matplotlib.rcParams) == before


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="record"):
        audit_figure({"schema": "flatscape audit", "version": 0})
