"""Estimators against the exact gradient: their expectation over all groups of samples, enumerated in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.policy_gradient import (
    Baseline,
    Method,
    dapo,
    degenerate_groups,
    degenerate_probability,
    grpo,
    ppo,
    reinforce,
    rloo,
)
from sims.policy_gradient.advantages import keep_varied, standardised_advantages
from sims.policy_gradient.estimator import exact_weights, output_weights, sample_advantages
from sims.policy_gradient.sampling import sample_outputs
from sims.policy_gradient.surrogate import score_weights
from theory.errors import InvalidInputError

POLICY = np.array([0.2, 0.7, 0.1])
REWARD = np.array([0.3, -0.4, 0.9])
EPSILON = 1e-4


def logit_gradient(weights: np.ndarray) -> np.ndarray:
    """Weights of outputs times the scores of a table, `e_y - pi`."""
    return weights - POLICY * weights.sum()


EXACT = POLICY * (REWARD - POLICY @ REWARD)


def expected_gradient(method: Method, reward: np.ndarray = REWARD) -> np.ndarray:
    """The estimator's expectation, summing over all groups with their probabilities."""
    groups = np.array(list(product(range(3), repeat=method.samples)))
    chance = POLICY[groups].prod(axis=1)

    def one(group: jax.Array) -> jax.Array:
        rewards = jnp.asarray(reward)[group]
        value, earlier = jnp.asarray([POLICY @ reward]), jnp.asarray(0.17)
        advantages = sample_advantages(method, rewards[None], rewards[None], value, earlier)
        return output_weights(group[None], advantages, 3)[0]

    weights = np.asarray(jax.vmap(one)(jnp.asarray(groups)))
    return logit_gradient(chance @ weights)


UNBIASED = [
    reinforce(3, baseline=False),
    reinforce(3),
    reinforce(1),
    ppo(2),
    rloo(2),
    rloo(4),
]


@pytest.mark.parametrize("method", UNBIASED, ids=lambda method: f"{method.name}-{method.samples}")
def test_unbiased_methods(method: Method) -> None:
    np.testing.assert_allclose(expected_gradient(method), EXACT, atol=1e-14)


@pytest.mark.parametrize("samples", [2, 3, 5])
def test_group_mean_shrinks_the_gradient(samples: int) -> None:
    found = expected_gradient(grpo(samples, standardise=False))
    np.testing.assert_allclose(found, (samples - 1) / samples * EXACT, atol=1e-14)
    # The control: its own mean inside the baseline does bias it.
    assert np.abs(found - EXACT).max() > 0.01


def test_standardised_pairs() -> None:
    """With two samples the advantage is the sign of the difference, but for epsilon."""
    gap = REWARD[:, None] - REWARD[None, :]
    target = POLICY * ((gap / (np.abs(gap) + 2 * EPSILON)) @ POLICY)
    np.testing.assert_allclose(expected_gradient(grpo(2)), logit_gradient(target), atol=1e-14)
    np.testing.assert_allclose(expected_gradient(dapo(2)), logit_gradient(target), atol=1e-14)


@pytest.mark.parametrize("samples", [3, 4])
def test_standardised_groups_of_binary_rewards(samples: int) -> None:
    """`c` successes among `k`: advantages `sqrt((k - c) / c)` and `-sqrt(c / (k - c))`, in closed form."""
    from math import comb

    reward, k = np.array([1.0, 0.0, 1.0]), samples
    success = POLICY @ reward
    total = 0.0
    for c in range(1, k):
        deviation = np.sqrt(c * (k - c)) / k
        chance = comb(k, c) * success**c * (1 - success) ** (k - c)
        total += chance * (c / k) * ((k - c) / k) / (deviation + EPSILON)
    # Each success is output 0 or 2 in proportion to the policy; each failure is output 1.
    target = np.array([POLICY[0] / success * total, -total, POLICY[2] / success * total])
    np.testing.assert_allclose(expected_gradient(grpo(k), reward), target, atol=1e-14)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("epsilon", [0.0, 1e-4])
def test_equal_rewards_have_no_standardised_advantage(epsilon: float, dtype: type) -> None:
    rewards = jnp.asarray([[0.1] * 7, [0.0] * 7, [1.0] * 3 + [-1.0] * 4], dtype)
    found = standardised_advantages(rewards, epsilon)
    np.testing.assert_array_equal(found[:2], 0)
    assert float(jnp.std(found[2])) == pytest.approx(1, abs=2e-4)


