"""The crossing of the target within a step, and the arrival at it.

Blur: on a quasi-equilibrium, an error of `1e-14` in a fast direction relaxes at the fast rate, and so hides how fast
the gain really drifts. Derivatives of the gain below that level are not used: the secant over the step stands in for
them.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims.regularized_flow.lanes import ROUNDING, Attempt, Lanes, Snapshot
from sims.regularized_flow.step_crossing import Crossing, first_crossing


class StepEvent(NamedTuple):
    """**Fields**: `crossing` of the target within the step; `secant`, the mean rate of the gain over the step by its
    clock; `blurred`, whether the secant has to stand in for the rate at the end. Shape `(1, lanes)`."""

    crossing: Crossing
    secant: jax.Array
    blurred: jax.Array


def step_event(
    lanes: Lanes, start: Snapshot, end: Snapshot, step: jax.Array, attempt: Attempt, floor: jax.Array, columns: int
) -> StepEvent:
    """The event of a step from `start` to `end`; `floor` as in `StepError`, `columns` as in `attempt_step`."""
    rate = attempt.rate
    # Derivatives by A: d/dA = Z d/dtau, and dZ/dA = Z^2 drift (the implicit method steps in tau, where Z stays one).
    stretch = 0.0 if columns else 1.0
    start_rate, start_curvature = start.gain_rate, start.gain_curvature + stretch * start.gain_rate * start.drift
    end_rate = rate * end.gain_rate
    end_curvature = rate**2 * (end.gain_curvature + stretch * end.gain_rate * end.drift)
    secant = (end.gap - start.gap) / step
    blurred = jnp.zeros_like(step, bool)
    if columns:
        blur = 8 * (attempt.error + floor + 4 * ROUNDING) * end.watched_spread
        fast = lanes.coefficient * jnp.max(end.policy, axis=0, keepdims=True)
        blurred = jnp.abs(end_rate) < fast * blur
        start_rate = jnp.where(jnp.abs(start_rate) < fast * blur, secant, start_rate)
        end_rate = jnp.where(blurred, secant, end_rate)
        start_curvature = jnp.where(jnp.abs(start_curvature) < fast**2 * blur, 0.0, start_curvature)
        end_curvature = jnp.where(jnp.abs(end_curvature) < fast**2 * blur, 0.0, end_curvature)
    crossing = first_crossing(step, (start.gap, start_rate, start_curvature), (end.gap, end_rate, end_curvature))
    return StepEvent(crossing, secant, blurred)


class Arrival(NamedTuple):
    """**Fields**, shape `(1, lanes)`: `rate` of the gain by `tau` at the end of a step; `late`, the time from there to
    the target, which may be negative; `leftover`, the error of `late`; `close`, whether the step ends so near to the
    target that the time to it is known."""

    rate: jax.Array
    late: jax.Array
    leftover: jax.Array
    close: jax.Array


def arrival_after(
    end: Snapshot, event: StepEvent, duration: jax.Array, time: jax.Array, tolerance: jax.Array
) -> Arrival:
    """The arrival at the target from the end of a step that took `duration` and ends at `time` (both in `tau`)."""
    rate = jnp.where(event.blurred, event.secant, end.gain_rate)
    late = _time_to_target(end.gap, rate, jnp.where(event.blurred, 0.0, end.gain_curvature))
    reach = jnp.abs(late)
    bend = jnp.abs(end.gain_curvature / rate) + 1 / duration
    leftover = jnp.where(event.blurred, reach, reach * (reach * bend) ** 2)
    close = (rate > 0) & (leftover <= 0.01 * tolerance * time) & (reach <= 0.01 * duration)
    return Arrival(rate, late, leftover, close)


def _time_to_target(gap: jax.Array, rate: jax.Array, curvature: jax.Array) -> jax.Array:
    """The small root of `gap + rate d + curvature d^2 / 2 = 0`; NaN if there is none."""
    return -2 * gap / (rate + jnp.sqrt(rate**2 - 2 * curvature * gap))
