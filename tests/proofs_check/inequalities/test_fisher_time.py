"""The steps of S7 and S8 at random policies, with and without KL, and where each of them is attained or approached."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest

from sims.parameter_space.flow import rewarded_gain
from tests.small_policies import random_parameters, small_problem
from theory.instances.parametric import measure_state
from theory.parameter_space.objective import objective_gradient
from theory.parameter_space.problem import PolicyProblem, make_policy_problem
from theory.policies import TabularPerPrefixPolicy

ROUNDING = 1 + 1e-12


@jax.jit
def speeds(problem: PolicyProblem, parameters):
    """What is measured at a point of a flow, and how fast the first prompt's expected reward moves there."""
    velocity = objective_gradient(problem, parameters)
    gain = partial(rewarded_gain, problem, reward=problem.ground_truth_reward, prompt=0)
    return measure_state(problem, parameters), jax.jvp(gain, (parameters,), (velocity,))[1]


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["log-linear", "perceptron"])
def test_every_step_holds(kind, kl_coefficient):
    problem = small_problem(kind, kl_coefficient=kl_coefficient)
    with jax.enable_x64(True):
        for seed in range(20):
            state, rise = speeds(problem, random_parameters(problem.policy, seed, 0.2 * (1 + seed % 8)))
            deviation, mean_norm = np.sqrt(state.variance), np.sqrt(state.mean_fisher_norm)
            assert state.gradient_norm <= mean_norm * deviation * ROUNDING
            limit = np.sqrt((1 - state.expected_truth**2) * state.fisher_norm) * state.gradient_norm
            assert abs(rise) <= limit * ROUNDING
            assert state.variance_rate <= state.largest_advantage * state.mean_fisher_norm * state.variance * ROUNDING
            assert state.variance_rate <= state.score_norm * state.gradient_norm * state.variance * ROUNDING


def table(rare):
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=2, length=1)
    start, reward = np.log([[[rare, 1 - rare]]]), [1.0, -1.0]
    return make_policy_problem(policy, start, proxy_reward=reward, ground_truth_reward=reward)


def test_two_outputs_attain_the_speeds_and_a_rare_one_the_growth():
    with jax.enable_x64(True):
        even, rise = speeds(table(0.5), table(0.5).parameters)
        assert float(even.gradient_norm) == pytest.approx(float(np.sqrt(even.mean_fisher_norm * even.variance)))
        assert float(rise) == pytest.approx(float(np.sqrt(even.fisher_norm) * even.gradient_norm))
        rare, _ = speeds(table(1e-9), table(1e-9).parameters)
    by_advantage = rare.largest_advantage * rare.mean_fisher_norm * rare.variance
    by_score = rare.score_norm * rare.gradient_norm * rare.variance
    assert float(rare.variance_rate / by_advantage) == pytest.approx(1, rel=1e-6)
    assert float(rare.variance_rate / by_score) == pytest.approx(1, rel=1e-6)
