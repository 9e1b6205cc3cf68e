"""Intervals of measures and of differences between reward models."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ragged_rewards import CONFORMANCE
from theory.comparison.measures import Measure, audit_measures, mean_of
from theory.comparison.teachers import measured_teachers
from theory.errors import InvalidInputError
from theory.estimators.group_moments import divided
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.resampling import drawn_counts


def many_prompts(models=2, prompts=60, size=4):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, prompts * size) * 1.0
    rewards = truth + rng.normal(size=(models, prompts * size)) * np.linspace(0.2, 2.0, models)[:, None]
    return make_grouped_rewards(rewards, np.arange(0, prompts * size + 1, size), truth=truth)


def test_against_measures_of_resampled_prompts():
    """Prompts drawn, copied, and measured anew give the same as functions of resampled means."""
    data = many_prompts(prompts=30)
    measures = audit_measures(data, subset_sizes=(2,), group_sizes=(2,))
    found = measured_teachers(measures, resamples=9, seed=3, level=0.5)
    again = {measure.name: [] for measure in measures}
    rows = np.arange(120).reshape(30, 4)
    for number in range(9):
        drawn = rows[np.repeat(np.arange(30), drawn_counts(30, 3, number))].ravel()
        copy = data._replace(rewards=data.rewards[:, drawn], truth=data.truth[drawn])
        for own in measured_teachers(audit_measures(copy, subset_sizes=(2,), group_sizes=(2,)), resamples=1):
            again[own.name].append(own.estimate)
    for own in found:
        low, high = np.quantile(again[own.name], [0.25, 0.75], axis=0)
        np.testing.assert_allclose(own.interval.low, low, rtol=1e-4, atol=1e-6, err_msg=own.name)
        np.testing.assert_allclose(own.interval.high, high, rtol=1e-4, atol=1e-6, err_msg=own.name)
        gap = np.array(again[own.name])[:, 0] - np.array(again[own.name])[:, 1]
        np.testing.assert_allclose(own.difference_interval.low[0, 1], np.quantile(gap, 0.25), rtol=1e-4, atol=1e-6)


def test_differences_and_orders():
    for own in measured_teachers(audit_measures(many_prompts(models=3)), resamples=200):
        np.testing.assert_array_equal(own.difference, -own.difference.T)
        np.testing.assert_allclose(own.difference_interval.low, -own.difference_interval.high.T, atol=1e-12)
        defined = not np.isnan(own.estimate).any()
        assert defined == (own.name not in ("no signal, G=8", "best-of-8 reward", "best-of-8 truth"))
        np.testing.assert_allclose(own.order + own.order.T, 1.0 if defined else np.nan, atol=1e-12)
        if own.name == "reward variance":
            assert own.order[2, 0] == 1
            assert own.difference_interval.low[2, 0] > 0
        if own.name == "accuracy, strict, pooled":
            assert own.order[0, 2] == 1


def test_measures_that_share_a_column():
    column, other = np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])
    measures = [Measure("mean", (column,), mean_of), Measure("ratio", (other, column), divided)]
    mean, ratio = measured_teachers(measures, resamples=50)
    assert mean.estimate.tolist() == [1.5]
    assert ratio.estimate.tolist() == [2.0]
    np.testing.assert_allclose([ratio.interval.low, ratio.interval.high], 2.0, rtol=1e-6)


@pytest.mark.parametrize("kind", ["percentile", "basic"])
def test_what_is_not_defined_stays_so(kind):
    found = {m.name: m for m in measured_teachers(audit_measures(CONFORMANCE), resamples=20, kind=kind)}
    own = found["best-of-8 reward"]
    assert np.isnan(own.estimate).all()
    assert np.isnan(own.interval.low).all()
    assert np.isnan(own.order).all()


def test_bad_input():
    with pytest.raises(InvalidInputError, match="measures"):
        measured_teachers([])
    with pytest.raises(InvalidInputError, match="level"):
        measured_teachers(audit_measures(CONFORMANCE), level=2.0)
