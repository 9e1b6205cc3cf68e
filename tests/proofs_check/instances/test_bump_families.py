"""Bumps rise to the target, fall again, and are told from the flow's own path."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.instances.bump_families import bump_problems
from proofs_check.instances.tables_as_policies import in_parameter_space
from sims.flow_hitting_times import hitting_times
from sims.trajectories import trajectory
from theory.errors import InvalidInputError
from theory.policies.policy import output_log_probabilities
from theory.tabular.problem import make_problem


@pytest.mark.parametrize("outputs", [3, 4, 5])
def test_the_target_is_reached_and_lost(outputs: int) -> None:
    family = bump_problems(np.random.default_rng(outputs), 30, outputs)
    hitting = hitting_times(family.problem, family.increase)
    assert hitting.reached.all()
    for k in range(30):
        problem = family.problem[k]
        truth, policy = problem.ground_truth_reward, np.exp(problem.initial_log_probabilities)
        time = float(hitting.time[k])
        times = np.concatenate([[time], np.geomspace(time, 1e8 * time, 4000)])
        gains = np.exp(trajectory(problem, times).log_probabilities) @ truth - policy @ truth
        assert gains[0] == pytest.approx(family.increase[k], abs=1e-7)
        assert gains[1:].min() < family.increase[k] - 1e-4


def test_a_small_kl_term() -> None:
    family = bump_problems(np.random.default_rng(0), 20, 4, regularized=True)
    assert (np.asarray(family.problem.kl_coefficient) > 0).all()
    assert hitting_times(family.problem, family.increase).reached.mean() > 0.5


def test_padding_changes_no_probability() -> None:
    problem = make_problem(
        initial_probabilities=[[0.2, 0.8]], proxy_reward=[[0.5, 0.1]], ground_truth_reward=[[0.3, -0.2]]
    )
    padded = in_parameter_space(problem, outputs=4)
    found = np.exp(np.asarray(output_log_probabilities(padded.policy, padded.parameters[0])))
    np.testing.assert_allclose(found, [[0.2, 0.8, 0, 0]], atol=1e-15)
    assert padded.batch_shape == (1,)


def test_what_is_another_flow_is_refused() -> None:
    common = {"proxy_reward": [[0.5, 0.1]], "ground_truth_reward": [[0.3, -0.2]]}
    with pytest.raises(InvalidInputError, match="prompts"):
        in_parameter_space(make_problem(initial_probabilities=[[0.2, 0.8]], prompts=[2], **common))
    with pytest.raises(InvalidInputError, match="outputs"):
        in_parameter_space(make_problem(initial_probabilities=[[0.2, 0.8]], **common), outputs=1)
