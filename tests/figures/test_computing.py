"""Numbers of figures without pictures, and what is said of our settings."""

from __future__ import annotations

from dataclasses import replace

import jax
import matplotlib.pyplot as plt
import numpy as np
import pytest

from figures import FigureData, compute
from figures.catalog import select_figures
from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import GRPO_COMPARISON, MAIN
from theory.errors import InvalidInputError


def test_the_numbers_are_those_of_the_figure_and_nothing_is_drawn() -> None:
    open_before = plt.get_fignums()
    found = compute("published-arithmetic", "smoke")
    assert isinstance(found, FigureData)
    (figure,) = select_figures(["published-arithmetic"])
    expected = figure.make("smoke")
    assert list(found.columns) == list(expected.columns)
    for name, values in expected.columns.items():
        np.testing.assert_array_equal(found.columns[name], values)
    assert found.facts == expected.facts
    assert plt.get_fignums() == open_before


def test_float64_whatever_the_precision_is() -> None:
    with jax.enable_x64(False):
        assert compute("crossover", "smoke").columns["time"].dtype == np.float64


@pytest.mark.parametrize(("id", "level", "named"), [("fig99", "quick", "fig99"), ("fig1", "slow", "slow")])
def test_unknown_ids_and_levels_are_named(id: str, level: str, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        compute(id, level)


def test_what_is_said_of_a_setting_follows_it() -> None:
    smaller = replace(MAIN, own_outputs=5, visible_features=6, estimator="grpo")
    texts = {"title": "", "paper": "P", "published": "", "differs": "D", "remark": "R."}
    curves = curves_figure(setting=smaller, against="epochs", **texts)
    assert curves.corresponds_to == (
        "P. Here: a log-linear policy over 13 enumerated outputs per prompt instead of a language model; everything "
        "but GRPO's samples is exact; of 24 features, policy and reward models see 6; D. R."
    )
    table = characteristics_table(number=1, setting=smaller, title="", paper="P", models_of="fig2")
    assert "linear in 6 of 24 features" in table.corresponds_to
    bars = bars_figure(table=12, setting=replace(GRPO_COMPARISON, samples=6), title="", paper="P")
    assert "groups of 6 samples" in bars.corresponds_to
