"""Norms by products alone against the exact ones, on either side of the Jacobian."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.small_policies import random_parameters, small_policy
from theory.parameter_space.fisher_information import fisher_norms
from theory.parameter_space.jacobian_norms import context_grams
from theory.parameter_space.matrix_free_norms import (
    estimate_fisher_norm,
    estimate_jacobian_norm,
    estimate_squared_norm,
    prompt_log_probabilities,
)
from theory.policies.policy import output_log_probabilities


@pytest.mark.parametrize("kind", ["log-linear", "transformer"])
def test_fisher_norms_are_enclosed(kind):
    policy = small_policy(kind)
    parameters = random_parameters(policy, 1)
    exact = np.asarray(jax.jit(fisher_norms)(policy, parameters))
    for prompt in range(2):
        found = estimate_fisher_norm(policy, parameters, prompt, jax.random.key(prompt))
        assert found.converged
        assert float(found.lower) <= exact[prompt] * (1 + 1e-13)
        assert exact[prompt] * (1 - 1e-13) <= float(found.upper) <= 1.01 * float(found.lower)


def test_jacobian_norms_are_enclosed():
    policy = small_policy("transformer")
    parameters = random_parameters(policy, 2)
    grams = np.asarray(jax.jit(context_grams)(policy, parameters))
    exact = np.sqrt(np.linalg.eigvalsh(grams)[:, -1])
    for context in range(len(exact)):
        found = estimate_jacobian_norm(policy, parameters, context, jax.random.key(context))
        assert found.converged
        assert float(found.lower) <= exact[context] * (1 + 1e-13)
        assert exact[context] * (1 - 1e-13) <= float(found.upper) <= 1.01 * float(found.lower)
        assert 0 <= float(found.residual) < 0.1 * exact[context]


def test_a_few_parameters_and_many_values():
    matrix = np.random.default_rng(0).normal(size=(40, 7))
    exact = np.linalg.norm(matrix, 2) ** 2
    found = jax.jit(lambda key: estimate_squared_norm(lambda theta: matrix @ theta["w"], {"w": jnp.ones(7)}, key))(
        jax.random.key(1)
    )
    assert found.converged
    assert int(found.products) <= 7
    assert float(found.lower) <= exact * (1 + 1e-13) <= float(found.upper) * (1 + 2e-13)


def test_outputs_of_one_prompt_alone():
    policy = small_policy("perceptron", length=3)
    parameters = random_parameters(policy, 3)
    together = jax.jit(output_log_probabilities)(policy, parameters)
    alone = jax.jit(prompt_log_probabilities)
    for prompt in range(2):
        np.testing.assert_allclose(alone(policy, parameters, prompt), together[prompt], atol=1e-14)
