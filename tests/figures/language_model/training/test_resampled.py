"""Correlations in the sample and its resamples, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from figures.language_model.training.increases import RLOO_LORA, Increases
from figures.language_model.training.resampled import (
    RESAMPLES,
    all_increases,
    correlations_over_models,
    extra_divergence,
    resampling,
)
from figures.language_model.training.reward_measures import measures_over_prompts, weighted_means
from figures.paper.experiment.properties import OFF_POLICY, ON_POLICY, VARIANCE
from sims.llm.experiment.presets import TRUTH
from tests.synthetic_training import REWARDS, synthetic_training

DATA = synthetic_training({(name, "rloo", "lora"): 0.1 * k for k, name in enumerate(REWARDS)})


def test_the_first_row_is_the_sample_itself() -> None:
    weights = resampling(3, 5, 4)
    values = np.random.default_rng(0).normal(size=(3, 5))
    means = weights.mean(values)
    assert means.shape == (RESAMPLES + 1,)
    assert means[0] == pytest.approx(values.mean())
    assert means[1:].std() > 0


def test_properties_are_the_measures_of_all_prompts() -> None:
    found = correlations_over_models(DATA, -1, without=None)
    assert found.models == REWARDS
    on, off = (measures_over_prompts(DATA.samples, s, list(REWARDS)) for s in ("initial policy", "other source"))
    np.testing.assert_allclose(found.values[VARIANCE], on.variance.value)
    np.testing.assert_allclose(found.values[ON_POLICY], on.accuracy.value)
    np.testing.assert_allclose(found.values[OFF_POLICY], off.accuracy.value)


def test_correlations_are_scipys() -> None:
    found = correlations_over_models(DATA, -1, without=TRUTH)
    gains = [one.truth[-1].mean() for name, one in all_increases(DATA, RLOO_LORA).items() if name != TRUTH]
    np.testing.assert_allclose(found.values["ground truth"], gains)
    for coefficient, of in (("Pearson", stats.pearsonr), ("Spearman", stats.spearmanr)):
        expected = of(found.values[VARIANCE], gains).statistic
        assert found.coefficients[VARIANCE, "ground truth", coefficient][0] == pytest.approx(expected)


def test_means_leave_out_prompts_without_a_value() -> None:
    values = np.array([[1.0, np.nan, 3.0]])
    weights = np.array([[0.25, 0.5, 0.25], [0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(weighted_means(values, weights), [[2.0], [np.nan]])


def path(gains: list[float], divergences: list[float]) -> Increases:
    step = np.arange(len(gains))
    tables = [np.broadcast_to(np.array(values)[:, None, None], (len(gains), 3, 4)) for values in (gains, divergences)]
    return Increases(step, tables[0], tables[0], tables[1])


def test_extra_divergence_is_read_where_both_have_gained_the_same() -> None:
    """At a gain of one: half way from the first to the second evaluation on one path, at the second on the other."""
    proxy, flat = path([0.0, 0.5, 1.5, 4.0], [0.0, 1.0, 3.0, 9.0]), path([0.0, 0.5, 1.0, 2.0], [0.0, 0.2, 0.5, 1.0])
    np.testing.assert_allclose(extra_divergence(proxy, flat), 2.0 / 0.5 - 1)


def test_without_a_gain_there_is_no_extra_divergence() -> None:
    proxy, flat = path([0.0, 0.5], [0.0, 1.0]), path([0.0, -0.5], [0.0, 0.2])
    assert np.isnan(extra_divergence(proxy, flat)).all()
