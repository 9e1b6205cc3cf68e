"""Sampled outputs against the distribution they are drawn from, and minibatches that visit every prompt."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.policy_gradient import PromptSubset, sample_outputs, shuffled_batches
from tests.small_policies import KINDS, random_parameters, small_policy
from theory.policies.policy import output_log_probabilities


def test_frequencies() -> None:
    policy = np.array([[0.1, 0.0, 0.6, 0.3, 0.0], [0.0, 0.25, 0.25, 0.5, 0.0]])
    count = 20_000
    drawn = np.asarray(sample_outputs(jax.random.key(1), jnp.log(policy), count))
    for row, chance in zip(drawn, policy, strict=True):
        found = np.bincount(row, minlength=5) / count
        assert (np.abs(found - chance) <= 5 * np.sqrt(chance * (1 - chance) / count)).all()
    # Rows are independent of one another.
    joint = np.mean((drawn[0] == 2) & (drawn[1] == 3))
    assert abs(joint - 0.3) < 5 * np.sqrt(0.3 * 0.7 / count)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_uniform_number_draws_what_has_probability_zero(monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    rng = np.random.default_rng(0)
    policy = rng.dirichlet(np.ones(6), 1000) * rng.uniform(0, 1, (1000, 1))
    policy[:, [0, 4, 5]] = 0
    logs = jnp.log(policy).astype(dtype)
    # JAX fills the mantissa with random bits: a number of [1, 2), less one.
    highest = 1 - np.finfo(dtype).eps
    # The control, which JAX never draws, shows what would go wrong.
    for uniform, expected in ((0.0, 1), (highest, 3), (1.0, 5)):
        monkeypatch.setattr(
            jax.random, "uniform", lambda key, shape, dtype, value=uniform: jnp.full(shape, value, dtype)
        )
        np.testing.assert_array_equal(sample_outputs(jax.random.key(0), logs, 1), expected)


def test_a_common_factor_does_not_matter() -> None:
    logs = jnp.log(jnp.asarray([0.2, 0.5, 0.3]))
    one, other = (sample_outputs(jax.random.key(2), logs + shift, 1000) for shift in (0.0, -0.01))
    assert np.mean(np.asarray(one) == np.asarray(other)) > 0.99


def test_an_epoch_visits_every_prompt_once() -> None:
    numbers = jnp.asarray([3, 5, 8, 9, 11, 2])
    batches = shuffled_batches(jax.random.key(0), numbers, 2)
    assert batches.shape == (3, 2)
    assert sorted(np.ravel(batches)) == sorted(np.asarray(numbers))
    other = shuffled_batches(jax.random.key(1), numbers, 2)
    assert (np.asarray(other) != np.asarray(batches)).any()


@pytest.mark.parametrize("kind", KINDS)
def test_subsets_of_prompts(kind: str) -> None:
    policy = small_policy(kind, prompts=3)
    parameters = random_parameters(policy)
    numbers = jnp.asarray([2, 0, 2, 1])
    found = output_log_probabilities(PromptSubset(policy, numbers), parameters)
    np.testing.assert_allclose(found, output_log_probabilities(policy, parameters)[numbers], atol=1e-13)
