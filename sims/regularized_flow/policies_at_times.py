"""Policies of many problems along the KL-regularised flow, at the same times for all of them."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Bool, Float

from sims.exact_flow.compaction import run_compacted
from sims.regularized_flow.lanes import (
    ROUNDING,
    FlowState,
    Lanes,
    attempt_step,
    moved_state,
    start_state,
    take_snapshot,
)
from sims.regularized_flow.step_control import first_step, rounding_floor, step_change
from theory.arrays import AnyArray

COLUMNS = 6
"""Order of the linearly implicit method: fewer evaluations than `step_control.COLUMNS` at looser tolerances."""

MOST_ATTEMPTS = 5000
"""Attempted steps between two times, after which a lane is given up."""


class _Walk(NamedTuple):
    """Where the lanes are; `step` and `left`, the time to the next stop, in `tau`; all but `state` `(1, lanes)`."""

    state: FlowState
    step: jax.Array
    left: jax.Array
    attempts: jax.Array


def _advance(tolerance: float, lanes: Lanes, walk: _Walk, active: jax.Array) -> tuple[_Walk, jax.Array]:
    """One attempted step of every active lane, as `run_compacted` wants it."""
    taken = jnp.minimum(walk.step, walk.left)
    start = take_snapshot(lanes, walk.state)
    result = attempt_step(lanes, start, taken, COLUMNS)
    floor = rounding_floor(lanes, start, taken, result.movement, COLUMNS)
    # Beyond what float64 holds of a logarithm nothing need be resolved: at the limit steps grow without end.
    ratio = result.error / (tolerance * result.movement + floor + ROUNDING)
    finite = jnp.all(jnp.isfinite(result.change), axis=0, keepdims=True) & jnp.isfinite(ratio)
    ratio = jnp.where(finite, ratio, jnp.inf)
    growth = step_change(ratio, COLUMNS)
    accepted = (ratio <= 1) & active[None]
    # A step cut short to land on a requested time says nothing against the longer one.
    following = jnp.where(accepted, jnp.maximum(taken * growth, walk.step * (taken < walk.step)), taken * growth)
    moved = moved_state(lanes, walk.state, jnp.where(finite, result.change, 0.0))
    state = FlowState(*(jnp.where(accepted, new, old) for new, old in zip(moved, walk.state, strict=True)))
    left = jnp.where(accepted, walk.left - taken, walk.left)
    attempts = walk.attempts + active[None]
    going = active & (left[0] > 0) & (attempts[0] < MOST_ATTEMPTS)
    return _Walk(state, jnp.where(active[None], following, walk.step), left, attempts), going


def regularized_policies(
    initial_log_probabilities: Float[AnyArray, "outputs lanes"],
    proxy_reward: Float[AnyArray, "outputs lanes"],
    kl_coefficient: Float[AnyArray, ""],
    times: Float[AnyArray, " times"],
    active: Bool[AnyArray, " lanes"],
    *,
    tile_lanes: int,
    relative_tolerance: float = 1e-8,
) -> tuple[Float[AnyArray, "times outputs lanes"], Bool[AnyArray, " lanes"]]:
    """`pi(t)` of every lane at every time of the flow with `|S| = 1` (paper, Eq (4)), by the linearly implicit method.

    Traceable, float64. Arguments and results as of `sims.exact_flow.policies_at_times.integrable_policies`, and
    `kl_coefficient`, `lambda >= 0` in units of `proxy_reward`; `relative_tolerance`: the local error of a step's change
    of `ln pi`, as a share of that change.
    """
    start, proxy = jnp.asarray(initial_log_probabilities), jnp.asarray(proxy_reward)
    extent = jnp.max(proxy, axis=0, keepdims=True) - jnp.min(proxy, axis=0, keepdims=True)
    # A power of two: rewards that nearly agree keep the digits of their differences.
    size = jnp.exp2(jnp.floor(jnp.log2(jnp.where(extent > 0, extent, 1.0))))
    nothing, column = jnp.zeros_like(extent), jnp.zeros_like(proxy)
    lanes = Lanes(
        start,
        proxy / size,
        watched_reward=column,
        gaps=column,
        gap_error=nothing,
        increase=nothing,
        limit_gap=nothing,
        limit_error=nothing,
        coefficient=jnp.asarray(kl_coefficient) / size,
    )
    moving = active & (extent[0] > 0)

    def to_next(carry: tuple, duration: jax.Array) -> tuple[tuple, jax.Array]:
        state, step, known = carry
        walk = _Walk(state, step, duration * size, jnp.zeros(size.shape, jnp.int32))
        walking = moving & (walk.left[0] > 0)
        walk = run_compacted(partial(_advance, relative_tolerance), lanes, walk, walking, tile_lanes=tile_lanes)
        known = known & (~walking | (walk.left[0] <= 0))
        policy = jax.nn.softmax(start + walk.state.log_ratio, axis=0)
        return (walk.state, walk.step, known), policy

    initial = start_state(lanes)
    begin = (initial, first_step(lanes, take_snapshot(lanes, initial)), jnp.ones_like(moving))
    (_, _, known), policies = lax.scan(to_next, begin, jnp.diff(times, prepend=0.0))
    return policies, known
