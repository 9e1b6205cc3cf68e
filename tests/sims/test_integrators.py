"""The steppers of `sims.regularized_flow` on named problems with exact solutions: errors and measured orders.

Each problem is solved with a number of equal steps and with twice as many; the logarithm of the quotient of the two
errors is the measured order.
"""

from __future__ import annotations

from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.regularized_flow.lanes import (
    FlowState,
    Lanes,
    attempt_step,
    moved_state,
    start_state,
    take_snapshot,
)
from sims.regularized_flow.linearly_implicit import evaluations, extrapolation_weights, linearly_implicit_step
from sims.regularized_flow.runge_kutta import ORDER, STAGE_WEIGHTS, STEP_WEIGHTS, dormand_prince_step
from theory.tabular.exact_solutions import one_against_equals_policy, one_against_equals_time

EXPLICIT = 0
"""Stands for Dormand and Prince's method where a number of columns stands for a linearly implicit one."""


class LinearProblem(NamedTuple):
    """`y' = matrix y` with two unknowns, from `start` to the time `end`, where it is `solution`."""

    matrix: tuple[tuple[float, float], tuple[float, float]]
    start: tuple[float, float]
    end: float
    solution: tuple[float, float]


PROBLEMS = {
    "free particle": LinearProblem(((0.0, 1.0), (0.0, 0.0)), (0.0, 1.0), 2.0, (2.0, 1.0)),
    "harmonic oscillator": LinearProblem(((0.0, 1.0), (-1.0, 0.0)), (1.0, 0.0), 2 * np.pi, (1.0, 0.0)),
    # Rates 1 and 1000; the fast mode has died out at the end.
    "stiff linear": LinearProblem(((-500.5, 499.5), (499.5, -500.5)), (2.0, 0.0), 1.0, (np.exp(-1.0), np.exp(-1.0))),
}
FLOW = "one output against equals"
"""The flow of `theory.tabular.exact_solutions`: its error is that of the time at which a policy is reached."""

TOLERANCES = {
    ("free particle", EXPLICIT): (4, 4e-15),
    ("free particle", 4): (4, 4e-15),
    ("free particle", 6): (4, 2e-13),
    ("harmonic oscillator", EXPLICIT): (16, 5e-10),
    ("harmonic oscillator", 4): (32, 2e-4),
    ("harmonic oscillator", 6): (32, 2e-7),
    ("stiff linear", 4): (32, 6e-9),
    ("stiff linear", 6): (16, 8e-12),
    (FLOW, EXPLICIT): (8, 1.5e-11),
    (FLOW, 6): (16, 1e-10),
}
"""By problem and method: a number of steps, and a bound on the error with it, a few times what was measured."""

ORDERS = {
    ("harmonic oscillator", EXPLICIT): 0.2,
    ("harmonic oscillator", 4): 0.3,
    ("harmonic oscillator", 6): 1.0,
    ("stiff linear", 4): 0.3,
    ("stiff linear", 6): 0.4,
    (FLOW, EXPLICIT): 0.4,
    (FLOW, 6): 0.3,
}
"""Where a problem is not solved exactly: how far the measured order may be from the nominal one."""


def nominal_order(method: int) -> int:
    return ORDER if method == EXPLICIT else method


@partial(jax.jit, static_argnames="method")
def linear_step(matrix: jax.Array, position: jax.Array, step: jax.Array, method: int) -> jax.Array:
    def velocity(moved: jax.Array) -> jax.Array:
        return matrix @ (position + moved)

    def with_time(moved: jax.Array) -> tuple[jax.Array, jax.Array]:
        return velocity(moved), jnp.ones_like(step)

    def make_solver(substep: jax.Array):
        return lambda right: jnp.linalg.solve(jnp.eye(2) - substep[0, 0] * matrix, right)

    start = velocity(jnp.zeros_like(position))
    if method == EXPLICIT:
        (increment, _), _ = dormand_prince_step(with_time, (start, jnp.ones_like(step)), step)
        return position + increment
    return position + linearly_implicit_step(velocity, make_solver, start, step, method)[0]


