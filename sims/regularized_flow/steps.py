"""The adaptive stepping of lanes: attempts, error control (`step_control`), event location (`step_events`).

Method: ours; see each part.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims.exact_flow.compaction import run_compacted
from sims.hitting import Status
from sims.regularized_flow.lane_data import (
    LaneData,
    Progress,
    moving_data,
    read_fixed,
    read_moving,
)
from sims.regularized_flow.lanes import ROUNDING, Lanes, Snapshot, attempt_step, moved_state, start_state, take_snapshot
from sims.regularized_flow.linearly_implicit import evaluations as implicit_evaluations
from sims.regularized_flow.step_control import EXPLICIT_CAUTION, fastest_rate, first_step, step_error
from sims.regularized_flow.step_events import Arrival, arrival_after, step_event
from theory.arrays import AnyArray
from theory.compilation import compiled_sooner

RUNNING, STIFF = -1, -2
"""Codes of lanes still under way: with the method they are in, or better continued with the implicit one."""

ROUND = 8
"""Attempted steps between two looks at the limit of time."""

EXPLICIT_EVALUATIONS = 12
STIFF_PRODUCT, STIFF_MOVEMENT, SETTLED_ATTEMPTS = 0.5, 0.05, 10
"""After so many attempts, a step with `step * lambda * max p` above the first number that moves every `ln p` by less
than the second is held back by the fast modes of the flow, not by the path; the explicit method is then given up
(measured: it never pays later to go back). Above eight times the first number it is given up whatever the movement."""


class _Verdict(NamedTuple):
    """What becomes of a step: flags of shape `(1, lanes)`, of which at most one holds."""

    reached: jax.Array
    overshot: jax.Array
    accepted: jax.Array


def _judge(running: jax.Array, precise: jax.Array, ambiguous: jax.Array, arrival: Arrival, gap: jax.Array) -> _Verdict:
    reached = running & precise & ~ambiguous & arrival.close
    overshot = precise & ~ambiguous & ~arrival.close & (gap >= 0)
    return _Verdict(reached, overshot, running & precise & ~ambiguous & ~overshot & ~reached)


def _attempt(
    lanes: Lanes, tolerance: jax.Array, columns: int, progress: Progress, start: Snapshot, running: jax.Array
) -> tuple[Progress, Snapshot]:
    """One attempted step of the lanes that are `running`; the others stay as they are."""
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


@compiled_sooner()
def begin_lanes(data: LaneData) -> LaneData:
    """The lanes at time zero, of `fixed_data`."""
    lanes, _ = read_fixed(data)
    start = take_snapshot(lanes, start_state(lanes))
    zero = jnp.zeros_like(start.gap)
    progress = Progress(
        time=zero,
        step=first_step(lanes, start),
        time_error=zero,
        state_error=zero,
        relative_error=zero + jnp.nan,
        safe_time=zero,
        doubtful=zero,
        attempts=zero,
        evaluations=zero,
        code=zero + RUNNING,
    )
    return moving_data(progress, start)


# Without the fusion emitters (`theory.compilation`) it is compiled in half the time, and runs up to twice as long.
@partial(jax.jit, static_argnames=("columns", "tile_lanes"))
def advance_lanes(
    fixed: LaneData, moving: LaneData, active: jax.Array, tolerance: jax.Array, *, columns: int, tile_lanes: int
) -> LaneData:
    """Steps every `active` lane until its code is no longer `RUNNING`, or its limits are reached.

    **Arguments**: `fixed`, `moving`: `fixed_data` and `moving_data`; `tolerance`: the aimed-at relative error of the
    times; `columns` as in `attempt_step`; `tile_lanes` as in `run_compacted`.

    **Returns** `moving_data`.
    """

    def advance(fixed: LaneData, moving: LaneData, active: AnyArray) -> tuple[LaneData, jax.Array]:
        (lanes, limits), (progress, start) = read_fixed(fixed), read_moving(moving)
        progress, start = _attempt(lanes, tolerance, columns, progress, start, jnp.asarray(active)[None])
        spent = (progress.attempts % ROUND == 0) & (progress.time >= limits.time)
        going = (progress.code == RUNNING) & (progress.attempts < limits.attempts) & ~spent
        return moving_data(progress, start), active & going[0]

    return run_compacted(advance, fixed, moving, active, tile_lanes=tile_lanes)
