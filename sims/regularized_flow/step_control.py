"""The error control of a step: its estimated errors, whether they are small enough, and how long the next may be.

Time errors: a local error is measured in `ln p` and compared with how far the step moved `ln p`; the quotient times the
step's duration is the delay it causes to first order. So the tolerance bounds the relative error of the time itself,
for movements of any size, and tightens by itself where the policy creeps.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims.regularized_flow.lanes import ROUNDING, Attempt, Lanes, Snapshot
from sims.regularized_flow.linearly_implicit import extrapolation_weights

EXPLICIT_CAUTION, IMPLICIT_CAUTION = 3.0, 30.0
"""Reported errors are the estimates times this (measured: bounds the true error of about 99 problems in 100)."""

IMPLICIT_SHARE = 0.2
"""Of the tolerance, as the local errors of a stiff step add up with equal signs."""

COLUMNS = 10
"""Order of the linearly implicit method (measured: fewest evaluations at tolerances of 1e-10 to 1e-12)."""

SMALLEST_CHANGE, LARGEST_CHANGE = 0.1, 8.0
"""By which factors one step may be shorter or longer than the last."""


def fastest_rate(lanes: Lanes, start: Snapshot) -> jax.Array:
    """A bound on the rates at which the flow moves, shape `(1, lanes)`."""
    gradient = jnp.abs(start.policy * start.advantage)
    return jnp.max(gradient + lanes.coefficient * start.policy, axis=0, keepdims=True)


def first_step(lanes: Lanes, start: Snapshot) -> jax.Array:
    """A length for the first step, shape `(1, lanes)`: small against the fastest rate; the controller does the rest."""
    return 0.05 / fastest_rate(lanes, start)


def rounding_floor(lanes: Lanes, start: Snapshot, step: jax.Array, movement: jax.Array, columns: int) -> jax.Array:
    """What rounding alone puts into `ln p` in one step: an error below this cannot and need not be reduced."""
    # The weights of an extrapolation alternate in sign and amplify the rounding of its columns.
    amplification = sum(abs(weight) for weight in extrapolation_weights(1, columns)) if columns else 8.0
    damped = start.policy / (1 + step * lanes.coefficient * start.policy)
    noise = jnp.max(damped * jnp.abs(start.centred), axis=0, keepdims=True)
    return ROUNDING * amplification * (0.1 * step * noise + 0.5 * movement)


def step_change(ratio: jax.Array, columns: int) -> jax.Array:
    """The length of the next step over that of this one, whose error is `ratio` times what is allowed."""
    order = columns - 1 if columns else 7
    return jnp.clip(0.9 * jnp.maximum(ratio, 1e-30) ** (-1 / order), SMALLEST_CHANGE, LARGEST_CHANGE)


class StepError(NamedTuple):
    """**Fields**, shape `(1, lanes)`: `floor`, the part of the error in `ln p` that is rounding; `reported`, a bound on
    that error; `precise`, whether the step may be accepted; `change`, the length of the next step over this one's."""

    floor: jax.Array
    reported: jax.Array
    precise: jax.Array
    change: jax.Array


def step_error(
    lanes: Lanes,
    start: Snapshot,
    step: jax.Array,
    attempt: Attempt,
    finite: jax.Array,
    tolerance: jax.Array,
    columns: int,
) -> StepError:
    """The error of an attempted step; `finite` tells whether its end is one, `columns` as in `attempt_step`."""
    floor = rounding_floor(lanes, start, step, attempt.movement, columns)
    aim = IMPLICIT_SHARE * tolerance if columns else tolerance
    share = attempt.error / (aim * attempt.movement + floor)
    ratio = jnp.maximum(share, attempt.duration_error / (tolerance * attempt.duration))
    ratio = jnp.where(finite & ~jnp.isnan(ratio), ratio, jnp.inf)
    reported = (attempt.error + floor) * (IMPLICIT_CAUTION if columns else EXPLICIT_CAUTION)
    return StepError(floor, reported, ratio <= 1, step_change(ratio, columns))
