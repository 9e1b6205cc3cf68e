"""The adaptive stepping of a tile of lanes: attempts, error control, event location (method: ours; see each part).

Time errors: a local error is measured in `ln p` and compared with how far the step moved `ln p`; the quotient times the
step's duration is the delay it causes to first order. So the tolerance bounds the relative error of the time itself,
for movements of any size, and tightens by itself where the policy creeps.

Blur: on a quasi-equilibrium, an error of `1e-14` in a fast direction relaxes at the fast rate, and so hides how fast
the gain really drifts. Derivatives of the gain below that level are not used: the secant over the step stands in for
them.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from sims.hitting import Status
from sims.regularized_flow.lanes import (
    ROUNDING,
    FlowState,
    Lanes,
    Snapshot,
    attempt_step,
    moved_state,
    start_state,
    take_snapshot,
)
from sims.regularized_flow.linearly_implicit import evaluations as implicit_evaluations
from sims.regularized_flow.linearly_implicit import extrapolation_weights
from sims.regularized_flow.step_crossing import first_crossing

RUNNING, STIFF = -1, -2
"""Codes of lanes still under way: with the method they are in, or better continued with the implicit one."""

EXPLICIT_EVALUATIONS = 12
STIFF_PRODUCT, STIFF_MOVEMENT, SETTLED_ATTEMPTS = 0.5, 0.05, 10
"""After so many attempts, a step with `step * lambda * max p` above the first number that moves every `ln p` by less
than the second is held back by the fast modes of the flow, not by the path; the explicit method is then given up
(measured: it never pays later to go back). Above eight times the first number it is given up whatever the movement."""

EXPLICIT_CAUTION, IMPLICIT_CAUTION = 3.0, 30.0
"""Reported errors are the estimates times this (measured: bounds the true error of about 99 problems in 100)."""

IMPLICIT_SHARE = 0.2
"""Of the tolerance, as the local errors of a stiff step add up with equal signs."""


class Progress(NamedTuple):
    """The moving state of a tile of lanes: arrays of `state` `(outputs, lanes)`, the rest `(1, lanes)`.

    `time` in `tau`, `step` in the clock of the method; `time_error` accumulates delays, `state_error` local errors of
    `ln p`, which shrink as the flow slows down towards its limit; `safe_time`: up to here the target was certainly not
    reached; `doubtful`: a maximum was let pass that touches the target up to rounding; `code` is a `Status`, `RUNNING`
    or `STIFF`.
    """

    state: FlowState
    time: jax.Array
    step: jax.Array
    time_error: jax.Array
    state_error: jax.Array
    relative_error: jax.Array
    safe_time: jax.Array
    doubtful: jax.Array
    attempts: jax.Array
    evaluations: jax.Array
    code: jax.Array


def _fastest_rate(lanes: Lanes, start: Snapshot) -> jax.Array:
    gradient = jnp.abs(start.policy * start.advantage)
    return jnp.max(gradient + lanes.coefficient * start.policy, axis=0, keepdims=True)


def first_step(lanes: Lanes, start: Snapshot) -> jax.Array:
    """A length for the first step, shape `(1, lanes)`: small against the fastest rate; the controller does the rest."""
    return 0.05 / _fastest_rate(lanes, start)


def rounding_floor(lanes: Lanes, start: Snapshot, step: jax.Array, movement: jax.Array, columns: int) -> jax.Array:
    """What rounding alone puts into `ln p` in one step: an error below this cannot and need not be reduced."""
    # The weights of an extrapolation alternate in sign and amplify the rounding of its columns.
    amplification = sum(abs(weight) for weight in extrapolation_weights(1, columns)) if columns else 8.0
    damped = start.policy / (1 + step * lanes.coefficient * start.policy)
    noise = jnp.max(damped * jnp.abs(start.centred), axis=0, keepdims=True)
    return ROUNDING * amplification * (0.1 * step * noise + 0.5 * movement)


def _time_to_target(gap: jax.Array, rate: jax.Array, curvature: jax.Array) -> jax.Array:
    """The small root of `gap + rate d + curvature d^2 / 2 = 0`; NaN if there is none."""
    return -2 * gap / (rate + jnp.sqrt(rate**2 - 2 * curvature * gap))


def _advance(
    lanes: Lanes, tolerance: jax.Array, columns: int, carry: tuple[Progress, Snapshot]
) -> tuple[Progress, Snapshot]:
    progress, start = carry
    step = progress.step
    attempt = attempt_step(lanes, start, step, columns)
    error, movement, duration, rate = attempt.error, attempt.movement, attempt.duration, attempt.rate
    finite = jnp.all(jnp.isfinite(attempt.change), axis=0, keepdims=True) & jnp.isfinite(error + duration)
    end = take_snapshot(lanes, moved_state(lanes, start.state, jnp.where(finite, attempt.change, 0.0)))
    finite = finite & jnp.isfinite(end.gain_curvature) & (duration > 0)
    floor = rounding_floor(lanes, start, step, movement, columns)
    aim = IMPLICIT_SHARE * tolerance if columns else tolerance
    ratio = jnp.maximum(error / (aim * movement + floor), attempt.duration_error / (tolerance * duration))
    ratio = jnp.where(finite & ~jnp.isnan(ratio), ratio, jnp.inf)
    precise = ratio <= 1

    order = columns - 1 if columns else 7
    growth = jnp.clip(0.9 * jnp.maximum(ratio, 1e-30) ** (-1 / order), 0.1, 8.0)

    gap = end.gap
    # Derivatives by A: d/dA = Z d/dtau, and dZ/dA = Z^2 drift (the implicit method steps in tau, where Z stays one).
    stretch = 0.0 if columns else 1.0
    start_rate, start_curvature = start.gain_rate, start.gain_curvature + stretch * start.gain_rate * start.drift
    end_rate = rate * end.gain_rate
    end_curvature = rate**2 * (end.gain_curvature + stretch * end.gain_rate * end.drift)
    secant = (end.gap - start.gap) / step
    blurred = jnp.zeros_like(step, bool)
    if columns:
        blur = 8 * (error + floor + 4 * ROUNDING) * end.value_spread
        fast = lanes.coefficient * jnp.max(end.policy, axis=0, keepdims=True)
        blurred = jnp.abs(end_rate) < fast * blur
        start_rate = jnp.where(jnp.abs(start_rate) < fast * blur, secant, start_rate)
        end_rate = jnp.where(blurred, secant, end_rate)
        start_curvature = jnp.where(jnp.abs(start_curvature) < fast**2 * blur, 0.0, start_curvature)
        end_curvature = jnp.where(jnp.abs(end_curvature) < fast**2 * blur, 0.0, end_curvature)
    crossing = first_crossing(step, (start.gap, start_rate, start_curvature), (gap, end_rate, end_curvature))
    time = progress.time + duration
    reported = (error + floor) * (IMPLICIT_CAUTION if columns else EXPLICIT_CAUTION)
    delay = duration * reported / jnp.where(movement > 0, movement, 1.0)
    time_error = progress.time_error + delay + EXPLICIT_CAUTION * attempt.duration_error + ROUNDING * time
    state_error = progress.state_error * jnp.minimum(end.speed / start.speed, 1.0) + reported
    ambiguous = precise & crossing.ambiguous & (duration > 1e-7 * time)

    arrival_rate = jnp.where(blurred, secant, end.gain_rate)
    late = _time_to_target(gap, arrival_rate, jnp.where(blurred, 0.0, end.gain_curvature))
    reach = jnp.abs(late)
    bend = jnp.abs(end.gain_curvature / arrival_rate) + 1 / duration
    leftover = jnp.where(blurred, reach, reach * (reach * bend) ** 2)
    close = (arrival_rate > 0) & (leftover <= 0.01 * tolerance * time) & (reach <= 0.01 * duration)
    running = progress.code == RUNNING
    reached = running & precise & ~ambiguous & close
    overshot = precise & ~ambiguous & ~close & (gap >= 0)
    accepted = running & precise & ~ambiguous & ~overshot & ~reached

    after = jnp.where(overshot, jnp.clip(crossing.fraction, 0.02, 0.95), growth)
    after = jnp.where(ambiguous, 0.5, after)
    # An accepted step ends in new units of A, in which d tau / dA is one again.
    next_step = step * after * jnp.where(accepted, rate, 1.0)
    stuck = ~reached & ~(next_step * _fastest_rate(lanes, start) > 1e-12)
    # An inexact policy on arrival delays the target by its effect on the gain over the gain's rate.
    gap_error = end.gap_error + state_error * end.value_spread
    arrival = leftover + time_error + gap_error / arrival_rate
    moved = accepted | reached
    doubtful = progress.doubtful | (accepted & crossing.ambiguous)
    certain = accepted & ~doubtful & (gap < -gap_error)
    code = jnp.where(reached, Status.REACHED, jnp.where(running & stuck, Status.FAILED, progress.code))
    if not columns:
        largest = jnp.max(end.policy, axis=0, keepdims=True)
        product = next_step * lanes.coefficient * largest
        held_back = (product > STIFF_PRODUCT) & (movement < STIFF_MOVEMENT) & (progress.attempts > SETTLED_ATTEMPTS)
        stiff = accepted & (held_back | (product > 8 * STIFF_PRODUCT))
        code = jnp.where(stiff & (code == RUNNING), STIFF, code)
    each = implicit_evaluations(columns) if columns else EXPLICIT_EVALUATIONS
    updated = Progress(
        state=FlowState(*(jnp.where(moved, new, old) for new, old in zip(end.state, progress.state, strict=True))),
        time=jnp.where(reached, time + late, jnp.where(accepted, time, progress.time)),
        step=jnp.where(running, next_step, step),
        time_error=jnp.where(moved, time_error, progress.time_error),
        state_error=jnp.where(moved, state_error, progress.state_error),
        relative_error=jnp.where(reached, arrival / (time + late) + 4 * ROUNDING, progress.relative_error),
        safe_time=jnp.where(certain, jnp.maximum(time - time_error, 0.0), progress.safe_time),
        doubtful=doubtful,
        attempts=progress.attempts + running,
        evaluations=progress.evaluations + each * running,
        code=code.astype(progress.code.dtype),
    )
    return updated, jax.tree.map(lambda new, old: jnp.where(moved, new, old), end, start)


@partial(jax.jit, static_argnames="columns")
def advance_tile(
    lanes: Lanes, progress: Progress, tolerance: jax.Array, attempts: jax.Array, *, columns: int
) -> Progress:
    """Up to `attempts` attempted steps of every lane that is `RUNNING`; `columns` as in `attempt_step`."""

    def go_on(carry: tuple[jax.Array, Progress, Snapshot]) -> jax.Array:
        return (carry[0] < attempts) & jnp.any(carry[1].code == RUNNING)

    def body(carry: tuple[jax.Array, Progress, Snapshot]) -> tuple[jax.Array, Progress, Snapshot]:
        return (carry[0] + 1, *_advance(lanes, tolerance, columns, (carry[1], carry[2])))

    start = take_snapshot(lanes, progress.state)
    return lax.while_loop(go_on, body, (jnp.asarray(0), progress, start))[1]


@jax.jit
def begin_tile(lanes: Lanes) -> Progress:
    """The state at time zero."""
    start = take_snapshot(lanes, start_state(lanes))
    zero = jnp.zeros_like(lanes.coefficient)
    count = jnp.zeros(zero.shape, jnp.int64)
    return Progress(
        state=start.state,
        time=zero,
        step=first_step(lanes, start),
        time_error=zero,
        state_error=zero,
        relative_error=jnp.full_like(zero, jnp.nan),
        safe_time=zero,
        doubtful=jnp.zeros(zero.shape, bool),
        attempts=count,
        evaluations=count,
        code=jnp.full(zero.shape, RUNNING, jnp.int64),
    )
