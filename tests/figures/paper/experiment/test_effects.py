"""Effects and correlations on made-up repetitions whose answers are known, and on their mirror images."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from figures.paper.experiment import effects
from figures.paper.experiment.properties import (
    COMBINED,
    OFF_POLICY,
    STANDARDISED,
    VARIANCE,
    correlations,
    increases,
    row_correlations,
)
from sims.rlhf import TEACHERS, Replication
from sims.rlhf.teachers import FLAT, TRUTH

EPOCHS = np.arange(5.0)


def made_up(**gains: list[float]) -> Replication:
    """Two equal repetitions with one seed; ground-truth increases by model over five epochs, linear if not given."""
    variance = np.array([0.6, 0.55, 0.5, 0.4, 0.3, 0.1, 0.25])
    on_policy = np.array([0.66, 0.65, 0.64, 0.61, 0.58, 1.0, 1.0])
    off_policy = np.array([0.63, 0.73, 0.76, 0.75, 0.76, 1.0, 1.0])
    truth = np.array([gains.get(name, 0.1 * EPOCHS) for name in TEACHERS])
    proxy = variance[:, None] * EPOCHS
    kl = np.array([(2.0 if name == TEACHERS[0] else 1.0) * truth[k] ** 2 for k, name in enumerate(TEACHERS)])
    paths = [np.stack([values[:, None]] * 2) for values in (proxy, truth, proxy, truth, kl)]
    return Replication(*(np.stack([values] * 2) for values in (variance, on_policy, off_policy)), *paths)


def test_the_flat_model_falls_behind_by_what_it_misses() -> None:
    found = made_up(**{TEACHERS[0]: (0.2 * EPOCHS).tolist(), FLAT: (0.05 * EPOCHS).tolist()})
    np.testing.assert_allclose(effects.flat_falls_behind(found), 0.75)
    mirrored = made_up(**{TEACHERS[0]: (0.05 * EPOCHS).tolist(), FLAT: (0.2 * EPOCHS).tolist()})
    assert (effects.flat_falls_behind(mirrored) < 0).all()


def test_early_and_late_leads_have_opposite_signs_where_curves_cross() -> None:
    crossing = made_up(**{TEACHERS[0]: [0, 0.2, 0.25, 0.27, 0.28]})
    np.testing.assert_allclose(effects.proxy_wins_early(crossing), 1.0)
    np.testing.assert_allclose(effects.truth_wins_late(crossing), 0.3)
    parallel = made_up()
    np.testing.assert_allclose(effects.proxy_wins_early(parallel), 0, atol=1e-12)
    np.testing.assert_allclose(effects.truth_wins_late(parallel), 0, atol=1e-12)


def test_hacking_is_a_fall_and_not_a_rise() -> None:
    falling = made_up(**{TEACHERS[4]: [0, 0.1, 0.2, 0.1, 0.0]})
    np.testing.assert_allclose(effects.hacking(falling), 0.5)
    np.testing.assert_array_equal(effects.hacking(made_up()), 0)


def test_noise_alone_is_not_hacking() -> None:
    """A flat curve with noise of its own in each repetition: every one has a peak, and their falls average to zero."""
    found = made_up()
    gains = np.repeat(np.asarray(found.ground_truth_increase), 500, axis=0)
    gains[:, 4] = np.random.default_rng(0).normal(size=(1000, 1, len(EPOCHS)))
    falls = effects.hacking(found._replace(ground_truth_increase=gains))
    assert abs(falls.mean()) < 4 * falls.std() / np.sqrt(1000)
    # The control: peaks of their own would make it large.
    own = gains[:, 4, 0].max(axis=-1) - gains[:, 4, 0, -1]
    assert own.mean() > 1


def test_divergence_of_a_level_is_read_between_epochs() -> None:
    found = made_up()
    level = np.full(2, 0.15)
    row = TEACHERS.index(TRUTH)
    expected = np.interp(0.15, found.ground_truth_increase[0, row, 0], found.kl_divergence[0, row, 0])
    np.testing.assert_allclose(effects.kl_of_level(found, TRUTH, level), expected)
    np.testing.assert_allclose(effects.kl_efficiency(found), 1.0)


def test_variance_that_makes_the_proxy_rise_is_found_to() -> None:
    found = made_up()
    r = correlations(found)
    np.testing.assert_allclose(r[VARIANCE, "proxy", "Pearson"], 1)
    assert (effects.variance_predicts_proxy(found) > 0.5).all()
    swapped = found._replace(reward_variance=found.off_policy_accuracy, off_policy_accuracy=found.reward_variance)
    assert (effects.variance_predicts_proxy(swapped) < 0).all()


def test_correlations_agree_with_scipy() -> None:
    rng = np.random.default_rng(1)
    found = made_up()
    found = found._replace(
        reward_variance=rng.uniform(size=(2, 7)),
        on_policy_accuracy=rng.uniform(size=(2, 7)),
        off_policy_accuracy=rng.uniform(size=(2, 7)),
        proxy_increase=rng.normal(size=(2, 7, 3, 5)),
        ground_truth_increase=rng.normal(size=(2, 7, 3, 5)),
    )
    r = correlations(found)
    gains = found.ground_truth_increase[1, :6, :, 1].mean(axis=-1)
    variance, accuracy = found.reward_variance[1, :6], (found.on_policy_accuracy + found.off_policy_accuracy)[1, :6] / 2
    np.testing.assert_allclose(increases(found)["ground truth"][1], gains)
    for name, values in (
        (VARIANCE, variance),
        (OFF_POLICY, found.off_policy_accuracy[1, :6]),
        (COMBINED, (variance + accuracy) / 2),
        (STANDARDISED, stats.zscore(variance) + stats.zscore(accuracy)),
    ):
        assert r[name, "ground truth", "Pearson"][1] == pytest.approx(stats.pearsonr(values, gains).statistic)
        assert r[name, "ground truth", "Spearman"][1] == pytest.approx(stats.spearmanr(values, gains).statistic)


def test_a_constant_row_has_no_correlation() -> None:
    assert np.isnan(row_correlations(np.ones((1, 4)), np.arange(4.0)[None])).all()
