"""The adaptive stepping of a tile of lanes: attempts, error control (`step_control`), event location (`step_events`).

Method: ours; see each part.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from sims.hitting import Status
from sims.regularized_flow.lanes import (
    ROUNDING,
    FlowState,
    Lanes,
    Snapshot,
    attempt_step,
    moved_state,
    take_snapshot,
)
from sims.regularized_flow.linearly_implicit import evaluations as implicit_evaluations
from sims.regularized_flow.step_control import EXPLICIT_CAUTION, fastest_rate, first_step, step_error
from sims.regularized_flow.step_events import Arrival, arrival_after, step_event

RUNNING, STIFF = -1, -2
"""Codes of lanes still under way: with the method they are in, or better continued with the implicit one."""

EXPLICIT_EVALUATIONS = 12
STIFF_PRODUCT, STIFF_MOVEMENT, SETTLED_ATTEMPTS = 0.5, 0.05, 10
"""After so many attempts, a step with `step * lambda * max p` above the first number that moves every `ln p` by less
than the second is held back by the fast modes of the flow, not by the path; the explicit method is then given up
(measured: it never pays later to go back). Above eight times the first number it is given up whatever the movement."""


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


class _Verdict(NamedTuple):
    """What becomes of a step: flags of shape `(1, lanes)`, of which at most one holds."""

    reached: jax.Array
    overshot: jax.Array
    accepted: jax.Array


def _judge(running: jax.Array, precise: jax.Array, ambiguous: jax.Array, arrival: Arrival, gap: jax.Array) -> _Verdict:
    reached = running & precise & ~ambiguous & arrival.close
    overshot = precise & ~ambiguous & ~arrival.close & (gap >= 0)
    return _Verdict(reached, overshot, running & precise & ~ambiguous & ~overshot & ~reached)


def _advance(
    lanes: Lanes, tolerance: jax.Array, columns: int, carry: tuple[Progress, Snapshot]
) -> tuple[Progress, Snapshot]:
    progress, start = carry
    step = progress.step
    attempt = attempt_step(lanes, start, step, columns)
    movement, duration = attempt.movement, attempt.duration
    finite = jnp.all(jnp.isfinite(attempt.change), axis=0, keepdims=True) & jnp.isfinite(attempt.error + duration)
    end = take_snapshot(lanes, moved_state(lanes, start.state, jnp.where(finite, attempt.change, 0.0)))
    finite = finite & jnp.isfinite(end.gain_curvature) & (duration > 0)
    error = step_error(lanes, start, step, attempt, finite, tolerance, columns)
    event = step_event(lanes, start, end, step, attempt, error.floor, columns)
    time = progress.time + duration
    delay = duration * error.reported / jnp.where(movement > 0, movement, 1.0)
    time_error = progress.time_error + delay + EXPLICIT_CAUTION * attempt.duration_error + ROUNDING * time
    state_error = progress.state_error * jnp.minimum(end.speed / start.speed, 1.0) + error.reported
    ambiguous = error.precise & event.crossing.ambiguous & (duration > 1e-7 * time)
    arrival = arrival_after(end, event, duration, time, tolerance)
    running = progress.code == RUNNING
    reached, overshot, accepted = _judge(running, error.precise, ambiguous, arrival, end.gap)

    after = jnp.where(overshot, jnp.clip(event.crossing.fraction, 0.02, 0.95), error.change)
    after = jnp.where(ambiguous, 0.5, after)
    # An accepted step ends in new units of A, in which d tau / dA is one again.
    next_step = step * after * jnp.where(accepted, attempt.rate, 1.0)
    stuck = ~reached & ~(next_step * fastest_rate(lanes, start) > 1e-12)
    # An inexact policy on arrival delays the target by its effect on the gain over the gain's rate.
    gap_error = end.gap_error + state_error * end.watched_spread
    delayed = arrival.leftover + time_error + gap_error / arrival.rate
    doubtful = progress.doubtful | (accepted & event.crossing.ambiguous)
    certain = accepted & ~doubtful & (end.gap < -gap_error)
    code = jnp.where(reached, Status.REACHED, jnp.where(running & stuck, Status.FAILED, progress.code))
    if not columns:
        stiff = accepted & _is_stiff(lanes, end, next_step, movement, progress.attempts)
        code = jnp.where(stiff & (code == RUNNING), STIFF, code)
    moved, arrived = accepted | reached, time + arrival.late
    each = implicit_evaluations(columns) if columns else EXPLICIT_EVALUATIONS
    following = jax.tree.map(lambda new, old: jnp.where(moved, new, old), end, start)
    updated = Progress(
        state=following.state,
        time=jnp.where(reached, arrived, jnp.where(accepted, time, progress.time)),
        step=jnp.where(running, next_step, step),
        time_error=jnp.where(moved, time_error, progress.time_error),
        state_error=jnp.where(moved, state_error, progress.state_error),
        relative_error=jnp.where(reached, delayed / arrived + 4 * ROUNDING, progress.relative_error),
        safe_time=jnp.where(certain, jnp.maximum(time - time_error, 0.0), progress.safe_time),
        doubtful=doubtful,
        attempts=progress.attempts + running,
        evaluations=progress.evaluations + each * running,
        code=code.astype(progress.code.dtype),
    )
    return updated, following


def _is_stiff(lanes: Lanes, end: Snapshot, next_step: jax.Array, movement: jax.Array, attempts: jax.Array) -> jax.Array:
    """Whether the explicit method's step is held back by the fast modes of the flow."""
    product = next_step * lanes.coefficient * jnp.max(end.policy, axis=0, keepdims=True)
    held_back = (product > STIFF_PRODUCT) & (movement < STIFF_MOVEMENT) & (attempts > SETTLED_ATTEMPTS)
    return held_back | (product > 8 * STIFF_PRODUCT)


