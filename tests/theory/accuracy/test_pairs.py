"""Accuracy (Definition 1): comparing all pairs, counting by sorting, and a plain loop must agree."""

from __future__ import annotations

import itertools
from fractions import Fraction

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from theory.accuracy.pairs import check_pair_distribution, count_pairs, pair_accuracy, uniform_accuracy
from theory.errors import InvalidInputError

by_pairs = jax.jit(pair_accuracy)


def sign(number: float) -> int:
    return int(number > 0) - int(number < 0)


def accuracy_by_definition(proxy, truth, chances=None) -> float:
    pairs = list(itertools.combinations(range(len(proxy)), 2))
    total = Fraction(0)
    for i, j in pairs:
        correct = sign(proxy[i] - proxy[j]) == sign(truth[i] - truth[j])
        total += correct * (Fraction(1, len(pairs)) if chances is None else Fraction(float(chances[i, j])))
    return float(total)


@st.composite
def reward_pairs(draw):
    outputs = draw(st.sampled_from([2, 3, 5, 12]))  # few shapes: JAX compiles each one
    kinds = [st.integers(-2, 2).map(float), st.floats(-1, 1)]
    proxy, truth = (draw(st.lists(draw(st.sampled_from(kinds)), min_size=outputs, max_size=outputs)) for _ in range(2))
    return np.array(proxy), np.array(truth)


def random_distribution(random, *shape):
    weights = np.triu(random.random(shape) ** 3, 1)
    return weights / weights.sum(axis=(-2, -1), keepdims=True)


@given(reward_pairs(), st.integers(0, 2**32 - 1))
def test_both_routes_follow_the_definition(rewards, seed):
    proxy, truth = rewards
    expected = accuracy_by_definition(proxy, truth)
    assert uniform_accuracy(proxy, truth) == expected
    assert float(by_pairs(proxy, truth)) == pytest.approx(expected, abs=1e-15)
    chances = random_distribution(np.random.default_rng(seed), len(proxy), len(proxy))
    assert float(by_pairs(proxy, truth, chances)) == pytest.approx(
        accuracy_by_definition(proxy, truth, chances), abs=1e-14
    )


def test_rewards_below_the_normal_range_are_ordered():
    proxy, truth = np.array([-5e-324, -0.0, 0.0, 5e-324, 1.0]), np.array([-2.0, 0.0, 0.0, 1e-310, 2e-310])
    for accuracy in (by_pairs, pair_accuracy, uniform_accuracy):
        assert float(accuracy(proxy, truth)) == 1.0
        assert float(accuracy(np.zeros(5), truth)) == 0.1


@given(reward_pairs())
def test_counts_are_of_the_right_kind(rewards):
    proxy, truth = rewards
    counts = count_pairs(proxy, truth)
    signs = [
        (sign(proxy[i] - proxy[j]), sign(truth[i] - truth[j])) for i, j in itertools.combinations(range(len(proxy)), 2)
    ]
    assert counts.pairs == len(signs)
    assert counts.concordant == sum(p * t == 1 for p, t in signs)
    assert counts.discordant == sum(p * t == -1 for p, t in signs)
    assert counts.tied_in_both == signs.count((0, 0))
    assert counts.tied_in_proxy == sum(p == 0 for p, _ in signs)
    assert counts.tied_in_truth == sum(t == 0 for _, t in signs)
    assert counts.correct == sum(p == t for p, t in signs)
    assert all(count.dtype == np.int64 for count in counts)


@given(reward_pairs())
def test_accuracy_knows_only_the_order(rewards):
    proxy, truth = rewards
    whole = np.round(proxy * 1000)  # so that the map below cannot merge neighbours
    assert uniform_accuracy(np.arctan(whole / 50), truth) == uniform_accuracy(whole, truth)
    assert uniform_accuracy(truth, truth) == 1
    assert uniform_accuracy(proxy, truth) == uniform_accuracy(truth, proxy)


def test_a_tie_is_correct_only_against_a_tie():
    assert uniform_accuracy([0.0, 0.0], [0.5, 0.5]) == 1
    assert uniform_accuracy([0.0, 0.0], [0.5, 0.4]) == 0
    assert uniform_accuracy([0.0, 0.1], [0.5, 0.5]) == 0
    assert uniform_accuracy([0.0, -0.0], [0.5, 0.5]) == 1
    # Rewards whose difference is below the smallest normal number are still different.
    tiny = np.array([1e-320, 2.2250738585072014e-308, 2.2250738585072019e-308])
    assert uniform_accuracy(tiny, [0.0, 1.0, 2.0]) == 1


def test_batches_and_a_shared_distribution():
    random = np.random.default_rng(0)
    proxy, truth = random.integers(0, 3, (2, 4, 5, 6)).astype(float)
    shared, own = random_distribution(random, 6, 6), random_distribution(random, 4, 5, 6, 6)
    assert by_pairs(proxy, truth).shape == (4, 5)
    np.testing.assert_allclose(by_pairs(proxy, truth), uniform_accuracy(proxy, truth), atol=1e-15)
    for k in np.ndindex(4, 5):
        assert float(by_pairs(proxy, truth, shared)[k]) == pytest.approx(
            accuracy_by_definition(proxy[k], truth[k], shared), abs=1e-14
        )
        assert float(by_pairs(proxy, truth, own)[k]) == pytest.approx(
            accuracy_by_definition(proxy[k], truth[k], own[k]), abs=1e-14
        )


