"""Policies of many problems along the integrable flow, at the same times for all of them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Bool, Float

from sims.exact_flow.compaction import run_compacted
from sims.exact_flow.curve_lane import make_advance
from sims.exact_flow.gauss_panel import gauss_panel
from sims.exact_flow.integrable_flow import NODES
from sims.exact_flow.lane_preparation import prepare_lanes
from sims.exact_flow.lane_state import start_lanes
from sims.hitting import Status
from theory.arrays import AnyArray

TOLERANCE = 1e-12


def integrable_policies(
    initial_log_probabilities: Float[AnyArray, "outputs lanes"],
    proxy_reward: Float[AnyArray, "outputs lanes"],
    times: Float[AnyArray, " times"],
    active: Bool[AnyArray, " lanes"],
    *,
    tile_lanes: int,
) -> tuple[Float[AnyArray, "times outputs lanes"], Bool[AnyArray, " lanes"]]:
    """`pi(t)` of every lane at every time, by `theory.tabular.integrable` with `|S| = 1` (traceable, float64).

    Each lane walks from one time to the next along its own curve, and starts afresh there from the policy that it has
    reached: as the policies are exact to rounding, nothing else is carried along.

    **Arguments**

    - `initial_log_probabilities`: normalised, at least -700; minus infinity in places that only fill up the array.
    - `proxy_reward`: of any scale, in one over the units of time.
    - `times`: at least zero, in increasing order.
    - `active`: lanes that matter; the others stay where they are.
    - `tile_lanes`: lanes advanced together (`sims.exact_flow.integrable_flow.tile_width`).

    **Returns** the policies, and where the flow could be followed to the last time. Source: ours (statement S5).
    """
    start, proxy = jnp.asarray(initial_log_probabilities), jnp.asarray(proxy_reward)
    nothing = jnp.zeros_like(proxy[0])
    constants, probability, time_unit = prepare_lanes(
        start, proxy, proxy, nothing, jnp.ones_like(nothing), jnp.asarray(jnp.inf)
    )
    panel = gauss_panel(NODES)
    advance = make_advance(panel, relative_tolerance=TOLERANCE, watch_time=True)
    moving = active & jnp.isfinite(time_unit)

    def walk(carry: tuple, time: jax.Array) -> tuple[tuple, AnyArray]:
        policy, reached, known = carry
        target = time / time_unit
        walking = moving & (target > reached)
        state = run_compacted(
            advance,
            constants.until(target),
            start_lanes(panel, policy, reached),
            walking,
            tile_lanes=tile_lanes,
        )
        policy = state.probability / jnp.sum(state.probability, axis=0, keepdims=True)
        known = known & (~walking | (state.numbers.status == Status.REACHED))
        return (policy, jnp.where(walking, target, reached), known), policy

    (_, _, known), policies = lax.scan(walk, (probability, nothing, jnp.ones_like(moving)), jnp.asarray(times))
    return policies, known
