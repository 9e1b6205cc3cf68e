"""Instances of tabular statements: a good set of its own, and quantities that are computed once."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from proofs_check.instances.good_set_families import good_set_problems
from theory.instances import lower_bounds, upper_bounds
from theory.instances.tabular import HittingTimeInstance, PathInstance, TabularInstance, given_or_chosen, share
from theory.statements.register import find_statement
from theory.tabular.problem import make_problem


def test_a_row_without_members_leaves_the_choice():
    problem = make_problem(
        initial_probabilities=np.full((2, 2), 0.5), proxy_reward=np.eye(2), ground_truth_reward=np.eye(2)
    )
    chosen = np.array([[True, False], [True, False]])
    given = HittingTimeInstance(
        problem=problem, increase=np.zeros(2), good_set=np.array([[False, True], [False, False]])
    )
    assert np.asarray(given_or_chosen(given, chosen)).tolist() == [[False, True], [True, False]]
    assert given_or_chosen(HittingTimeInstance(problem=problem, increase=np.zeros(2)), chosen) is chosen


@pytest.mark.parametrize("id", ["prop4", "s-prop4"])
def test_proposition_4_speaks_of_the_set_that_is_given(id):
    """Of two good outputs the rarer may be left out as a bad one; each set has a bound of its own."""
    problem = make_problem(
        initial_logits=np.log([[0.5, 1e-15, 0.5 - 1e-15]] * 4),
        proxy_reward=[[0.99, 1.0, -1.0]] * 4,
        ground_truth_reward=[[1.0, 1.0, -1.0]] * 4,
    )
    sets = np.array([[False] * 3, [True, False, False], [True, True, False], [False, True, False]])
    instance = HittingTimeInstance(problem=problem, increase=np.full(4, 0.01), hitting_time=np.ones(4), good_set=sets)
    statement = find_statement(id)
    applies, bound = np.asarray(statement.applies(instance)), np.asarray(statement.sides(instance).larger)
    # Left to itself, the statement takes a prefix in the order of the proxy reward: both good outputs.
    assert applies.tolist() == [True, True, True, False]
    assert bound[0] == bound[2]
    assert bound[1] == pytest.approx(bound[2] / 2, rel=0.05)


def test_a_set_with_an_output_that_is_not_good_is_none():
    problem = make_problem(
        initial_probabilities=[0.5, 0.1, 0.4], proxy_reward=[1.0, 1.0, -1.0], ground_truth_reward=[1.0, -0.5, -1.0]
    )
    for members in ([True, True, False], [True, False, True]):
        instance = HittingTimeInstance(problem=problem, increase=0.1, hitting_time=1.0, good_set=np.array(members))
        for id in ("prop4", "s-prop4"):
            assert not bool(find_statement(id).hypotheses[0].holds(instance))


def test_shared_quantities_are_those_of_the_functions():
    family = good_set_problems(np.random.default_rng(0), 50, 4, sharpened=True, regularized=True)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase, good_set=family.good_set)
    shared = jax.jit(lambda i: share(i, upper_bounds.TIMED_QUANTITIES).shared)(instance)
    assert set(shared) == {quantity.__name__ for quantity in upper_bounds.TIMED_QUANTITIES}
    for quantity in upper_bounds.TIMED_QUANTITIES:
        for one, other in zip(
            jax.tree.leaves(shared[quantity.__name__]), jax.tree.leaves(quantity(instance)), strict=True
        ):
            np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-9, atol=1e-300)
    # What is there is taken, not computed.
    known = TabularInstance(problem=family.problem, shared={"reward_range": np.float64(7.0)})
    assert float(lower_bounds.reward_range(known)) == 7


def test_what_nobody_has_simulated_is_an_error():
    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1, -1], ground_truth_reward=[1, -1])
    with pytest.raises(ValueError, match=r"sims\.hitting_times"):
        find_statement("prop3").sides(HittingTimeInstance(problem=problem, increase=0.1))
    path = PathInstance(problem=problem, elapsed=1.0, subset=np.array([True, False]))
    with pytest.raises(ValueError, match="run_path"):
        find_statement("lem10").sides(path)