def linear_error(problem: LinearProblem, method: int, steps: int) -> float:
    matrix, position = jnp.asarray(problem.matrix), jnp.asarray(problem.start)[:, None]
    for _ in range(steps):
        position = linear_step(matrix, position, jnp.full((1, 1), problem.end / steps), method)
    return float(np.abs(np.asarray(position)[:, 0] - problem.solution).max())


INITIAL, OUTPUTS, CLOCK = 0.1, 4, 4.0


def flow_lanes() -> Lanes:
    policy, reward = one_against_equals_policy(INITIAL, OUTPUTS)
    column, nothing = jnp.zeros((OUTPUTS, 1)), jnp.zeros((1, 1))
    return Lanes(
        initial_log_probabilities=jnp.log(jnp.asarray(policy))[:, None],
        proxy_reward=jnp.asarray(reward)[:, None],
        watched_reward=column,
        gaps=column,
        gap_error=nothing,
        increase=nothing,
        limit_gap=nothing,
        limit_error=nothing,
        coefficient=nothing,
    )


@partial(jax.jit, static_argnames="method")
def flow_step(lanes: Lanes, state: FlowState, step: jax.Array, method: int) -> tuple[FlowState, jax.Array]:
    attempt = attempt_step(lanes, take_snapshot(lanes, state), step, method)
    return moved_state(lanes, state, attempt.change), attempt.duration


def flow_error(method: int, steps: int) -> float:
    lanes = flow_lanes()
    state, elapsed = start_state(lanes), 0.0
    for _ in range(steps):
        state, duration = flow_step(lanes, state, jnp.full((1, 1), CLOCK / steps), method)
        elapsed += float(duration[0, 0])
    final = float(take_snapshot(lanes, state).policy[0, 0])
    return abs(elapsed - float(one_against_equals_time(INITIAL, final, OUTPUTS)))


@cache
def error(name: str, method: int, steps: int) -> float:
    return flow_error(method, steps) if name == FLOW else linear_error(PROBLEMS[name], method, steps)


def test_every_problem_is_solved_by_some_method() -> None:
    assert {name for name, _ in TOLERANCES} == {*PROBLEMS, FLOW}
    assert set(ORDERS) <= set(TOLERANCES)


@pytest.mark.parametrize(("name", "method"), TOLERANCES)
def test_the_error_is_within_the_tolerance(name: str, method: int) -> None:
    steps, tolerance = TOLERANCES[name, method]
    assert error(name, method, steps) <= tolerance


@pytest.mark.parametrize(("name", "method"), ORDERS)
def test_the_measured_order_is_the_nominal_one(name: str, method: int) -> None:
    steps, _ = TOLERANCES[name, method]
    measured = np.log2(error(name, method, steps // 2) / error(name, method, steps))
    assert abs(measured - nominal_order(method)) <= ORDERS[name, method]


def test_the_explicit_method_is_unstable_where_the_implicit_one_is_not() -> None:
    assert error("stiff linear", EXPLICIT, 16) > 1e3
    assert error("stiff linear", 6, 16) < 1e-10


def test_the_weights_of_a_step_sum_to_one() -> None:
    assert abs(sum(STEP_WEIGHTS) - 1) < 1e-15
    assert len(STAGE_WEIGHTS) + 1 == len(STEP_WEIGHTS)


@pytest.mark.parametrize("columns", range(2, 12))
def test_extrapolation_cancels_powers_of_the_substep(columns: int) -> None:
    for first in (1, 2):
        numbers = np.arange(first, columns + 1)
        weights = np.array(extrapolation_weights(first, columns))
        scale = np.abs(weights).sum()
        assert abs(weights.sum() - 1) < 1e-15 * scale
        for power in range(1, len(numbers)):
            assert abs(weights @ (1.0 / numbers**power)) < 1e-15 * scale
    assert evaluations(columns) == sum(range(1, columns + 1))
