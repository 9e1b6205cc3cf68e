"""The Fisher information against scores by finite differences of whole probabilities, and what S0 and S2 say of it."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tests.small_policies import flattened, random_parameters, small_policy, small_problem
from theory.errors import InvalidInputError
from theory.parameter_space.fisher_information import fisher_norms, fisher_product, score_summary, weighted_scores
from theory.parameter_space.jacobian_norms import jacobian_norms
from theory.parameter_space.objective import prompt_gradients, regularized_variance
from theory.policies import TabularPerPrefixPolicy
from theory.policies.policy import output_log_probabilities

NORMS, PRODUCT = jax.jit(fisher_norms), jax.jit(fisher_product)
JACOBIANS, GRADIENTS = jax.jit(jacobian_norms), jax.jit(prompt_gradients)
VARIANCE = jax.jit(regularized_variance)
LOG_PROBABILITIES = jax.jit(output_log_probabilities)


def explicit_matrices(policy, parameters):
    """`F_x` of every prompt, by forward differentiation of the enumerated log-probabilities."""
    log_policy = np.asarray(LOG_PROBABILITIES(policy, parameters))
    scores = flattened(jax.jit(jax.jacfwd(output_log_probabilities, argnums=1))(policy, parameters), axes=2)
    return np.einsum("xy,xyi,xyj->xij", np.exp(log_policy), scores, scores)


@pytest.mark.parametrize("kind", ["tabular", "log-linear", "transformer"])
def test_exact_norms_and_products_against_the_matrix_written_out(kind):
    policy = small_policy(kind)
    parameters = random_parameters(policy, 1)
    matrices = explicit_matrices(policy, parameters)
    np.testing.assert_allclose(NORMS(policy, parameters), np.linalg.norm(matrices, 2, axis=(1, 2)), rtol=1e-10)
    vector = random_parameters(policy, 2)
    for weights in ([0.5, 0.5], [0.0, 1.0], [2.0, -1.0]):
        found = flattened(PRODUCT(policy, parameters, np.array(weights), vector))
        expected = np.einsum("x,xij,j->i", weights, matrices, flattened(vector))
        np.testing.assert_allclose(found, expected, atol=1e-11)


def test_more_outputs_than_parameters():
    policy = small_policy("log-linear", vocabulary=4, length=2)
    parameters = random_parameters(policy, 3)
    matrices = explicit_matrices(policy, parameters)
    assert matrices.shape == (2, 4, 4)
    np.testing.assert_allclose(NORMS(policy, parameters), np.linalg.norm(matrices, 2, axis=(1, 2)), rtol=1e-12)
    for prompt in range(2):
        rows = np.asarray(jax.jit(weighted_scores)(policy, parameters, prompt))
        np.testing.assert_allclose(rows.T @ rows, matrices[prompt], atol=1e-12)


@pytest.mark.parametrize("kind", ["tabular", "log-linear", "transformer"])
@pytest.mark.parametrize("length", [1, 2])
def test_the_mean_over_prompts_and_the_longest_scores(kind, length):
    """With fewer and with more outputs of all prompts than parameters."""
    policy = small_policy(kind, prompts=3, length=length)
    parameters = random_parameters(policy, 4)
    matrices = explicit_matrices(policy, parameters)
    scores = flattened(jax.jit(jax.jacfwd(output_log_probabilities, argnums=1))(policy, parameters), axes=2)
    found = jax.jit(score_summary)(policy, parameters)
    np.testing.assert_array_equal(found.fisher_norms, NORMS(policy, parameters))
    np.testing.assert_allclose(found.mean_fisher_norm, np.linalg.norm(matrices.mean(axis=0), 2), rtol=1e-11)
    np.testing.assert_allclose(found.score_norms, np.linalg.norm(scores, axis=2).max(axis=1), rtol=1e-12)
    # Each prompt's matrix is at most their sum, and the mean's norm at most the mean of norms.
    assert found.mean_fisher_norm <= np.mean(found.fisher_norms) * (1 + 1e-12)
    assert np.max(found.fisher_norms) <= 3 * found.mean_fisher_norm * (1 + 1e-12)


def test_scores_of_outputs_that_never_happen():
    """Their length does not depend on their probability: `sqrt 2` in the limit, for a table of one token."""
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=2, length=1)
    for rare in (-40.0, -800.0, -3000.0):
        found = jax.jit(score_summary)(policy, np.array([[[0.0, rare]]]))
        assert float(found.score_norms[0]) == pytest.approx(np.sqrt(2), rel=1e-14)


def test_what_the_sharpened_statements_say():
    problem = small_problem("perceptron", kl_coefficient=0.3)
    policy = problem.policy
    for seed, scale in ((0, 1.0), (1, 1.0), (2, 0.2), (3, 3.0)):
        parameters = random_parameters(policy, seed, scale)
        norms = np.asarray(NORMS(policy, parameters))
        contrast = np.asarray(JACOBIANS(policy, parameters).contrast)
        assert np.all(norms <= policy.length * contrast**2 / 2 * (1 + 1e-12))
        gradients = flattened(GRADIENTS(problem, parameters), axes=1)
        spread = np.asarray(VARIANCE(problem, parameters))
        assert np.all((gradients**2).sum(axis=1) <= norms * spread * (1 + 1e-12))


def test_two_even_outputs_of_a_table_attain_the_bound():
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=2, length=1)
    assert float(NORMS(policy, np.zeros((1, 1, 2)))[0]) == pytest.approx(0.5, rel=1e-14)


def test_nearly_deterministic_policies_lose_no_digits():
    """One output of probability 1 - q: `diag(p) - p p^T` has the eigenvalue `2 q (1 - q)`."""
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=2, length=1)
    for rare in (1e-6, 1e-12, 1e-100):
        table = np.log([[[1 - rare, rare]]])
        assert float(NORMS(policy, table)[0]) == pytest.approx(2 * rare * (1 - rare), rel=1e-12)


def test_derivatives_also_where_the_largest_eigenvalue_is_double():
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=3, length=2)
    gradient = jax.jit(jax.grad(lambda theta: fisher_norms(policy, theta).sum()))
    assert np.isfinite(gradient(np.zeros((1, 4, 3)))).all()
    table, direction = np.random.default_rng(0).normal(size=(2, 1, 4, 3))
    step = 1e-5
    change = float(NORMS(policy, table + step * direction)[0] - NORMS(policy, table - step * direction)[0])
    assert float(np.sum(gradient(table) * direction)) == pytest.approx(change / (2 * step), rel=1e-6)


def test_batches_go_through_vmap():
    policy = small_policy("perceptron")
    several = [random_parameters(policy, seed) for seed in range(3)]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    batch = jax.jit(jax.vmap(fisher_norms, in_axes=(None, 0)))(policy, stacked)
    np.testing.assert_allclose(batch, [NORMS(policy, one) for one in several], rtol=1e-12)


def test_too_large_for_a_dense_matrix():
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=20, length=4)
    table = jax.ShapeDtypeStruct((1, 8421, 20), np.float64)
    with pytest.raises(InvalidInputError, match=r"160,000 outputs x 168,420 parameters.*MiB.*estimate_fisher_norm"):
        jax.eval_shape(lambda theta: fisher_norms(policy, theta), table)
    several = TabularPerPrefixPolicy(prompts=5, vocabulary=20, length=3)
    shape = jax.ShapeDtypeStruct((5, 421, 20), np.float64)
    with pytest.raises(InvalidInputError, match=r"40,000 outputs x 42,100 parameters"):
        jax.eval_shape(lambda theta: score_summary(several, theta), shape)
