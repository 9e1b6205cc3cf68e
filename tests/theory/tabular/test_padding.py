"""Outputs that only fill up an array change nothing: no bound, no hypothesis, no extreme."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest

from proofs_check.instances.tabular_families import (
    arbitrary_problems,
    nearly_extremal_problems,
    proposition_4_problems,
    theorem_5_problems,
    theorem_6_problems,
)
from theory.errors import InvalidInputError
from theory.instances.lower_bounds import is_best, smallest_log_probability
from theory.instances.tabular import HittingTimeInstance, TabularInstance
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS
from theory.tabular.padding import batches_of_shared_size, is_output, pad_outputs, shared_outputs
from theory.tabular.problem import Problem, make_problem, stack_problems

FAMILIES = (
    arbitrary_problems,
    partial(theorem_5_problems, fast=True),
    partial(theorem_5_problems, fast=False),
    theorem_6_problems,
    proposition_4_problems,
)


def families(outputs: int) -> list[tuple[Problem, np.ndarray]]:
    rng = np.random.default_rng(outputs)
    made = [family(rng, 25, outputs, regularized=kl) for family in FAMILIES for kl in (False, True)]
    made.append(nearly_extremal_problems(rng, 25, outputs))
    return [(family.problem, family.increase) for family in made]


@jax.jit
def judged(instance: HittingTimeInstance) -> tuple[list, list]:
    return (
        [statement.sides(instance)[:2] for statement in HITTING_TIME_STATEMENTS],
        [[h.holds(instance) for h in statement.hypotheses] for statement in HITTING_TIME_STATEMENTS],
    )


def test_few_sizes_and_little_waste() -> None:
    sizes = {k: shared_outputs(k) for k in range(2, 200_000)}
    assert all(size >= outputs for outputs, size in sizes.items())
    assert sorted({sizes[k] for k in range(2, 130)}) == [4, 8, 16, 32, 64, 128, 160]
    assert max(size / outputs for outputs, size in sizes.items() if outputs > 128) <= 1.25
    assert all(shared_outputs(size) == size for size in set(sizes.values()))


@pytest.mark.parametrize("outputs", [3, 5])
def test_bounds_and_hypotheses_do_not_see_them(outputs: int) -> None:
    batches = families(outputs)
    problem, increase = stack_problems([p for p, _ in batches]), np.concatenate([i for _, i in batches])
    plain = judged(HittingTimeInstance(problem=problem, increase=increase, hitting_time=increase))
    padded = judged(HittingTimeInstance(problem=pad_outputs(problem, 8), increase=increase, hitting_time=increase))
    for statement, sides, wanted in zip(HITTING_TIME_STATEMENTS, padded[0], plain[0], strict=True):
        for side, expected in zip(sides, wanted, strict=True):
            known = np.isfinite(expected) & (expected != 0)
            apart = np.abs(np.asarray(side)[known] / expected[known] - 1)
            # Sums of other lengths round otherwise, which a small `1 - rho` magnifies.
            assert np.median(apart) <= 2e-16, statement.id
            np.testing.assert_allclose(side, expected, rtol=1e-9, err_msg=statement.id)
    held = 0
    for statement, masks, wanted in zip(HITTING_TIME_STATEMENTS, padded[1], plain[1], strict=True):
        for hypothesis, mask, expected in zip(statement.hypotheses, masks, wanted, strict=True):
            np.testing.assert_array_equal(mask, expected, err_msg=f"{statement.id}: {hypothesis.name}")
        held += int(np.all(np.array(wanted), axis=0).any())
    assert held >= len(HITTING_TIME_STATEMENTS) - 2, "statements that applied nowhere were not compared"


def test_they_are_no_outputs() -> None:
    problem = make_problem(
        initial_probabilities=[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]],
        proxy_reward=[[0.3, 0.3, 0.3], [-1.0, 0.5, 0.0]],
        ground_truth_reward=[[0.5, 0.1, -0.2], [-0.7, 1.0, -0.9]],
    )
    padded = pad_outputs(problem, 5)
    assert np.asarray(is_output(padded)).tolist() == [[True] * 3 + [False] * 2] * 2
    assert np.asarray(is_output(problem)).all()
    at = TabularInstance(problem=padded)
    np.testing.assert_allclose(smallest_log_probability(at), np.log([0.25, 0.1]), rtol=1e-15)
    # The rewards of the output ranked last: of equal ones not the one that counts as the first.
    assert padded.ground_truth_reward[:, 3:].tolist() == [[-0.2] * 2, [-0.7] * 2]
    assert np.argmax(is_best(at), axis=-1).tolist() == [0, 1]
    assert pad_outputs(problem, 3) is problem
    with pytest.raises(InvalidInputError, match="outputs"):
        pad_outputs(problem, 2)


def test_a_list_becomes_a_few_batches_in_its_order() -> None:
    problems = [
        make_problem(
            initial_probabilities=np.full(k, 1 / k), proxy_reward=np.eye(k)[0], ground_truth_reward=np.eye(k)[1]
        )
        for k in (9, 2, 40, 3, 16, 200)
    ]
    batches = batches_of_shared_size(problems)
    assert [places.tolist() for places, _ in batches] == [[1, 3], [0, 4], [2], [5]]
    assert [batch.outputs for _, batch in batches] == [4, 16, 64, 224]
    for places, batch in batches:
        for place, padded in zip(places, batch, strict=True):
            own = np.isfinite(padded.initial_log_probabilities)
            assert own.sum() == problems[place].outputs
            assert np.array_equal(padded.initial_log_probabilities[own], problems[place].initial_log_probabilities)
