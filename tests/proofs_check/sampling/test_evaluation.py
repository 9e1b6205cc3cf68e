"""Batches of instances reach the tallies, and records reproduce what was judged."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest

from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling.evaluation import evaluate_batch, instance_record
from proofs_check.sampling.tally import Tally
from sims.hitting import Hitting, Status
from theory.instances.tabular import BestOfNInstance, HittingTimeInstance, PathInstance, PolicyInstance
from theory.statements.register import select_statements
from theory.tabular.problem import make_problem
from theory.tabular.problem_record import problem_from_record

BOUNDS = select_statements(["prop3", "thm5-fast"])


def batch() -> HittingTimeInstance:
    problem = make_problem(
        initial_probabilities=[[0.5, 0.5], [0.2, 0.8], [0.5, 0.5]],
        proxy_reward=[[1.0, -1.0], [0.5, 0.25], [0.3, 0.3]],
        ground_truth_reward=[[1.0, -1.0]] * 3,
    )
    return HittingTimeInstance(
        problem=problem, increase=np.array([0.1, 0.1, 0.1]), hitting_time=np.array([0.2, 9.0, np.inf])
    )


def hitting(instance: HittingTimeInstance) -> Hitting:
    status = np.array([Status.REACHED, Status.REACHED, Status.NEVER], np.int8)
    return Hitting(np.asarray(instance.hitting_time), np.array([0, 0, np.nan]), status, np.ones(3, np.int64))


def test_statements_about_hitting_times():
    instance = batch()
    tallies = {s.id: Tally(s) for s in BOUNDS}
    evaluate_batch(tallies, BOUNDS, instance, hitting=hitting(instance))
    found = tallies["prop3"].evidence(Method.SAMPLING, scope={}, seed=None, seconds=0.0)
    # The third problem never moves: no variance, so the statement says nothing about it.
    assert (found.instances, found.violations) == (2, 0)
    travelled = 1 - np.exp(-0.05)
    expected = [0.2 / (2 * travelled), 9.0 / (2 * travelled / (0.25 * 0.4))]
    assert found.tightness == pytest.approx(min(expected))
    assert found.tightest["problem"]["gamma"] == 0.1
    assert tallies["thm5-fast"].instances == 0


def test_a_time_below_the_bound_is_a_violation_that_replays():
    instance = batch()
    early = HittingTimeInstance(
        problem=instance.problem, increase=instance.increase, hitting_time=np.array([0.05, 9.0, np.inf])
    )
    tallies = {s.id: Tally(s) for s in BOUNDS}
    evaluate_batch(tallies, BOUNDS, early, hitting=hitting(early))
    found = tallies["prop3"].evidence(Method.SAMPLING, scope={}, seed=None, seconds=0.0)
    assert (found.verdict, found.violations) == (Verdict.VIOLATED, 1)
    problem, gamma = problem_from_record(found.tightest["problem"])
    assert gamma == 0.1
    np.testing.assert_array_equal(problem.initial_log_probabilities, instance.problem.initial_log_probabilities[0])
    assert found.tightest["hitting_time"] == 0.05


def test_every_record_is_json():
    """An infinite time is null: JSON has no infinity, and the ledger must be written all the same."""
    for place in range(3):
        json.dumps(instance_record(batch(), place), allow_nan=False)
    assert instance_record(batch(), 2)["hitting_time"] is None
    path = PathInstance(
        problem=batch().problem, elapsed=np.arange(3.0), logits=np.zeros((3, 2)), subset=np.ones((3, 2), bool)
    )
    record = json.loads(json.dumps(instance_record(path, 1)))
    assert (record["logits"], record["subset"], record["elapsed"]) == ([0, 0], [True, True], 1)
    assert "gamma" not in record["problem"]
    several = BestOfNInstance(problem=batch().problem, samples=np.arange(3.0))
    assert json.loads(json.dumps(instance_record(several, 1)))["samples"] == 1


def test_large_instances_are_recorded_by_their_place():
    instance = batch()
    tallies = {s.id: Tally(s) for s in BOUNDS}
    evaluate_batch(tallies, BOUNDS, instance, hitting=hitting(instance), largest_record=1)
    found = tallies["prop3"].evidence(Method.SAMPLING, scope={}, seed=None, seconds=0.0)
    assert found.tightest == {"family": None, "place": 0, "outputs": 2}


def test_identities_and_inequalities_at_policies():
    rng = np.random.default_rng(0)
    statements = select_statements(["lem7", "lem8", "def2"])
    problem = jax.tree.map(lambda leaf: leaf[:2], batch().problem)
    instance = PolicyInstance(problem=problem, logits=rng.normal(size=(2, 2)))
    tallies = {s.id: Tally(s) for s in statements}
    evaluate_batch(tallies, statements, instance)
    for statement in statements:
        found = tallies[statement.id].evidence(Method.SAMPLING, scope={}, seed=None, seconds=0.0)
        assert (found.verdict, found.instances) == (Verdict.SURVIVED, 2)
    assert tallies["lem7"].control_violations == 2
