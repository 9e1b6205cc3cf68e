"""Differences are turned so that all are with the same model."""

from __future__ import annotations

import pytest

from flatscape.audit.report.content.models import Model, models_of
from flatscape.audit.report.content.values import Estimate
from flatscape.audit.report.plots.comparisons import accuracy_against_variance, difference_plots, from_first
from flatscape.audit.report.plots.kinds import Difference
from tests.flatscape.audit.report.audit_records import record


def test_a_turned_difference_has_its_ends_turned_too() -> None:
    first, second = Model(1, "a"), Model(2, "b")
    one = Difference(first, second, Estimate(1.0, -0.5, 2.0), 0.9)
    assert from_first([one], second) == [one]
    (turned,) = from_first([one], first)
    assert turned[:3] == (second, first, Estimate(-1.0, -2.0, 0.5))
    assert turned.probability == pytest.approx(0.1)
    assert not turned.apart


def test_many_models_are_compared_with_the_first_of_the_order() -> None:
    policy = record([f"m{k}" for k in range(5)])["policies"][0]
    leader = policy["verdict"]["order"][0]
    for plot in difference_plots(policy, models_of(policy)):
        assert len(plot.rows) == 4
        assert {row.second.name for row in plot.rows} == {leader}


def test_places_of_models_are_the_record_s() -> None:
    policy = record()["policies"][0]
    plot = accuracy_against_variance(policy, models_of(policy))
    assert plot is not None
    estimates = {m["id"]: m["estimate"] for m in policy["measures"]}
    for cross in plot.crosses:
        assert cross.x.value == estimates["reward-variance"][cross.model.name]
        assert cross.y.value == estimates["accuracy-strict-pooled"][cross.model.name]
