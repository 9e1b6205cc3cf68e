from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from scipy.special import expit

from sims.llm import PreferenceHead, ScoredTexts, train_preference_head
from theory.errors import InvalidInputError


def preferences(pairs: int, features: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chosen and rejected features, labelled by Bradley-Terry with the weights that come last."""
    draws = np.random.default_rng(seed)
    sides = 3 + 10 * draws.normal(size=(2, pairs, features))
    weights = draws.normal(size=features) / 20
    swap = draws.random(pairs) > expit((sides[0] - sides[1]) @ weights)
    sides[:, swap] = sides[::-1, swap]
    return sides[0], sides[1], weights


def scored(features: np.ndarray) -> ScoredTexts:
    return ScoredTexts(("x",) * len(features), ("y",) * len(features), features.astype(np.float32))


@pytest.mark.parametrize(("pairs", "features", "weight_decay"), [(200, 4, 0.01), (60, 100, 0.1), (30, 1, 1.0)])
def test_the_penalised_likelihood_has_no_slope_left(pairs, features, weight_decay):
    chosen, rejected, _ = preferences(pairs, features)
    head = train_preference_head(chosen, rejected, weight_decay=weight_decay)
    difference = (chosen - rejected) / np.concatenate([chosen, rejected]).std(axis=0)
    slope = -(difference * expit(-difference @ head.weights)[:, None]).mean(axis=0) + weight_decay * head.weights
    assert np.abs(slope).max() < 1e-7
    assert head.loss == pytest.approx(np.log1p(np.exp(-difference @ head.weights)).mean(), rel=1e-10)
    assert head.loss < math.log(2)


def test_weights_that_gave_the_labels_are_found():
    chosen, rejected, weights = preferences(20_000, 3)
    head = train_preference_head(chosen, rejected, weight_decay=1e-4)
    assert np.abs(head.weights / head.deviation - weights).max() < 0.005


def test_in_single_precision_the_head_is_the_same():
    chosen, rejected, _ = preferences(50, 5)
    double = train_preference_head(chosen, rejected)
    with jax.enable_x64(False):
        single = train_preference_head(chosen, rejected)
    assert (single.weights == double.weights).all()
    assert single.weights.dtype == np.float64


def test_the_reward_orders_as_it_was_taught():
    chosen, rejected, _ = preferences(500, 6)
    head = train_preference_head(chosen, rejected)
    better, worse = head(scored(chosen)), head(scored(rejected))
    assert better.dtype == np.float64
    assert (better > worse).mean() > 0.7
    expected = ((chosen.astype(np.float32) - head.mean) / head.deviation) @ head.weights
    np.testing.assert_allclose(better, expected, rtol=1e-12)


def test_a_change_of_units_changes_nothing():
    chosen, rejected, _ = preferences(100, 4)
    units, shift = np.array([1.0, 1e3, 1e-3, 7.0]), np.array([0.0, 5.0, -1.0, 100.0])
    plain = train_preference_head(chosen, rejected)
    other = train_preference_head(chosen * units + shift, rejected * units + shift)
    np.testing.assert_allclose(other.weights, plain.weights, atol=1e-6)


def test_separable_preferences_have_a_finite_head():
    head = train_preference_head(np.ones((3, 1)), -np.ones((3, 1)))
    assert 1 < head.weights[0] < 10


def test_features_that_do_not_vary_have_no_weight():
    chosen, rejected, _ = preferences(50, 3)
    chosen[:, 1] = rejected[:, 1] = 0.1
    head = train_preference_head(chosen, rejected)
    assert head.weights[1] == 0
    assert head.deviation[1] == 1
    assert np.isfinite(head(scored(chosen))).all()


def test_pairs_that_are_alike_teach_nothing():
    features = np.arange(6.0).reshape(3, 2)
    head = train_preference_head(features, features)
    np.testing.assert_allclose(head.weights, 0, atol=1e-12)
    assert head.loss == pytest.approx(math.log(2))


@pytest.mark.parametrize("weight_decay", [0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_decay_that_leaves_no_minimum_is_refused(weight_decay):
    with pytest.raises(InvalidInputError, match="weight_decay"):
        train_preference_head(np.ones((2, 1)), np.zeros((2, 1)), weight_decay=weight_decay)


def test_features_that_do_not_fit_are_refused():
    for wrong in (np.zeros((0, 2)), np.zeros((2, 0)), np.array([[np.nan]])):
        with pytest.raises(InvalidInputError, match="chosen"):
            train_preference_head(wrong, wrong)
    with pytest.raises((InvalidInputError, TypeError)):
        train_preference_head(np.zeros((2, 1)), np.zeros((3, 1)))


def test_texts_without_fitting_features_are_refused():
    head = PreferenceHead(np.ones(2), np.zeros(2), np.ones(2), loss=0.0)
    with pytest.raises(InvalidInputError, match="features: got None"):
        head(ScoredTexts(("x",), ("y",), None))
    with pytest.raises(InvalidInputError, match="Give 2 per completion"):
        head(scored(np.zeros((1, 3))))
    with pytest.raises(InvalidInputError, match="nan"):
        head(scored(np.array([[0.0, np.nan]])))
