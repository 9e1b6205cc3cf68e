"""The independent integrator against an exact solution and the invariants of the flow."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.instances.paths import path_instances, run_path
from proofs_check.instances.tabular_families import arbitrary_problems
from proofs_check.sampling.judging import judge
from sims.trajectories import trajectory
from theory.instances.tabular import PathInstance
from theory.statements.register import find_statement
from theory.tabular.problem import make_problem

EVERYTHING = np.ones((1, 2), bool)


def clock(p):
    """`G(p)` with `dp/dt = (4/|S|) p^2 (1-p)^2` exactly when `4 t / |S| = G(p(t)) - G(p(0))`."""
    return 2 * np.log(p / (1 - p)) + (2 * p - 1) / (p * (1 - p))


@pytest.mark.parametrize("prompts", [1, 3])
@pytest.mark.parametrize(("start", "elapsed"), [(0.5, 1.0), (0.2, 10.0), (0.9, 30.0)])
def test_two_outputs_against_the_closed_form(start, elapsed, prompts):
    problem = make_problem(
        initial_probabilities=[[start, 1 - start]],
        proxy_reward=[[1, -1]],
        ground_truth_reward=[[1, -1]],
        prompts=prompts,
    )
    after = run_path(PathInstance(problem=problem, elapsed=np.array([elapsed * prompts]), subset=EVERYTHING))
    p = 1 / (1 + np.exp(after.logits[0, 1] - after.logits[0, 0]))
    assert clock(p) - clock(start) == pytest.approx(4 * elapsed, rel=1e-6)
    assert after.logits.sum() == pytest.approx(problem.initial_log_probabilities.sum(), abs=1e-12)


@pytest.mark.parametrize("regularized", [False, True])
def test_the_objective_rises_and_the_sum_of_logits_stays(regularized):
    family = arbitrary_problems(np.random.default_rng(2), 50, 3, regularized=regularized)
    instance = run_path(path_instances(np.random.default_rng(3), family))
    problem = instance.problem
    assert instance.subset.any(axis=-1).all()
    assert (instance.elapsed > 0).all()
    np.testing.assert_allclose(instance.logits.sum(axis=-1), problem.initial_log_probabilities.sum(axis=-1), atol=1e-9)
    policy = np.exp(instance.logits - np.logaddexp.reduce(instance.logits, axis=-1, keepdims=True))
    start = np.exp(problem.initial_log_probabilities)
    divergence = np.sum(policy * (np.log(policy) - problem.initial_log_probabilities), axis=-1)
    gained = np.sum((policy - start) * problem.proxy_reward, axis=-1) - problem.kl_coefficient * divergence
    assert (gained >= -1e-12).all()
    assert (gained > 1e-6).mean() > 0.3


def test_a_large_kl_coefficient_makes_the_flow_stiff_and_no_statement_false():
    """Two hundred steps of fixed length used to break down here, and `objective-rises` was said to be violated."""
    rng = np.random.default_rng(5)
    count, outputs = 64, 4
    problem = make_problem(
        initial_logits=3 * rng.standard_normal((count, outputs)),
        proxy_reward=rng.uniform(-1, 1, (count, outputs)),
        ground_truth_reward=rng.uniform(-1, 1, (count, outputs)),
        kl_coefficient=np.geomspace(1e-3, 1e7, count),
        prompts=np.ones(count, int),
    )
    instance = run_path(
        PathInstance(problem=problem, elapsed=np.full(count, 30.0), subset=np.ones((count, outputs), bool))
    )
    # Only what no number of steps resolves is shortened; its end is that of the shorter time.
    assert (instance.elapsed[problem.kl_coefficient < 100] == 30).all()
    assert (instance.elapsed > 0).all()
    assert (instance.elapsed < 30).any()
    for k in range(0, count, 9):
        exact = trajectory(problem[k], np.array([float(instance.elapsed[k])])).log_probabilities[0]
        found = instance.logits[k] - np.logaddexp.reduce(instance.logits[k])
        np.testing.assert_allclose(found, exact, atol=1e-6)
    rises = find_statement("objective-rises")
    assert not judge(rises.sides(instance), rises.relation, count).violated.any()


def test_a_path_that_is_not_a_number_stays_one():
    problem = make_problem(initial_logits=[[0.0, 1.0]], proxy_reward=[[1, -1]], ground_truth_reward=[[1, -1]])
    object.__setattr__(problem, "proxy_reward", np.array([[np.nan, 0.0]]))
    assert np.isnan(run_path(PathInstance(problem=problem, elapsed=np.array([1.0]), subset=EVERYTHING)).logits).any()
