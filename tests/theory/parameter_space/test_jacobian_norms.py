"""Both norms of the Jacobian of the logits against dense Jacobians of plain NumPy forward passes."""

from __future__ import annotations

from itertools import combinations

import jax
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from tests.small_policies import flattened, plain_logits, random_parameters, small_policy
from theory.parameter_space.jacobian_norms import CONTEXTS_AT_ONCE, context_grams, jacobian_norms, norms_of_grams
from theory.policies import TabularPerPrefixPolicy, log_linear_policy
from theory.policies.policy import prefix_logits

NORMS = jax.jit(jacobian_norms)


def contrast_norm(jacobian):
    """`max_{i,j} || grad (f_i - f_j) || / sqrt 2`, pair by pair."""
    pairs = combinations(range(len(jacobian)), 2)
    return max(np.linalg.norm(jacobian[i] - jacobian[j]) for i, j in pairs) / np.sqrt(2)


@pytest.mark.parametrize("kind", ["tabular", "log-linear", "transformer"])
def test_against_the_singular_values_of_finite_differences(kind):
    policy = small_policy(kind)
    parameters = random_parameters(policy, 1)
    flat, unravel = ravel_pytree(parameters)
    flat, step = np.asarray(flat), 1e-5
    spectral, contrast = np.zeros((2, 2))
    for prompt in range(2):
        jacobians = {}
        for first in range(3):

            def logits(theta, prompt=prompt, first=first):
                return plain_logits(policy, jax.tree.map(np.asarray, unravel(theta)), prompt, (first, 0))

            columns = []
            for k in range(flat.size):
                unit = np.zeros(flat.size)
                unit[k] = step
                columns.append((logits(flat + unit) - logits(flat - unit)) / (2 * step))
            jacobian = np.stack(columns, axis=-1)
            jacobians |= {(): jacobian[0], (first,): jacobian[1]}
        spectral[prompt] = max(np.linalg.norm(matrix, 2) for matrix in jacobians.values())
        contrast[prompt] = max(contrast_norm(matrix) for matrix in jacobians.values())
    found = NORMS(policy, parameters)
    np.testing.assert_allclose(found.spectral, spectral, rtol=1e-7)
    np.testing.assert_allclose(found.contrast, contrast, rtol=1e-7)


@pytest.mark.parametrize("kind", ["log-linear", "perceptron"])
def test_against_forward_differentiation_of_all_logits_at_once(kind):
    policy = small_policy(kind, length=3)
    parameters = random_parameters(policy, 2)
    grams = jax.jit(context_grams)(policy, parameters)
    jacobian = flattened(jax.jit(jax.jacfwd(prefix_logits, argnums=1))(policy, parameters), axes=3)
    rows = jacobian.reshape(-1, 3, jacobian.shape[-1])
    np.testing.assert_allclose(grams, rows @ rows.swapaxes(1, 2), atol=1e-10)
    found = norms_of_grams(grams, 2)
    for prompt in range(2):
        assert float(found.spectral[prompt]) == pytest.approx(np.linalg.norm(jacobian[prompt], 2, axis=(1, 2)).max())
        assert float(found.contrast[prompt]) == pytest.approx(max(map(contrast_norm, jacobian[prompt])))
    assert np.all(np.asarray(found.contrast) <= np.asarray(found.spectral) * (1 + 1e-14))


def test_shifting_all_logits_together_changes_the_spectral_norm_only():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(2, 4, 3, 5))
    shifted = features + 100 * rng.normal(size=(2, 4, 1, 5))
    plain, moved = (log_linear_policy(part, length=2) for part in (features, shifted))
    parameters = random_parameters(plain)
    one, other = NORMS(plain, parameters), NORMS(moved, parameters)
    np.testing.assert_allclose(one.contrast, other.contrast, rtol=1e-9)
    assert np.all(np.asarray(other.spectral) > 10 * np.asarray(one.spectral))


def test_log_linear_policies_have_the_norm_of_their_features_everywhere():
    features = np.random.default_rng(4).normal(size=(2, 4, 3, 5))
    policy = log_linear_policy(features, length=2)
    expected = np.linalg.norm(features, 2, axis=(2, 3)).max(axis=1)
    for seed, scale in ((0, 1.0), (1, 10.0)):
        np.testing.assert_allclose(NORMS(policy, random_parameters(policy, seed, scale)).spectral, expected)


@pytest.mark.parametrize("length", [1, 3])
def test_tables_have_norm_one(length):
    policy = TabularPerPrefixPolicy(2, 3, length)
    found = NORMS(policy, random_parameters(policy))
    np.testing.assert_allclose(found.spectral, 1.0, rtol=1e-14)
    np.testing.assert_allclose(found.contrast, 1.0, rtol=1e-14)


def test_the_largest_of_each_prompt_is_taken():
    grams = np.stack([scale * np.eye(2) for scale in (1.0, 4.0, 9.0, 0.0)])
    found = norms_of_grams(grams, 2)
    np.testing.assert_allclose(found.spectral, [2.0, 3.0])
    np.testing.assert_allclose(found.contrast, [2.0, 3.0])


def test_more_contexts_than_are_differentiated_together():
    policy = TabularPerPrefixPolicy(prompts=3, vocabulary=5, length=3)
    grams = np.asarray(jax.jit(context_grams)(policy, random_parameters(policy)))
    assert len(grams) == 3 * (1 + 5 + 25) > CONTEXTS_AT_ONCE
    np.testing.assert_allclose(grams, np.broadcast_to(np.eye(5), grams.shape), atol=1e-14)
