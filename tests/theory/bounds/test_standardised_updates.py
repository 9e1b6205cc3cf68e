"""Bounds for standardised updates: each step of their proofs on random groups, and stronger claims refuted."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import binom

from sims.policy_gradient.advantages import standardised_advantages
from sims.policy_gradient.estimator import output_weights
from theory.bounds.standardised_updates import (
    damping,
    expected_update_size,
    rare_output_time,
    standardised_rate,
    standardised_time,
)
from theory.errors import InvalidInputError


def update(samples: np.ndarray, rewards: np.ndarray, outputs: int, epsilon: float) -> np.ndarray:
    """`g` of one group."""
    advantages = standardised_advantages(rewards[None], epsilon)
    return np.asarray(output_weights(samples[None], advantages, outputs))[0]


@given(seed=st.integers(0, 10**6), size=st.integers(2, 9), epsilon=st.sampled_from([1e-12, 1e-4, 1e-2, 1.0]))
def test_a_step_is_as_short_and_as_slow_as_the_proof_says(seed: int, size: int, epsilon: float) -> None:
    rng = np.random.default_rng(seed)
    outputs, scale = int(rng.integers(2, 6)), 10 ** rng.uniform(-6, 0)
    policy, proxy = softmax(3 * rng.standard_normal(outputs)), scale * rng.uniform(-1, 1, outputs)
    truth = rng.choice([-1.0, 0.3, 1.0], outputs)
    samples = rng.integers(0, outputs, size)
    g = update(samples, proxy[samples], outputs, epsilon)
    length, reward_range = np.abs(g).sum(), proxy.max() - proxy.min()
    assert abs(g.sum()) < 1e-12
    assert length <= float(damping(reward_range, epsilon)) + 1e-12
    advantages = np.asarray(standardised_advantages(proxy[samples][None], epsilon))
    assert np.abs(advantages).max() <= float(standardised_rate(float(size), reward_range, epsilon)) + 1e-9
    for rate in (1e-3, 0.3, 20.0):
        moved = softmax(np.log(policy) + rate * g)
        assert (moved - policy) @ truth <= rate * length / 2 + 1e-12


def one_step_gain(rate: float) -> float:
    """Of the reward (1, -1) of two equally likely outputs, after a group that is split evenly."""
    g = update(np.array([0, 1]), np.array([1.0, -1.0]), 2, 0.0)
    return float(softmax(rate * g) @ [1.0, -1.0])


def test_the_constant_of_s_g1_is_the_best_possible() -> None:
    rate = 0.01
    gain = one_step_gain(rate)
    bound = float(standardised_time(gain, 2.0, 0.0, 1.0))
    assert 0.9999 * rate < bound <= rate
    assert 2.02 / 2 * bound > rate


def after_a_step(probability: float, rewarded: np.ndarray, size: int, rate: float) -> np.ndarray:
    """`q` of one of two outputs after groups with so many samples of it: the other loses what this one gains."""
    spread = np.sqrt(rewarded * (size - rewarded)) / size
    weight = probability * np.exp(rate * spread)
    return weight / (weight + (1 - probability) * np.exp(-rate * spread))


@pytest.mark.parametrize("size", [2, 8])
@pytest.mark.parametrize("probability", [1e-4, 0.02, 0.5, 0.95])
@pytest.mark.parametrize("rate", [1e-3, 0.1, 3.0])
def test_the_inverse_probability_falls_no_faster_on_average(size: int, probability: float, rate: float) -> None:
    counts = np.arange(size + 1)
    later = 1 / after_a_step(probability, counts, size, rate)
    mean = binom.pmf(counts, size, probability) @ later
    allowed = 2 * rate * float(standardised_rate(float(size), 2.0, 0.0))
    assert mean >= 1 / probability - allowed
    if probability == 1e-4 and rate == 1e-3:
        # Tight where the output is rare and steps are short: a rate 2% lower is refuted.
        assert mean < 1 / probability - 0.98 * allowed


def test_bounds_by_hand() -> None:
    assert float(standardised_time(0.5, 2.0, 0.0, 4.0)) == pytest.approx(4.0)
    # The range is twice epsilon: half of each advantage is left.
    assert float(standardised_time(0.5, 2e-4, 1e-4, 4.0)) == pytest.approx(8.0)
    assert float(rare_output_time(0.01, 0.02, 5.0, 1.0)) == pytest.approx(5.0)
    assert float(standardised_rate(10.0, 2.0, 1.0)) == pytest.approx(1.5)


@pytest.mark.parametrize("epsilon", [1e-9, 0.1])
def test_expected_update_size_by_enumeration(epsilon: float) -> None:
    policy, proxy, size = np.array([0.2, 0.5, 0.3]), np.array([0.4, -0.3, -0.3]), 4
    mean = np.zeros(3)
    for drawn in product(range(3), repeat=size):
        samples = np.array(drawn)
        mean += np.prod(policy[samples]) * update(samples, proxy[samples], 3, epsilon)
    found = float(expected_update_size(0.2, 0.7, size, epsilon))
    assert found == pytest.approx(np.abs(mean).sum(), rel=1e-9)
    assert found <= 1 - 0.2**size - 0.8**size


def test_expected_update_size_is_free_of_scale_and_small_for_rare_outputs() -> None:
    gaps = np.array([2.0, 1e-3, 1e-9])
    np.testing.assert_allclose(expected_update_size(0.3, gaps, 8, 0.0), float(expected_update_size(0.3, 1.0, 8, 0.0)))
    assert float(expected_update_size(1e-7, 1.0, 8, 0.0)) == pytest.approx(2 * np.sqrt(7) * 1e-7, rel=1e-5)
    assert float(expected_update_size(0.0, 1.0, 8, 0.0)) == 0


@pytest.mark.parametrize(("probability", "gap", "size"), [(1.1, 1.0, 2), (0.5, 0.0, 2), (0.5, 1.0, 1)])
def test_nonsense_is_refused(probability: float, gap: float, size: int) -> None:
    with pytest.raises(InvalidInputError):
        expected_update_size(probability, gap, size, 1e-4)
