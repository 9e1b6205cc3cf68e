"""Optimisers in parameter space against gradient ascent on a table, the exact flow, and an Adam written out by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sims.hitting import Status
from sims.parameter_space.optimizer_ascent import parameter_ascent, parameter_ascent_hitting_steps
from sims.tabular_ascent import gradient_ascent, gradient_ascent_hitting_steps
from sims.trajectories import trajectory
from theory.errors import InvalidInputError
from theory.parameter_space.objective import objective_gradient
from theory.parameter_space.problem import PolicyProblem, at_parameters, make_policy_problem, stack_policy_problems
from theory.policies.log_linear import log_linear_policy
from theory.policies.multilayer_perceptron import MultilayerPerceptronPolicy
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.problem import Problem, make_problem

PROBABILITIES = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.1, 0.3, 0.2]])
PROXY = np.array([[0.9, 0.1, -0.3, 0.2], [0.2, 1.0, -1.0, 0.5]])
TRUTH = np.array([[1.0, -0.5, 0.0, 0.2], [0.3, 0.8, -0.2, -1.0]])


def tabular(kl_coefficient: float = 0.05) -> PolicyProblem:
    """Two prompts with a row of the table each."""
    policy = TabularPerPrefixPolicy(prompts=2, vocabulary=4, length=1)
    return make_policy_problem(
        policy,
        jnp.log(PROBABILITIES)[:, None],
        proxy_reward=PROXY,
        ground_truth_reward=TRUTH,
        kl_coefficient=kl_coefficient,
    )


def row(prompt: int, kl_coefficient: float = 0.05) -> Problem:
    """One of the two prompts, which a table lets evolve on its own."""
    return make_problem(
        initial_probabilities=PROBABILITIES[prompt],
        proxy_reward=PROXY[prompt],
        ground_truth_reward=TRUTH[prompt],
        kl_coefficient=kl_coefficient,
        prompts=2,
    )


def log_linear(**changes: object) -> PolicyProblem:
    """Two prompts that share three parameters."""
    features = np.random.default_rng(0).standard_normal((2, 4, 3))
    given = {"proxy_reward": PROXY, "ground_truth_reward": TRUTH, "kl_coefficient": 0.05}
    return make_policy_problem(log_linear_policy(features), jnp.array([0.3, -0.2, 0.1]), **(given | changes))


@pytest.mark.parametrize("prompt", [0, 1])
def test_sgd_on_a_table_is_gradient_ascent(prompt: int) -> None:
    result = parameter_ascent(tabular(), optax.sgd(0.3), 40, record_every=4)
    expected = gradient_ascent(row(prompt), 0.3, 40, record_every=4)
    np.testing.assert_allclose(result.log_probabilities[:, prompt], expected.log_probabilities, rtol=1e-12)
    np.testing.assert_allclose(0.3 * result.steps, expected.times)
    np.testing.assert_allclose(result.expected(TRUTH)[:, prompt], expected.expected(TRUTH[prompt]), atol=1e-13)
    assert (result.status, result.last_step) == (Status.REACHED, 40)


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.05])
def test_sgd_converges_to_the_flow_at_first_order(kl_coefficient: float) -> None:
    exact = trajectory(row(1, kl_coefficient), np.array([8.0])).log_probabilities[-1]
    errors = []
    for count in (32, 64, 128):
        result = parameter_ascent(tabular(kl_coefficient), optax.sgd(8 / count), count, record_every=count)
        errors.append(np.abs(result.log_probabilities[-1, 1] - exact).max())
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / np.array(errors[1:])), 1, atol=0.05)


def test_adam_is_adam() -> None:
    problem, rate, decay, square_decay, guard = log_linear(), 0.05, 0.9, 0.999, 1e-8
    result = parameter_ascent(problem, optax.adam(rate, decay, square_decay, guard), 25, record_every=25)
    theta, mean, square = np.asarray(problem.parameters), np.zeros(3), np.zeros(3)
    for step in range(1, 26):
        gradient = np.asarray(objective_gradient(problem, theta))
        mean = decay * mean + (1 - decay) * gradient
        square = square_decay * square + (1 - square_decay) * gradient**2
        unbiased = mean / (1 - decay**step), square / (1 - square_decay**step)
        theta = theta + rate * unbiased[0] / (np.sqrt(unbiased[1]) + guard)
    np.testing.assert_allclose(result.parameters, theta, rtol=1e-12)


def test_any_policy_and_a_schedule() -> None:
    policy = MultilayerPerceptronPolicy(prompts=2, vocabulary=2, length=2, width=4, layers=1)
    problem = make_policy_problem(
        policy, policy.initial_parameters(jax.random.key(0)), proxy_reward=PROXY, ground_truth_reward=TRUTH
    )
    result = parameter_ascent(problem, optax.sgd(optax.linear_schedule(0.5, 0.0, 20), momentum=0.9), 30)
    assert result.log_probabilities.shape == (31, 2, 4)
    proxy = result.expected(PROXY).mean(axis=1)
    assert proxy[-1] > proxy[0] + 0.1
    ended = make_policy_problem(policy, result.parameters, proxy_reward=PROXY, ground_truth_reward=TRUTH)
    np.testing.assert_allclose(ended.log_reference, result.log_probabilities[-1], rtol=1e-12)


def test_recording_less_often_changes_nothing() -> None:
    often = parameter_ascent(log_linear(), optax.adam(0.1), 12)
    seldom = parameter_ascent(log_linear(), optax.adam(0.1), 12, record_every=4)
    np.testing.assert_array_equal(seldom.steps, [0, 4, 8, 12])
    np.testing.assert_allclose(often.log_probabilities[::4], seldom.log_probabilities, rtol=1e-13)


def test_an_overflow_is_a_failure_at_the_last_finite_step() -> None:
    schedule = optax.piecewise_constant_schedule(0.1, {5: 1e308, 6: 1e10})
    result = parameter_ascent(tabular(), optax.sgd(schedule), 30, record_every=2)
    assert result.status == Status.FAILED
    assert 5 <= result.last_step < 8
    np.testing.assert_array_equal(result.steps, np.arange(0, result.last_step + 1, 2))
    assert np.isfinite(result.log_probabilities).all()
    assert len(result.log_probabilities) == len(result.steps)
    assert np.isfinite(result.parameters).all()
    whole = parameter_ascent(tabular(), optax.sgd(schedule), result.last_step)
    assert whole.status == Status.REACHED
    np.testing.assert_array_equal(whole.parameters, result.parameters)
    hitting = parameter_ascent_hitting_steps(tabular(), 1.9, optimizer=optax.sgd(schedule), max_steps=30)
    assert int(hitting.status) == Status.FAILED
    assert float(hitting.time) == result.last_step


def test_hitting_steps_on_a_table_are_those_of_gradient_ascent() -> None:
    hitting = parameter_ascent_hitting_steps(tabular(), 0.15, optimizer=optax.sgd(0.2), prompt=1, max_steps=5000)
    expected = gradient_ascent_hitting_steps(row(1), 0.15, step_size=0.2, max_steps=5000)
    assert int(hitting.status) == Status.REACHED
    assert float(hitting.time) == int(hitting.evaluations) == int(expected.evaluations)


def test_hitting_steps_of_a_batch_agree_with_the_paths() -> None:
    batch = stack_policy_problems([log_linear(kl_coefficient=k) for k in (0.0, 0.05, 0.5)])
    increase, optimizer = np.array([0.1, 0.12, 0.3]), optax.adam(0.02)
    hitting = parameter_ascent_hitting_steps(
        batch, increase, optimizer=optimizer, watched_reward=np.stack([PROXY] * 3), max_steps=400
    )
    assert hitting.status.tolist() == [Status.REACHED, Status.REACHED, Status.CENSORED]
    assert hitting.time[2] == 400
    for k in (0, 1):
        values = parameter_ascent(batch[k], optimizer, int(hitting.time[k])).expected(PROXY)[:, 0]
        assert values[-1] >= values[0] + increase[k] > values[-2]
    single = parameter_ascent_hitting_steps(batch[1], 0.12, optimizer=optimizer, watched_reward=PROXY, max_steps=400)
    assert single.time.shape == ()
    assert single.time == hitting.time[1]


def test_no_rise_is_reached_at_step_zero() -> None:
    hitting = parameter_ascent_hitting_steps(tabular(), 0.0, optimizer=optax.sgd(0.1), max_steps=3)
    assert (float(hitting.time), int(hitting.status)) == (0.0, Status.REACHED)


def test_double_precision_whatever_the_default() -> None:
    problem = at_parameters(log_linear(), np.array([0.3, -0.2, 0.1], np.float32))
    with jax.enable_x64(False):
        result = parameter_ascent(problem, optax.sgd(0.1), 3)
    assert result.log_probabilities.dtype == result.parameters.dtype == np.float64


def test_bad_input_is_named() -> None:
    batch = stack_policy_problems([log_linear(), log_linear()])
    with pytest.raises(InvalidInputError, match="batch"):
        parameter_ascent(batch, optax.sgd(0.1), 3)
    with pytest.raises(InvalidInputError, match="steps"):
        parameter_ascent(log_linear(), optax.sgd(0.1), 0)
    with pytest.raises(InvalidInputError, match="multiple of record_every"):
        parameter_ascent(log_linear(), optax.sgd(0.1), 3, record_every=2)
    with pytest.raises(InvalidInputError, match="record_every"):
        parameter_ascent(log_linear(), optax.sgd(0.1), 3, record_every=0)
    with pytest.raises(InvalidInputError, match="increase"):
        parameter_ascent_hitting_steps(batch, np.nan, optimizer=optax.sgd(0.1), max_steps=3)
    with pytest.raises(InvalidInputError, match="increase"):
        parameter_ascent_hitting_steps(batch, np.zeros(3), optimizer=optax.sgd(0.1), max_steps=3)
    with pytest.raises(InvalidInputError, match="max_steps"):
        parameter_ascent_hitting_steps(batch, 0.1, optimizer=optax.sgd(0.1), max_steps=0)
    with pytest.raises(InvalidInputError, match="prompt"):
        parameter_ascent_hitting_steps(batch, 0.1, optimizer=optax.sgd(0.1), prompt=2, max_steps=3)
    with pytest.raises(InvalidInputError, match="reward"):
        parameter_ascent_hitting_steps(batch, 0.1, optimizer=optax.sgd(0.1), watched_reward=PROXY[:, :3], max_steps=3)
