"""Clipped weights are the gradient of the clipped surrogate, at ratios of any size and for clips of any width."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.policy_gradient.surrogate import clipped_surrogate, score_weights

CLIPS = [(0.2, 0.2), (0.2, 0.28), (0.0, 0.0), (1.0, 3.0), (np.inf, np.inf)]


@pytest.mark.parametrize(("lower", "upper"), CLIPS)
def test_weights_are_the_gradient_where_there_is_one(lower: float, upper: float) -> None:
    rng = np.random.default_rng(0)
    log_ratio, advantages = jnp.asarray(rng.normal(size=200)), jnp.asarray(rng.normal(size=200))
    slope = jax.grad(lambda x: jnp.sum(clipped_surrogate(x, advantages, lower, upper)))(log_ratio)
    np.testing.assert_allclose(score_weights(log_ratio, advantages, lower, upper), slope, atol=1e-12)


@pytest.mark.parametrize(("lower", "upper"), CLIPS)
def test_the_surrogate_is_that_of_the_paper(lower: float, upper: float) -> None:
    ratio = np.array([1e-3, 0.5, 0.9, 1.0, 1.1, 1.5, 30.0])
    for advantage in (-2.0, 0.0, 0.7):
        expected = np.minimum(ratio * advantage, np.clip(ratio, 1 - lower, 1 + upper) * advantage)
        found = clipped_surrogate(jnp.log(ratio), jnp.full(7, advantage), lower, upper)
        np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize(("lower", "upper"), CLIPS)
def test_the_policy_that_drew_the_samples_has_the_advantages_as_weights(lower: float, upper: float) -> None:
    advantages = jnp.asarray([-1.5, 0.0, 0.6])
    np.testing.assert_array_equal(score_weights(jnp.zeros(3), advantages, lower, upper), advantages)


def test_ratios_beyond_float32() -> None:
    """`exp(100)` overflows: what is clipped there has no weight, and what is not has all the weight there is."""
    log_ratio = jnp.asarray([100.0, 100.0, 100.0, -200.0, -200.0, -200.0], jnp.float32)
    advantages = jnp.asarray([1.0, 0.0, -1.0, 1.0, 0.0, -1.0], jnp.float32)
    found = score_weights(log_ratio, advantages, 0.2, 0.2)
    assert found.dtype == jnp.float32
    np.testing.assert_array_equal(found, [0, 0, -np.inf, 0, 0, 0])
    values = clipped_surrogate(log_ratio, advantages, 0.2, 0.2)
    np.testing.assert_allclose(values, [1.2, 0, -np.inf, 0, 0, -0.8], rtol=1e-6)
