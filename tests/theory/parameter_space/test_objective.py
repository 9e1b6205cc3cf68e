"""Objective, gradient and variance in parameter space against finite differences, Monte Carlo's sums, and a table."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small_policies import KINDS, flattened, plain_logits, random_parameters, small_problem
from theory.bounds.lemmas import variance_rate
from theory.errors import InvalidInputError
from theory.parameter_space.objective import (
    expected_reward,
    martingale_variance,
    objective_gradient,
    prompt_gradients,
    prompt_objectives,
    regularized_reward,
    regularized_variance,
    squared_norm,
    squared_norms,
    variance_motion,
)
from theory.parameter_space.problem import make_policy_problem
from theory.policies.policy import output_log_probabilities
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.policy import objective, policy_gradient

OBJECTIVES, GRADIENT, PROMPT_GRADIENTS = map(jax.jit, (prompt_objectives, objective_gradient, prompt_gradients))
VARIANCE, MARTINGALE = jax.jit(regularized_variance), jax.jit(martingale_variance)
MOTION = jax.jit(variance_motion)
OBJECTIVE_GRADIENT = jax.jit(jax.grad(lambda problem, theta: prompt_objectives(problem, theta).mean(), argnums=1))
EXPECTED = jax.jit(expected_reward)
LOG_PROBABILITIES = jax.jit(output_log_probabilities)

cases = pytest.mark.parametrize(("kind", "coefficient"), [(k, c) for k in KINDS for c in (0.0, 0.5)])
few_cases = pytest.mark.parametrize(("kind", "coefficient"), [("log-linear", 0.5), ("transformer", 0.0)])


def along(function, parameters, direction, step=1e-4):
    """The derivative along a direction by a central difference of order four."""
    moved = lambda size: jax.tree.map(lambda leaf, d: leaf + size * d, parameters, direction)  # noqa: E731
    value = lambda size: np.asarray(function(moved(size)))  # noqa: E731
    return (8 * (value(step) - value(-step)) - (value(2 * step) - value(-2 * step))) / (12 * step)


@few_cases
def test_objective_is_the_mean_reward_less_the_divergence(kind, coefficient):
    problem = small_problem(kind, kl_coefficient=coefficient)
    log_policy = np.asarray(LOG_PROBABILITIES(problem.policy, problem.parameters))
    policy = np.exp(log_policy)
    mean = (policy * problem.proxy_reward).sum(axis=1)
    divergence = (policy * (log_policy - problem.log_reference)).sum(axis=1)
    np.testing.assert_allclose(OBJECTIVES(problem, problem.parameters), mean - coefficient * divergence, atol=1e-13)
    value = EXPECTED(problem, problem.parameters, problem.ground_truth_reward)
    np.testing.assert_allclose(value, (policy * problem.ground_truth_reward).sum(axis=1), atol=1e-14)
    reward = np.asarray(regularized_reward(problem, log_policy))
    spread = (policy * reward**2).sum(axis=1) - (policy * reward).sum(axis=1) ** 2
    np.testing.assert_allclose(VARIANCE(problem, problem.parameters), spread, atol=1e-13 * (1 + reward.max() ** 2))


@cases
def test_gradient_against_finite_differences(kind, coefficient):
    problem = small_problem(kind, kl_coefficient=coefficient)
    gradient = GRADIENT(problem, problem.parameters)
    own = PROMPT_GRADIENTS(problem, problem.parameters)
    for seed in range(3):
        direction = random_parameters(problem.policy, 100 + seed)
        expected = along(lambda theta: OBJECTIVES(problem, theta), problem.parameters, direction)
        found = flattened(own, axes=1) @ flattened(direction)
        np.testing.assert_allclose(found, expected, atol=1e-9)
        assert float(flattened(gradient) @ flattened(direction)) == pytest.approx(expected.mean(), abs=1e-9)


@cases
def test_gradient_is_the_mean_over_the_prompts(kind, coefficient):
    problem = small_problem(kind, kl_coefficient=coefficient)
    gradient = GRADIENT(problem, problem.parameters)
    own = PROMPT_GRADIENTS(problem, problem.parameters)
    np.testing.assert_allclose(flattened(own, axes=1).mean(axis=0), flattened(gradient), atol=1e-13)
    plain = OBJECTIVE_GRADIENT(problem, problem.parameters)
    np.testing.assert_allclose(flattened(plain), flattened(gradient), atol=1e-13)
    assert float(squared_norm(gradient)) == pytest.approx(float(np.sum(flattened(gradient) ** 2)), rel=1e-12)
    np.testing.assert_allclose(squared_norms(own), (flattened(own, axes=1) ** 2).sum(axis=1), rtol=1e-12)


@given(
    st.sampled_from(KINDS),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.1, 1.0, 4.0]),
)
def test_variance_of_the_tokens_adds_up_to_the_variance(kind, coefficient, seed, scale):
    start = small_problem(kind, kl_coefficient=coefficient)
    parameters = random_parameters(start.policy, seed, scale)
    parts = np.asarray(MARTINGALE(start, parameters))
    whole = np.asarray(VARIANCE(start, parameters))
    assert parts.shape == (2, 2)
    assert np.all(parts >= 0)
    np.testing.assert_allclose(parts.sum(axis=1), whole, rtol=1e-9, atol=1e-15)


def test_each_part_of_the_variance_by_listing_the_prefixes():
    problem = small_problem("perceptron", length=3, vocabulary=2, kl_coefficient=0.3)
    log_policy = np.asarray(LOG_PROBABILITIES(problem.policy, problem.parameters))
    reward = np.asarray(regularized_reward(problem, log_policy))
    for prompt in range(2):
        value = reward[prompt].reshape(2, 2, 2)
        expected = []
        for position in reversed(range(3)):
            part, before = 0.0, np.zeros((2,) * position)
            for prefix in np.ndindex(*(2,) * position):
                sequence = (*prefix, *(0,) * (3 - position))
                logits = plain_logits(problem.policy, problem.parameters, prompt, sequence)
                tokens = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
                reach = np.prod([tokens[k, token] for k, token in enumerate(prefix)])
                before[prefix] = tokens[position] @ value[prefix]
                part += reach * tokens[position] @ (value[prefix] - before[prefix]) ** 2
            expected.insert(0, part)
            value = before
        np.testing.assert_allclose(MARTINGALE(problem, problem.parameters)[prompt], expected, rtol=1e-10)


@few_cases
def test_motion_of_the_variance_against_finite_differences(kind, coefficient):
    problem = small_problem(kind, kl_coefficient=coefficient)
    velocity = GRADIENT(problem, problem.parameters)
    motion = MOTION(problem, problem.parameters, velocity)
    assert float(motion.variance) == pytest.approx(float(VARIANCE(problem, problem.parameters).mean()), rel=1e-13)
    rate = along(lambda theta: VARIANCE(problem, theta), problem.parameters, velocity).mean()
    assert float(motion.rate) == pytest.approx(rate, abs=1e-9)


@pytest.mark.parametrize("coefficient", [0.0, 0.5])
def test_one_token_of_a_table_agrees_with_the_tabular_formulas(coefficient):
    problem = small_problem("tabular", length=1, vocabulary=5, prompts=3, kl_coefficient=coefficient)
    logits = np.asarray(problem.parameters)[:, 0, :]
    arguments = (logits, problem.log_reference, problem.proxy_reward, np.full(3, coefficient))
    np.testing.assert_allclose(OBJECTIVES(problem, problem.parameters), objective(*arguments), atol=1e-14)
    columns = np.asarray(policy_gradient(*arguments))
    gradient = np.asarray(GRADIENT(problem, problem.parameters))
    np.testing.assert_allclose(3 * gradient[:, 0, :], columns, atol=1e-14)
    own = np.asarray(PROMPT_GRADIENTS(problem, problem.parameters))[:, :, 0, :]
    np.testing.assert_allclose(own, np.eye(3)[:, :, None] * columns[:, None, :], atol=1e-14)
    policy = np.exp(np.asarray(LOG_PROBABILITIES(problem.policy, problem.parameters)))
    reward = regularized_reward(problem, np.log(policy))
    expected = np.mean(np.asarray(variance_rate(policy, reward, coefficient))) / 3
    rate = MOTION(problem, problem.parameters, GRADIENT(problem, problem.parameters)).rate
    assert float(rate) == pytest.approx(expected, rel=1e-11)


def test_a_reward_without_differences_moves_nothing():
    start = small_problem("perceptron")
    problem = type(start)(
        start.policy,
        start.parameters,
        start.log_reference,
        np.full_like(start.proxy_reward, 0.3),
        start.ground_truth_reward,
        start.kl_coefficient,
    )
    with jax.debug_nans(True):
        assert float(squared_norm(GRADIENT(problem, problem.parameters))) == 0
        assert np.asarray(VARIANCE(problem, problem.parameters)).tolist() == [0, 0]
        assert np.asarray(MARTINGALE(problem, problem.parameters)).sum() < 1e-30


def test_parts_of_a_variance_far_below_the_rewards_keep_their_digits() -> None:
    policy = TabularPerPrefixPolicy(1, 3, 2)
    rewards = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, -6.0, 5.0])
    parameters = policy.initial_parameters(jax.random.key(0))
    parts = []
    for offset, unit in ((0.0, 2.0**-4), (0.5, 2.0**-40)):
        problem = make_policy_problem(
            policy, parameters, proxy_reward=offset + unit * rewards, ground_truth_reward=unit * rewards
        )
        parts.append(np.asarray(MARTINGALE(problem, parameters)) / unit**2)
    np.testing.assert_allclose(parts[1], parts[0], rtol=1e-10)


@pytest.mark.parametrize(
    "tree", [{"a": np.ones((2, 3)), "b": np.ones((3, 3))}, {"a": np.float64(1.0)}, np.float64(1.0)]
)
def test_norms_by_row_need_one_first_axis(tree):
    with pytest.raises(InvalidInputError, match=r"^tree: got first axes .*one first axis of rows"):
        squared_norms(tree)
