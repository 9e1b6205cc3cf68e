"""Theorem 5's teacher pairs and Theorem 2's extreme pair: intervals, orders, accuracies, KL limit, and bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.accuracy.attainable import attainable_accuracies
from theory.accuracy.pairs import pair_accuracy, uniform_accuracy
from theory.constructions.reward_levels import Spread
from theory.constructions.theorem5 import (
    theorem2_rankings,
    theorem5_fast_rewards,
    theorem5_slow_rewards,
    theorem5_teachers,
    theorem5_teachers_from_ranks,
)
from theory.errors import InvalidInputError

spreads = st.builds(Spread, width=st.sampled_from([1.0, 0.3, 1e-6, 1e-11]), split=st.sampled_from([0.0, 0.2, 0.5, 1.0]))


def same_order(values, ranks) -> bool:
    def signs(numbers):
        left, right = numbers[..., :, None], numbers[..., None, :]
        return (left > right).astype(int) - (left < right)

    return bool((signs(values) == signs(ranks)).all())


@given(
    st.lists(st.lists(st.integers(-5, 5), min_size=4, max_size=4), min_size=1, max_size=4),
    st.sampled_from([1.0, 2.5, 1e6, 1e13]),
    spreads,
)
def test_slow_rewards(ranks, inverse_reward_range, spread):
    rewards = theorem5_slow_rewards(ranks, inverse_reward_range, spread=spread)
    assert (rewards > 0).all()
    assert (rewards < 1 / inverse_reward_range).all()
    assert same_order(rewards, np.array(ranks))


@given(st.integers(0, 2**32 - 1), spreads)
def test_fast_rewards(seed, spread):
    random = np.random.default_rng(seed)
    policy = random.dirichlet(np.full(5, 0.1), size=6) + 1e-12
    policy /= policy.sum(axis=-1, keepdims=True)
    best = random.integers(0, 5, 6)
    ranks = random.integers(-2, 3, (6, 5))
    rows = np.arange(6)
    ranks[rows, best] = 3
    rewards = theorem5_fast_rewards(ranks, best, policy, spread=spread)
    assert (rewards[rows, best] == 1).all()
    others = np.arange(5) != best[:, None]
    assert (rewards > 0).all()
    assert (rewards < policy[rows, best][:, None])[others].all()
    assert same_order(rewards, ranks)


def test_even_and_extreme_spreads():
    ranks = [0, 1, 1, 2]
    np.testing.assert_allclose(theorem5_slow_rewards(ranks, 2.0), np.array([1, 2, 2, 3]) / 8)
    ends = theorem5_slow_rewards([0, 1], 1.0, spread=Spread(width=1e-9))
    # Popoviciu: two halves at the ends of (0, 1/T) have the largest variance, 1 / (4 T^2).
    assert np.var(ends) == pytest.approx(0.25, rel=1e-8)
    assert theorem5_slow_rewards(ranks, 1.0, spread=Spread(1e-9, 1.0)).max() < 1e-9
    assert theorem5_slow_rewards(ranks, 1.0, spread=Spread(1e-9, 0.0)).min() > 1 - 1e-9


def test_the_knobs_are_taken_per_problem():
    ranks = np.array([[0, 1, 2], [0, 1, 2]])
    spread = Spread(width=np.array([1.0, 1e-3]), split=np.array([0.5, 1.0]))
    rewards = theorem5_slow_rewards(ranks, np.array([1.0, 10.0]), spread=spread)
    np.testing.assert_allclose(rewards[0], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(rewards[1], [0.25e-4, 0.5e-4, 0.75e-4])


@given(st.integers(0, 2**32 - 1))
def test_every_attainable_pair_of_accuracies_is_attained(seed):
    random = np.random.default_rng(seed)
    policy = random.dirichlet(np.ones(4))
    truth = random.permutation(np.array([-0.8, -0.8, 0.1, 0.9]))
    chances = np.triu(random.random((4, 4)), 1)
    chances /= chances.sum()
    best = int(np.argmax(truth))
    slow = attainable_accuracies(truth, chances).accuracies
    fast = attainable_accuracies(truth, chances, first=best, strictly=True).accuracies
    increase = 0.5 * (0.9 - policy @ truth)
    for _ in range(3):
        alpha, alpha_prime = float(random.choice(slow)), float(random.choice(fast))
        pair = theorem5_teachers(
            initial_probabilities=policy,
            ground_truth_reward=truth,
            increase=increase,
            inverse_reward_range=100.0,
            slow_accuracy=alpha,
            fast_accuracy=alpha_prime,
            pair_distribution=chances,
        )
        assert pair.best_output == best
        assert float(pair_accuracy(pair.slow_reward, truth, chances)) == pytest.approx(alpha, abs=2e-12)
        assert float(pair_accuracy(pair.fast_reward, truth, chances)) == pytest.approx(alpha_prime, abs=2e-12)
    rho = (policy @ truth + increase + 1) / 1.9
    assert 0 < rho < 1
    assert pair.required_share == pytest.approx(rho, rel=1e-14)
    expected = policy[best] * (1 - rho) ** 4 / (8 * (1 / (2 * math.e) - 2 * math.log(policy.min())))
    assert pair.kl_limit == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("outputs", [2, 3, 8, 5000])
def test_theorem_2s_extreme_pair(outputs):
    random = np.random.default_rng(outputs)
    truth = random.permutation(np.linspace(-1, 1, outputs))
    slow, fast = theorem2_rankings(truth)
    assert uniform_accuracy(slow, truth) == 1
    assert uniform_accuracy(fast, truth) == pytest.approx(2 / outputs, rel=1e-15)
    assert fast.argmax() == truth.argmax()
    # Another output first: fewer pairs with it are right.
    second = int(np.argsort(truth)[-2])
    _, fast = theorem2_rankings(truth, second)
    assert uniform_accuracy(fast, truth) == pytest.approx(2 / outputs * (outputs - 2) / (outputs - 1), rel=1e-15)


@given(st.lists(st.lists(st.integers(-2, 2), min_size=5, max_size=5), min_size=1, max_size=4), st.integers(0, 4))
def test_theorem_2s_count_with_ties_in_the_ground_truth(rows, best):
    truth = np.array(rows) / 2
    slow, fast = theorem2_rankings(truth, best)
    np.testing.assert_array_equal(uniform_accuracy(slow, truth), 1.0)
    below = np.sum(truth < truth[:, [best]], axis=-1)
    np.testing.assert_array_equal(uniform_accuracy(fast, truth), below / 10)
    assert (uniform_accuracy(fast, truth) <= 2 / 5).all()


def test_reversing_alone_would_leave_ties_correct():
    """An erratum of sorts: with ties in `r_G`, "reverse every pair" must also break them, or `alpha' > 2 / |Y|`."""
    truth = np.array([1.0, -1.0, -1.0, -1.0])
    reversed_but_best = np.array([1.0, 0.5, 0.5, 0.5])
    assert uniform_accuracy(reversed_but_best, truth) == 1
    assert uniform_accuracy(theorem2_rankings(truth)[1], truth) == 0.5


def test_a_hundred_thousand_problems_at_once():
    random = np.random.default_rng(3)
    count, outputs = 100_000, 5
    policy, truth = random.dirichlet(np.ones(outputs), count), random.uniform(-1, 1, (count, outputs))
    slow, fast = theorem2_rankings(truth)
    room = truth.max(axis=-1) - np.sum(policy * truth, axis=-1)
    pair = theorem5_teachers_from_ranks(
        initial_probabilities=policy,
        ground_truth_reward=truth,
        increase=room / 2,
        inverse_reward_range=10 ** random.uniform(0, 12, count),
        slow_ranks=slow,
        fast_ranks=fast,
        slow_spread=Spread(width=10 ** random.uniform(-9, 0, count)),
    )
    assert (uniform_accuracy(pair.slow_reward, truth) == 1).all()
    np.testing.assert_allclose(uniform_accuracy(pair.fast_reward, truth), 2 / outputs)
    assert ((pair.required_share > 0) & (pair.required_share < 1) & (pair.kl_limit > 0)).all()


GOOD = {
    "initial_probabilities": [0.2, 0.3, 0.5],
    "ground_truth_reward": [1.0, 0.0, -1.0],
    "increase": 0.5,
    "inverse_reward_range": 10.0,
    "slow_ranks": [2, 1, 0],
    "fast_ranks": [2, 0, 1],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"initial_probabilities": [0.2, 0.3, 0.6]}, "initial_probabilities: got a sum"),
        ({"ground_truth_reward": [1.0, 0.0, -2.0]}, "ground_truth_reward: got -2"),
        ({"ground_truth_reward": [1.0, 0.0]}, "ground_truth_reward: got shape"),
        ({"increase": 0.0}, "increase: got 0"),
        ({"increase": [0.1, 0.2]}, "increase: got shape"),
        ({"increase": 1.3}, "best_output: got an output of ground-truth reward 1"),
        ({"inverse_reward_range": 0.5}, "inverse_reward_range: got 0.5"),
        ({"inverse_reward_range": 1e300}, "inverse_reward_range: got an interval"),
        ({"inverse_reward_range": np.nan}, "inverse_reward_range: got nan"),
        ({"best_output": 2}, "best_output: got an output of ground-truth reward -1"),
        ({"best_output": 3}, "best_output: got 3"),
        ({"best_output": 0.5}, "best_output: got 0.5"),
        ({"fast_ranks": [1, 0, 1]}, "ranks: got an output ranked as high"),
        ({"slow_ranks": [2, 1]}, "slow_ranks: got shape"),
        ({"slow_ranks": [2.5, 1, 0]}, "slow_ranks: got 2.5"),
        ({"slow_spread": Spread(0.0)}, "spread.width"),
        ({"slow_spread": Spread(1e-13)}, "spread.width"),
        ({"fast_spread": Spread(1.0, 1.5)}, "spread.split"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InvalidInputError, match=message):
        theorem5_teachers_from_ranks(**(GOOD | change))


def test_good_input_passes():
    pair = theorem5_teachers_from_ranks(**GOOD)
    np.testing.assert_allclose(pair.slow_reward, [0.075, 0.05, 0.025])
    np.testing.assert_allclose(pair.fast_reward, [1.0, 0.2 / 3, 0.4 / 3])


@pytest.mark.parametrize("name", ["slow_accuracy", "fast_accuracy"])
def test_unattainable_accuracies_are_named(name):
    accuracies = {"slow_accuracy": 1.0, "fast_accuracy": 2 / 3} | {name: 0.9}
    with pytest.raises(InvalidInputError, match=f"{name}: got 0.9.*nearest attainable is 1"):
        theorem5_teachers(
            initial_probabilities=[0.2, 0.3, 0.5],
            ground_truth_reward=[1.0, 0.0, -1.0],
            increase=0.5,
            inverse_reward_range=10.0,
            **accuracies,
        )


@pytest.mark.parametrize("name", ["increase", "inverse_reward_range", "slow_accuracy", "fast_accuracy"])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_numbers_of_a_single_problem_are_finite_and_looked_at_first(name, bad):
    numbers = {"increase": 0.5, "inverse_reward_range": 10.0, "slow_accuracy": 0.123, "fast_accuracy": 0.123}
    with pytest.raises(InvalidInputError, match=rf"^{name}: got {bad} as a single number"):
        theorem5_teachers(
            initial_probabilities=[0.2, 0.3, 0.5], ground_truth_reward=[1.0, 0.0, -1.0], **numbers | {name: bad}
        )
