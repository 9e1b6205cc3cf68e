from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sims.llm import MeanOverPrompts, RewardMeasures, reward_measures
from theory.accuracy.pairs import uniform_accuracy
from theory.errors import InvalidInputError

LEVELS = st.sampled_from([-1.0, 0.0, 0.5, 1.0, np.nan])


def by_hand(row: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Variance, accuracy and accuracy with half credit of one prompt, pair by pair."""
    there = row[~np.isnan(row)]
    variance = float(np.var(there, ddof=1)) if len(there) > 1 else np.nan
    strict, half = [], []
    for i, j in itertools.combinations(range(len(row)), 2):
        if np.isnan([row[i], row[j], truth[i], truth[j]]).any() or truth[i] == truth[j]:
            continue
        agrees = np.sign(row[i] - row[j]) == np.sign(truth[i] - truth[j])
        strict.append(float(agrees))
        half.append(0.5 if row[i] == row[j] else float(agrees))
    return variance, float(np.mean(strict)) if strict else np.nan, float(np.mean(half)) if half else np.nan


@given(
    rewards=arrays(np.float64, (2, 3, 4), elements=LEVELS),
    truth=arrays(np.float64, (3, 4), elements=LEVELS),
)
def test_means_over_the_prompts_where_a_measure_exists(rewards, truth):
    found = reward_measures(rewards, truth, resamples=5)
    for model in range(2):
        rows = np.array([by_hand(row, known) for row, known in zip(rewards[model], truth, strict=True)])
        for measure, column in zip(found, rows.T, strict=True):
            there = column[~np.isnan(column)]
            expected = there.mean() if there.size else np.nan
            np.testing.assert_allclose(measure.value[model], expected, rtol=1e-12)


def many(models: int = 3, prompts: int = 30, completions: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    truth = draws.normal(size=(prompts, completions))
    return truth + np.arange(models)[:, None, None] * draws.normal(size=(models, prompts, completions)), truth


def test_without_ties_it_is_the_accuracy_of_definition_1():
    rewards, truth = many()
    found = reward_measures(rewards, truth, resamples=1)
    expected = uniform_accuracy(rewards, np.broadcast_to(truth, rewards.shape)).mean(axis=1)
    np.testing.assert_allclose(found.accuracy.value, expected, rtol=1e-12)
    np.testing.assert_allclose(found.half_credit_accuracy.value, expected, rtol=1e-12)
    assert found.accuracy.value[0] == 1


def test_a_tie_is_wrong_or_half_right():
    found = reward_measures(np.zeros((1, 2, 3)), np.array([[0.0, 0.5, 1.0], [1.0, 1.0, 1.0]]))
    assert found.accuracy.value == [0.0]
    assert found.half_credit_accuracy.value == [0.5]
    assert found.variance.value == [0.0]


def test_rewards_that_were_not_scored_change_no_other_model():
    rewards, truth = many()
    before = reward_measures(rewards, truth)
    rewards[1, 3, 2:] = rewards[1, 4] = np.nan
    after = reward_measures(rewards, truth)
    for one, other in zip(before, after, strict=True):
        for field in (one.value, one.low, one.high):
            assert np.isfinite(field).all()
        assert (one.resampled[:, [0, 2]] == other.resampled[:, [0, 2]]).all()
        assert (one.value[[0, 2]] == other.value[[0, 2]]).all()
        assert one.value[1] != other.value[1]


def test_a_model_without_any_reward_has_no_measure():
    rewards, truth = many()
    rewards[2] = np.nan
    for measure in reward_measures(rewards, truth, resamples=10):
        assert np.isnan([measure.value[2], measure.low[2], measure.high[2]]).all()
        assert np.isfinite(measure.value[:2]).all()


def test_single_completions_have_no_measure():
    for measure in reward_measures(np.zeros((1, 2, 1)), np.zeros((2, 1)), resamples=3):
        assert np.isnan(measure.value).all()


def test_the_seed_draws_the_resamples():
    rewards, truth = many()
    one, same, other = (reward_measures(rewards, truth, seed=seed, resamples=50) for seed in (1, 1, 2))
    assert (one.variance.resampled == same.variance.resampled).all()
    assert not (one.variance.resampled == other.variance.resampled).all()


def test_resamples_are_paired_between_models():
    rewards, truth = many()
    rewards[2] = -rewards[1]
    found = reward_measures(rewards, truth)
    np.testing.assert_allclose(found.variance.resampled[:, 1], found.variance.resampled[:, 2], rtol=1e-9)
    assert found.variance.resampled.shape == (2000, 3)


def test_intervals_hold_the_mean_as_often_as_they_say():
    """Of 200 samples of prompts from a population with a known mean variance; 95% less the error of so many."""
    draws = np.random.default_rng(0)
    scales = draws.exponential(size=(200, 60))
    rewards = np.stack([scales * 0, scales], axis=-1)
    # A prompt's two rewards 0 and s have the variance s^2 / 2, whose mean is 1 for exponential s.
    held = 0
    for sample in rewards:
        measure = reward_measures(sample[None], sample, resamples=300).variance
        assert measure.low[0] <= measure.value[0] <= measure.high[0]
        held += int(measure.low[0] <= 1 <= measure.high[0])
    assert 0.8 <= held / 200 <= 0.99


def test_a_higher_level_widens_intervals():
    rewards, truth = many()
    narrow, wide = (reward_measures(rewards, truth, level=c).accuracy for c in (0.5, 0.99))
    assert (wide.low[1:] < narrow.low[1:]).all()
    assert (wide.high[1:] > narrow.high[1:]).all()


def test_what_does_not_fit_is_refused():
    rewards, truth = many()
    infinite = rewards.copy()
    infinite[0, 0, 0] = np.inf
    for wrong, name in (
        ((infinite, truth), "rewards: got inf at index"),
        ((rewards[:0], truth), "rewards"),
        ((rewards[:, :0], truth[:0]), "truth"),
    ):
        with pytest.raises(InvalidInputError, match=name):
            reward_measures(*wrong)
    with pytest.raises((InvalidInputError, TypeError)):
        reward_measures(rewards[:, :2], truth)
    for wrong in ({"level": 1.0}, {"level": float("nan")}, {"resamples": 0}, {"seed": -1}):
        with pytest.raises(InvalidInputError, match=next(iter(wrong))):
            reward_measures(rewards, truth, **wrong)


def test_the_fields():
    found = reward_measures(*many(), resamples=2)
    assert isinstance(found, RewardMeasures)
    assert all(isinstance(measure, MeanOverPrompts) for measure in found)