@pytest.mark.parametrize("levels", [3, 1000, 10**9])
def test_a_vocabulary_of_outputs_against_kendalls_tau(levels):
    random = np.random.default_rng(levels)
    proxy = random.integers(0, levels, 150_000).astype(float)
    truth = np.round(proxy + random.normal(0, levels / 3, len(proxy)))
    counts = count_pairs(proxy, truth)
    assert counts.pairs == 11_249_925_000  # beyond 32 bits
    tau = kendalltau(proxy, truth).statistic
    difference = int(counts.concordant) - int(counts.discordant)
    scale = float(counts.pairs - counts.tied_in_proxy) ** 0.5 * float(counts.pairs - counts.tied_in_truth) ** 0.5
    assert difference / scale == pytest.approx(tau, rel=1e-12)
    _, sizes = np.unique(np.stack([proxy, truth]), axis=1, return_counts=True)
    assert counts.tied_in_both == np.sum(sizes * (sizes - 1) // 2)


def test_a_reversed_vocabulary_is_wholly_wrong():
    truth = np.arange(150_000.0)
    assert uniform_accuracy(-truth, truth) == 0
    assert uniform_accuracy(truth, truth) == 1


@pytest.mark.parametrize(
    ("proxy", "truth", "message"),
    [
        ([0.0, np.nan], [0.0, 1.0], "proxy_reward: got nan"),
        ([0.0, 1.0], [0.0, np.inf], "ground_truth_reward: got inf"),
        ([0.0], [0.0], "proxy_reward: got 1 output"),
        ([0.0, 1.0], [0.0, 1.0, 2.0], "ground_truth_reward: got shape"),
        (0.0, 0.0, "proxy_reward: got a single number"),
        (["a", "b"], [0.0, 1.0], "proxy_reward"),
    ],
)
def test_bad_rewards_are_named(proxy, truth, message):
    with pytest.raises(InvalidInputError, match=message):
        uniform_accuracy(proxy, truth)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([[0, 0.5], [0.5, 0]], "on or below the diagonal"),
        ([[0.5, 0.5], [0, 0]], "on or below the diagonal"),
        ([[0, 0.9], [0, 0]], "a sum of 0.9"),
        ([[0, np.nan], [0, 0]], "nan"),
        ([[0, 1, 0], [0, 0, 0]], r"shape \(2, 3\)"),
        ([0.0, 1.0], r"shape \(2,\)"),
        (1.0, r"shape \(\)"),
        (np.zeros((0, 2, 2)), r"shape \(0, 2, 2\).*a matrix of shape \(2, 2\)"),
    ],
)
def test_bad_pair_distributions_are_named(weights, message):
    with pytest.raises(InvalidInputError, match=message):
        check_pair_distribution(weights, 2)


def test_a_negative_pair_weight_is_named():
    with pytest.raises(InvalidInputError, match="a weight of -1"):
        check_pair_distribution([[0, 1, 1], [0, 0, -1], [0, 0, 0]], 3)


def test_the_remedy_for_a_symmetric_matrix_works():
    symmetric = np.array([[0, 0.2, 0.1], [0.2, 0, 0.2], [0.1, 0.2, 0]])
    np.testing.assert_allclose(check_pair_distribution(np.triu(2 * symmetric, 1), 3).sum(), 1)


@pytest.mark.parametrize("off", [-1e-3, -1.1e-9, 1.1e-9, 1e-3])
def test_pair_weights_sum_to_one_to_a_billionth_from_either_side(off):
    weights = np.array([[0, 0.5, 0.25], [0, 0, 0.25], [0, 0, 0]])
    check_pair_distribution((1 + np.sign(off) * 0.9e-9) * weights, 3)
    with pytest.raises(InvalidInputError, match="must sum to 1"):
        check_pair_distribution((1 + off) * weights, 3)


def test_the_worst_sum_of_pair_weights_is_named():
    weights = np.array([[0, 0.5, 0.25], [0, 0, 0.25], [0, 0, 0]])
    with pytest.raises(InvalidInputError, match=r"a sum of 0\.875"):
        check_pair_distribution(np.stack([1.0625 * weights, 0.875 * weights]), 3)


def test_one_bad_distribution_of_a_batch_is_refused():
    good = np.array([[0, 0.5, 0.25], [0, 0, 0.25], [0, 0, 0]])
    for bad in (0.5 * good, good.T, good - 2 * np.triu(good, 2), np.where(good == 0.5, np.nan, good)):
        with pytest.raises(InvalidInputError, match=r"^pair_distribution: got"):
            check_pair_distribution(np.stack([good, bad]), 3)
