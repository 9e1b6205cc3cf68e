"""Accuracies by every rule: by hand, and against the accuracy of Definition 1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import somersd

import theory
from tests.ragged_rewards import CONFORMANCE, ragged_rewards
from theory.errors import InvalidInputError
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.pairs import pair_sums
from theory.estimators.ranking_accuracy import (
    ACCURACY_RULES,
    effective_pairs,
    effective_pairs_across_prompts,
    ranking_accuracy,
)


@pytest.mark.parametrize(
    ("rule", "pooled", "by_prompt"),
    [
        ("strict", [1 / 3, 2 / 3], [1 / 4, 1 / 2]),
        ("half_credit", [2 / 3, 2 / 3], [5 / 8, 1 / 2]),
        ("equal_signs", [1 / 4, 2 / 4], [1 / 6, 1 / 3]),
    ],
)
def test_conformance(rule, pooled, by_prompt):
    found = ranking_accuracy(pair_sums(CONFORMANCE), rule)
    np.testing.assert_allclose(found.pooled, pooled, rtol=1e-15)
    np.testing.assert_allclose(found.by_prompt, by_prompt, rtol=1e-15)


def test_equal_signs_is_definition_1():
    rng = np.random.default_rng(0)
    rewards, truth = rng.integers(0, 4, (3, 12)) * 1.0, rng.integers(0, 3, 12) * 1.0
    found = ranking_accuracy(pair_sums(make_grouped_rewards(rewards, [0, 12], truth=truth)), "equal_signs")
    np.testing.assert_allclose(found.pooled, [theory.uniform_accuracy(own, truth) for own in rewards], rtol=1e-14)


def test_half_credit_is_somers_d():
    rng = np.random.default_rng(1)
    rewards, truth = rng.integers(0, 4, 15) * 1.0, rng.integers(0, 3, 15) * 1.0
    found = ranking_accuracy(pair_sums(make_grouped_rewards([rewards], [0, 15], truth=truth)), "half_credit")
    assert found.pooled[0] == pytest.approx((1 + somersd(truth, rewards).statistic) / 2, rel=1e-12)


def test_harm_aware_by_hand():
    """Worse completions (truth 0) have the rewards 3, -3, 1; the better one 0; the mean is 1/4."""
    data = make_grouped_rewards([[0.0, 3.0, -3.0, 1.0]], [0, 4], truth=[1.0, 0.0, 0.0, 0.0])
    assert ranking_accuracy(pair_sums(data), "strict").pooled[0] == pytest.approx(1 / 3)
    assert ranking_accuracy(pair_sums(data), "harm_aware").pooled[0] == pytest.approx(1 / 3)
    # A completion of high reward lifts the mean above 1: preferring the last one does no harm any more.
    lifted = make_grouped_rewards([[0.0, 3.0, -3.0, 1.0, 9.0]], [0, 5], truth=[1.0, 0.0, 0.0, 0.0, 2.0])
    assert ranking_accuracy(pair_sums(lifted), "strict").pooled[0] == pytest.approx(5 / 7)
    assert ranking_accuracy(pair_sums(lifted), "harm_aware").pooled[0] == pytest.approx(6 / 7)


@given(ragged_rewards(weighted=True))
def test_orders_between_the_rules(data):
    for weighted in (False, True):
        sums = pair_sums(data, weighted=weighted)
        strict, half, harmless = (ranking_accuracy(sums, r).right for r in ("strict", "half_credit", "harm_aware"))
        slack = 1e-12 * sums.pairs
        assert (strict <= half + slack).all()
        assert (strict <= harmless + slack).all()
        for rule in ACCURACY_RULES:
            found = ranking_accuracy(sums, rule).of_prompts
            assert (np.isnan(found) | ((found >= -1e-12) & (found <= 1 + 1e-12))).all()


def test_summed_log_probabilities_let_one_pair_decide():
    data = make_grouped_rewards(
        [[1.0, 2.0, 0.0]], [0, 3], truth=[0.0, 1.0, 2.0], log_probabilities=[-210.0, -180.0, -340.0]
    )
    sums = pair_sums(data, weighted=True)
    assert ranking_accuracy(sums).pooled[0] == pytest.approx(1)
    assert ranking_accuracy(pair_sums(data)).pooled[0] == pytest.approx(1 / 3)
    assert effective_pairs(sums)[0, 0] == pytest.approx(1)
    assert effective_pairs(pair_sums(data))[0, 0] == pytest.approx(3)


def test_weights_on_one_scale():
    """Acc-W: the softmax over all pairs of the sum of the two log-probabilities."""
    rng = np.random.default_rng(3)
    rewards, truth, logs = rng.normal(size=12), rng.normal(size=12), rng.normal(size=12)
    data = make_grouped_rewards([rewards], [0, 4, 8, 12], truth=truth, log_probabilities=logs)
    right, total, squares = 0.0, 0.0, 0.0
    for first in (0, 4, 8):
        for i in range(first, first + 4):
            for j in range(first, i):
                weight = np.exp(logs[i] + logs[j])
                total += weight
                squares += weight**2
                right += weight * ((rewards[i] - rewards[j]) * (truth[i] - truth[j]) > 0)
    sums = pair_sums(data, weighted=True)
    assert ranking_accuracy(sums, across_prompts=True).pooled[0] == pytest.approx(right / total, rel=1e-12)
    assert effective_pairs_across_prompts(sums)[0] == pytest.approx(total**2 / squares, rel=1e-12)


def test_equal_weights_change_nothing():
    data = CONFORMANCE._replace(log_weights=np.full(5, -3.0))
    for rule in ACCURACY_RULES:
        np.testing.assert_allclose(
            ranking_accuracy(pair_sums(data, weighted=True), rule).pooled,
            ranking_accuracy(pair_sums(data), rule).pooled,
        )


def test_no_pair_that_counts():
    sums = pair_sums(make_grouped_rewards([[0.0, 1.0, 2.0]], [0, 2, 3], truth=[1.0, 1.0, 1.0]))
    found = ranking_accuracy(sums)
    assert np.isnan(found.pooled).all()
    assert np.isnan(found.by_prompt).all()
    assert np.isnan(effective_pairs(sums)).all()


def test_another_rule():
    with pytest.raises(InvalidInputError, match="strict, half_credit"):
        ranking_accuracy(pair_sums(CONFORMANCE), "mostly")
