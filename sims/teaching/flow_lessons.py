"""Blocks of prompts taught by gradient flow."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Bool, Float, Int

from sims.exact_flow.policies_at_times import integrable_policies
from sims.regularized_flow.policies_at_times import regularized_policies
from sims.teaching.measures import Lesson, Measures, measure
from theory.arrays import AnyArray


@partial(jax.jit, static_argnames=("regularized", "tile_lanes"))
def taught_by_flow(
    lesson: Lesson,
    times: Float[AnyArray, " times"],
    kept: Int[AnyArray, " kept"],
    *,
    regularized: bool,
    tile_lanes: int,
) -> tuple[Measures, Bool[AnyArray, " lanes"]]:
    """The measures at every time, a first axis; `expected` only at the times numbered `kept`.

    **Arguments**: `regularized`, whether the KL coefficient is above zero: without it the flow is integrable (S5), and
    policies are exact to rounding; with it they are to about 1e-8.

    **Returns** also where the flow could be followed to the last time.
    """
    active = jnp.tile(lesson.weight > 0, lesson.proxy_reward.shape[1])
    start, proxy = lesson.start_lanes, lesson.lanes(lesson.proxy_reward)
    if regularized:
        policies, known = regularized_policies(
            start, proxy, lesson.kl_coefficient, times, active, tile_lanes=tile_lanes
        )
    else:
        policies, known = integrable_policies(start, proxy, times, active, tile_lanes=tile_lanes)
    measured = lax.map(partial(measure, lesson), policies)
    return measured._replace(expected=measured.expected[kept]), known