def test_scaling_the_reward() -> None:
    """Standardised groups do not see the scale of the reward until it is as small as epsilon; others do."""
    small = expected_gradient(grpo(3), 1e-1 * REWARD)
    np.testing.assert_allclose(small, expected_gradient(grpo(3)), rtol=0.02)
    np.testing.assert_allclose(expected_gradient(rloo(3), 1e-3 * REWARD), 1e-3 * EXACT, atol=1e-17)
    assert np.abs(expected_gradient(grpo(3), 1e-6 * REWARD)).max() < 0.02 * np.abs(small).max()


@pytest.mark.parametrize("method", [rloo(3), grpo(3), grpo(3, standardise=False), dapo(3)], ids=lambda m: m.name)
def test_degenerate_groups_teach_nothing(method: Method) -> None:
    # Three times 0.1 over three is not 0.1 in floating point.
    rewards = jnp.full((2, 3), 0.1)
    with jax.debug_nans(True):
        found = sample_advantages(method, rewards, rewards, jnp.zeros(2), jnp.zeros(()))
    assert not np.asarray(found).any()
    varied = sample_advantages(
        method, rewards.at[:, 0].set(0.2), rewards.at[:, 0].set(0.2), jnp.zeros(2), jnp.zeros(())
    )
    assert np.asarray(varied).all()


def test_dropped_groups_leave_the_mean_of_the_others() -> None:
    rewards = jnp.asarray([[0.1, 0.1], [0.1, 0.4], [0.0, -0.3]])
    advantages = standardised_advantages(rewards, EPSILON)
    degenerate = degenerate_groups(rewards)
    np.testing.assert_array_equal(degenerate, [True, False, False])
    kept = keep_varied(advantages, degenerate)
    np.testing.assert_allclose(kept.sum(axis=0) / 3, advantages[1:].sum(axis=0) / 2, atol=1e-15)
    assert not np.asarray(keep_varied(advantages, jnp.ones(3, bool))).any()


def test_exact_weights_are_the_policy_gradient() -> None:
    found = exact_weights(jnp.asarray([POLICY, POLICY]), jnp.asarray([REWARD, 2 * REWARD]))
    np.testing.assert_allclose(found, [EXACT / 2, EXACT], atol=1e-15)


@pytest.mark.parametrize("group_size", [1, 2, 4])
def test_degenerate_probability(group_size: int) -> None:
    reward = np.array([0.3, 0.9, 0.3])
    groups = np.array(list(product(range(3), repeat=group_size)))
    seen = reward[groups]
    expected = POLICY[groups].prod(axis=1)[(seen == seen[:, :1]).all(axis=1)].sum()
    found = float(degenerate_probability(POLICY, reward, group_size))
    assert found == pytest.approx(expected, rel=1e-13)
    if group_size > 1:
        assert found == pytest.approx(0.3**group_size + 0.7**group_size, rel=1e-13)
        drawn = sample_outputs(jax.random.key(0), jnp.broadcast_to(jnp.log(POLICY), (20_000, 3)), group_size)
        rate = float(degenerate_groups(jnp.asarray(reward)[drawn]).mean())
        assert abs(rate - found) < 5 * np.sqrt(found * (1 - found) / 20_000)
        # The control: a reward without ties is degenerate less often than was just measured.
        assert rate > float(degenerate_probability(POLICY, REWARD, group_size)) + 0.001


def test_clipping() -> None:
    log_ratio, advantages = (grid.ravel() for grid in np.meshgrid(np.linspace(-1, 1, 21) + 0.003, [-1.5, 0.0, 0.7]))
    found = score_weights(jnp.asarray(log_ratio), jnp.asarray(advantages), 0.2, 0.3)
    ratio = np.exp(log_ratio)
    stopped = ((advantages > 0) & (ratio > 1.3)) | ((advantages < 0) & (ratio < 0.8))
    assert stopped.any()
    np.testing.assert_allclose(found, np.where(stopped, 0.0, ratio * advantages), atol=1e-14)
    free = score_weights(jnp.asarray(log_ratio), jnp.asarray(advantages), np.inf, np.inf)
    np.testing.assert_allclose(free, ratio * advantages, atol=1e-14)
    at_one = score_weights(jnp.zeros(3), jnp.asarray([-1.0, 0.0, 2.0]), 0.2, 0.2)
    np.testing.assert_allclose(at_one, [-1.0, 0.0, 2.0])


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: rloo(1), "samples"),
        (lambda: reinforce(0), "samples"),
        (lambda: ppo(0), "samples"),
        (lambda: grpo(4, clip=-0.1), "clip_lower"),
        (lambda: grpo(4, inner_epochs=0), "inner_epochs"),
        (lambda: Method("", 0, inner_epochs=2), "samples"),
        (lambda: Method("", 2, Baseline.GROUP_STANDARDISED, epsilon=float("nan")), "epsilon"),
    ],
)
def test_bad_methods(make: Callable[[], Method], argument: str) -> None:
    with pytest.raises(InvalidInputError, match=argument):
        make()