@jax.jit
def _beginning(lanes: Lanes, state: FlowState) -> tuple[Snapshot, jax.Array]:
    """The quantities at a point of the flow, and a length for a first step from there. A program of its own: as a part
    of others it would be compiled with each of them."""
    start = take_snapshot(lanes, state)
    return start, first_step(lanes, start)


def advance_tile(
    lanes: Lanes, progress: Progress, tolerance: jax.Array, attempts: jax.Array, *, columns: int
) -> Progress:
    """Up to `attempts` attempted steps of every lane that is `RUNNING`; `columns` as in `attempt_step`."""
    return _advanced(lanes, progress, _beginning(lanes, progress.state)[0], tolerance, attempts, columns=columns)


@partial(jax.jit, static_argnames="columns")
def _advanced(
    lanes: Lanes, progress: Progress, start: Snapshot, tolerance: jax.Array, attempts: jax.Array, *, columns: int
) -> Progress:
    def go_on(carry: tuple[jax.Array, Progress, Snapshot]) -> jax.Array:
        return (carry[0] < attempts) & jnp.any(carry[1].code == RUNNING)

    def body(carry: tuple[jax.Array, Progress, Snapshot]) -> tuple[jax.Array, Progress, Snapshot]:
        return (carry[0] + 1, *_advance(lanes, tolerance, columns, (carry[1], carry[2])))

    # The same array twice: one of them is all that is carried along.
    start = start._replace(state=progress.state)
    return lax.while_loop(go_on, body, (jnp.asarray(0), progress, start))[1]


def begin_tile(lanes: Lanes) -> Progress:
    """The state at time zero."""
    # Not jnp.zeros, which compiles a program for every shape.
    outputs = np.zeros(lanes.proxy_reward.shape)
    start, step = _beginning(lanes, FlowState(outputs, outputs, lanes.proxy_reward, outputs))
    zero, count = jax.device_put((np.zeros(step.shape), np.zeros(step.shape, np.int64)))
    unknown, never, running = jax.device_put(
        (np.full(step.shape, np.nan), np.zeros(step.shape, bool), np.full(step.shape, RUNNING, np.int64))
    )
    return Progress(
        state=start.state,
        time=zero,
        step=step,
        time_error=zero,
        state_error=zero,
        relative_error=unknown,
        safe_time=zero,
        doubtful=never,
        attempts=count,
        evaluations=count,
        code=running,
    )
