"""The measures of one panel of a lane: the time that passes, what is watched, its errors, and its first crossing."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from sims.exact_flow.curve_panel import (
    PanelStart,
    PanelValues,
    first_guess,
    panel_end,
    quadrature,
    raise_to_safety,
)
from sims.exact_flow.first_crossing import FirstCrossing, evaluate, first_crossing
from sims.exact_flow.gauss_panel import GaussPanel
from sims.exact_flow.lane_state import LaneConstants, LaneState
from theory.arrays import AnyArray

GAP_ROUNDING = 8
"""Rounding of a gap's terms, in units of the last place."""


class Measured(NamedTuple):
    """The measures of one panel, per lane."""

    time: AnyArray
    """At its end."""
    error: AnyArray
    watched: AnyArray
    """What has to reach zero, at the panel's end."""
    spread: AnyArray
    """How much that varies over the panel."""
    rounding: AnyArray
    """By how much rounding may have changed that."""
    slope: AnyArray
    """Its derivative by the clock at the end."""
    bend: AnyArray
    """`dZ/ds` at the end."""
    weight: AnyArray
    """`Z` at the end."""
    smallest: AnyArray
    """The smallest `x` at the end."""
    resolved: AnyArray
    finite: AnyArray


def guess_heights(
    panel: GaussPanel,
    start: PanelStart,
    state: LaneState,
    clock: AnyArray,
    length: AnyArray,
    redone: AnyArray,
    continued: AnyArray,
) -> jax.Array:
    """A panel that goes on takes up its heights again, one that is shortened interpolates them, a new one guesses."""
    # The height is one at the start.
    series = jnp.asarray(panel.chebyshev[:, 1:]) @ state.heights + jnp.asarray(panel.chebyshev[:, :1])
    shortened = evaluate(series, jnp.asarray(panel.points[1:])[:, None] * (length / state.numbers.length)[None])
    shortened = jnp.where(redone[None] & jnp.isfinite(shortened), shortened, first_guess(start, clock))
    return lax.optimization_barrier(jnp.where(continued[None], state.heights, raise_to_safety(start, clock, shortened)))


def measure_panel(
    panel: GaussPanel,
    constants: LaneConstants,
    state: LaneState,
    start: PanelStart,
    values: PanelValues,
    length: jax.Array,
    factors: jax.Array,
    watch_time: bool,
) -> tuple[Measured, FirstCrossing]:
    """The measures of a solved panel, and where in it the target is first crossed."""
    # Barriers: XLA on a CPU would otherwise compute these afresh for each of the many results that use them.
    together = lax.optimization_barrier
    passed, error = quadrature(panel, length, values.weight)
    end = panel_end(start, constants.gaps, factors, values)
    slope, bend = end.slope, end.bend
    unit = jnp.finfo(passed.dtype).eps
    if watch_time:
        slope = values.weight[-1]
        shares = jnp.asarray(panel.cumulative) @ values.weight[: panel.nodes]
        elapsed = jnp.concatenate([(shares * length[None])[:-1], passed[None]])
        watched, noise = elapsed + (state.numbers.time - constants.target)[None], unit * (state.numbers.time + passed)
    else:
        total = jnp.sum(start.share, axis=0)
        at_start = jnp.sum(start.share * constants.gaps, axis=0) / total
        watched = jnp.concatenate([at_start[None], values.expected])
        terms = jnp.abs(constants.gaps)
        noise = unit * jnp.maximum(end.size, jnp.sum(start.share * terms, axis=0) / total) + constants.gap_error
    # Nothing was reached before, so what rounding may have lifted to zero at the start is just below.
    watched = jnp.concatenate([jnp.minimum(watched[:1], -jnp.finfo(watched.dtype).tiny), watched[1:]])
    passed, error, watched, slope, bend = together((passed, error, watched, slope, bend))
    last = jnp.abs(jnp.asarray(panel.legendre[-2:]) @ watched[1:-1])
    tail = jnp.maximum(last[0], last[1])
    spread = jnp.max(jnp.abs(watched - watched[:1]), axis=0)
    smallest = jnp.min(factors, axis=0)
    coefficients = jnp.asarray(panel.chebyshev) @ watched
    coefficients, tail, spread, smallest = together((coefficients, tail, spread, smallest))
    margin = 4 * (tail + noise)
    crossing = together(first_crossing(panel, watched, coefficients, margin))
    resolved = tail <= 3e-3 * jnp.maximum(spread, jnp.abs(watched[0]))
    finite = jnp.isfinite(passed) & jnp.isfinite(error) & jnp.isfinite(spread)
    time, weight, rounding = state.numbers.time + passed, values.weight[-1], GAP_ROUNDING * noise
    return Measured(
        time, error, watched[-1], spread, rounding, slope, bend, weight, smallest, resolved, finite
    ), crossing
