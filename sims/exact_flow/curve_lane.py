"""A lane that walks along the curve of the integrable flow, panel by panel, until it reaches what it watches for."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Bool, Float, Int

from sims.exact_flow.compaction import Advance
from sims.exact_flow.curve_panel import (
    PanelStart,
    PanelValues,
    first_guess,
    panel_values,
    quadrature,
    raise_to_safety,
    start_panel,
    watched_slope,
)
from sims.exact_flow.curve_sums import weight_sum
from sims.exact_flow.first_crossing import FirstCrossing, evaluate, first_crossing
from sims.exact_flow.gauss_panel import GaussPanel
from sims.hitting import Status
from theory.arrays import AnyArray
from theory.tabular.integrable import eventual_reward_bound

Lanes = Float[AnyArray, " lanes"]
Flags = Bool[AnyArray, " lanes"]
Counts = Int[AnyArray, " lanes"]

FIRST_FRACTION = 0.9
"""Length of the first panel, times the steepest `p a`."""

LARGEST_GROWTH = 4.0
"""How much longer, in those units, a panel may be than the last one."""

SMALLEST_FACTOR = 1e-3
"""No output's `x` should fall below this in a panel: its rounding grows like one over it."""

SHORTEST_FRACTION = 1e-7
"""A panel this short resolves the watched reward to rounding: a maximum that still touches the target is let pass."""

MOST_PANELS = 4000
"""The work limit of a lane: beyond it a lane is censored. Random problems take 7, contrived ones dozens."""

MOST_ROOT_ATTEMPTS = 12
"""Panels spent on bringing the end of the last one to the crossing; one or two are usual."""

LONGEST_TIME = 1e300
"""Beyond this the time may overflow, and the lane is censored."""

ERROR_SAFETY = 30.0
"""Estimated errors of the quadrature are reported this much larger, so that they bound the true ones nearly always."""

START_ROUNDING, PANEL_ROUNDING, GAP_ROUNDING = 64, 16, 8
"""Rounding, in units of the last place: of the time altogether, of the time for each panel behind, of a gap's terms."""


class LaneConstants(NamedTuple):
    """What a lane reads; shapes `(outputs, lanes)` and `(lanes,)`, float64."""

    proxy_reward: Float[AnyArray, "outputs lanes"]
    """As given, times a power of two."""
    gap: Float[AnyArray, "outputs lanes"]
    """The watched reward less its target (`sims.target_gaps`): the crossing is where its expectation reaches zero."""
    gap_error: Lanes
    """Bound on the absolute errors of the gaps."""
    target: Lanes
    """The time at which a lane ends that watches the time."""
    largest_gap: Lanes
    limit_gap: Lanes
    """Mean of the gaps over the outputs that share the limit of the policy."""
    limit_outputs: Lanes
    """How many outputs share it."""
    horizon: Lanes


class LaneState(NamedTuple):
    """What a lane writes."""

    probability: Float[AnyArray, "outputs lanes"]
    heights: Float[AnyArray, "rows lanes"]
    """The height at the nodes and the end of the last panel, to start the iteration with if it is redone."""
    length: Lanes
    """Clock length of the last panel."""
    redo: Lanes
    """Clock length to redo the panel with; 0 for a new panel."""
    fraction: Lanes
    """Length of the next new panel, times the steepest `p a`."""
    time: Lanes
    time_error: Lanes
    safe_time: Lanes
    """Up to here the target was certainly not reached: a bound below on the time, whatever comes later."""
    doubtful: Flags
    """A maximum was let pass that touches the target up to rounding."""
    final: Flags
    """The panel to redo ends at the crossing."""
    attempts: Counts
    panels: Counts
    evaluations: Counts
    status: Counts


def start_lanes(panel: GaussPanel, probability: Float[AnyArray, "outputs lanes"], time: Lanes) -> LaneState:
    """Lanes at a policy, at `time`."""
    lanes = probability.shape[-1]
    zeros = jnp.zeros(lanes, probability.dtype)
    counts = jnp.zeros(lanes, jnp.int32)
    return LaneState(
        probability=probability,
        heights=jnp.zeros((panel.nodes + 1, lanes), probability.dtype),
        length=zeros + 1.0,
        redo=zeros,
        fraction=zeros + FIRST_FRACTION,
        time=zeros + time,
        time_error=zeros,
        safe_time=zeros,
        doubtful=jnp.zeros(lanes, bool),
        final=jnp.zeros(lanes, bool),
        attempts=counts,
        panels=counts,
        evaluations=counts,
        status=counts + int(Status.CENSORED),
    )


class _Measured(NamedTuple):
    """What one panel tells about itself, per lane."""

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


def make_advance(panel: GaussPanel, *, relative_tolerance: jax.Array | float, watch_time: bool) -> Advance:
    """One panel of every active lane, as `sims.exact_flow.compaction.run_compacted` wants it.

    With `watch_time` false a lane ends where the watched reward first reaches its target; with it true, where the
    time does, and then the final `probability` is the policy at that time.
    """

    def advance(constants: LaneConstants, state: LaneState, active: AnyArray) -> tuple[LaneState, AnyArray]:
        start = lax.optimization_barrier(start_panel(state.probability, constants.proxy_reward))
        redone = state.redo > 0
        length = jnp.where(redone, state.redo, jnp.minimum(state.fraction / start.steepest, start.longest))
        clock = jnp.asarray(panel.points[1:])[:, None] * length[None]
        continued = redone & (length == state.length)
        guess = _guess(panel, start, state, clock, length, redone, continued)
        values, solved, iterations = panel_values(start, constants.gap, clock, guess, continued, active)
        factors = (1.0 - start.share) + start.share * (values.height[-1:] - start.gain * clock[-1:])
        measured, crossing = _measure(panel, constants, state, start, values, clock, length, factors, watch_time)
        finite, exact = measured.finite, measured.smallest > 0.01 * SMALLEST_FACTOR
        goal = 0.03 * relative_tolerance * measured.time
        accurate = finite & solved & exact & measured.resolved & (measured.error <= goal)
        short = length * start.steepest <= SHORTEST_FRACTION
        unclear = crossing.unclear & ~short
        hit = finite & solved & measured.resolved & crossing.found & ~unclear

        # A final panel ends so near the crossing that one Newton step on the true curve reaches it.
        correction = -measured.watched / measured.slope
        relative = jnp.abs(correction) / length
        missed = 5 * relative**2 * measured.spread / (measured.slope * length)
        near = relative <= (1e-13 if watch_time else 1e-5)
        reached = (measured.slope > 0) & (missed <= 0.01 * relative_tolerance) & near
        reached = reached | (state.attempts >= MOST_ROOT_ATTEMPTS)

        # Exactly one of these happens to an active lane; one whose heights have not settled just goes on.
        settled = active & (solved | ~finite | ~exact)
        done = settled & state.final & accurate & reached
        steered = settled & state.final & accurate & ~reached & (measured.slope > 0) & (relative < 0.5)
        turned = settled & ~state.final & hit
        accepted = settled & ~state.final & ~hit & accurate & ~unclear
        shortened = settled & ~(done | steered | turned | accepted)

        change = jnp.clip(0.9 * (goal / measured.error) ** (0.5 / panel.nodes), 0.2, LARGEST_GROWTH)
        change = jnp.where(jnp.isfinite(change), change, 0.2)
        change = jnp.where(measured.smallest < SMALLEST_FACTOR, jnp.minimum(change, 0.5), change)
        shrinking = jnp.where(accurate | ~measured.resolved, 0.5, jnp.minimum(change, 0.7))
        redo = jnp.where(shortened, shrinking * length, jnp.where(turned, crossing.place * length, length))
        redo = jnp.where(steered, length + correction, redo)
        # The length of a panel that is redone never vanishes, not even by rounding: zero stands for a new panel.
        redo = jnp.where(accepted | done, 0.0, jnp.maximum(redo, jnp.finfo(redo.dtype).tiny))

        forward = accepted | done if watch_time else accepted
        moved = start.share / (factors * measured.weight[None])
        probability = jnp.where(forward[None], moved, state.probability)
        ending = measured.time + correction * (measured.weight + correction * measured.bend / 2)
        time = jnp.where(done, ending, jnp.where(accepted, measured.time, state.time))
        panels = state.panels + active
        # Differences this far below the tolerance were never looked at.
        floor = 0.01 * relative_tolerance
        unit = jnp.finfo(redo.dtype).eps
        carried = unit * (START_ROUNDING + PANEL_ROUNDING * panels) * time
        rounding = measured.rounding * measured.weight / jnp.abs(measured.slope) + carried
        time_error = state.time_error + jnp.where(accepted | done, ERROR_SAFETY * measured.error, 0.0)
        certain = accepted & ~state.doubtful & ~(crossing.unclear & short) & (measured.watched < -measured.rounding)
        safe_time = jnp.where(certain, jnp.maximum(time - time_error - carried, 0.0), state.safe_time)
        time_error = time_error + jnp.where(done, missed * length * measured.weight + rounding + floor * time, 0.0)

        broken = settled & ~finite & (length * start.steepest < 1e-9)
        late = accepted & ((time > constants.horizon) | (time > LONGEST_TIME))
        never = accepted & _ruled_out(constants, probability) if not watch_time else jnp.zeros_like(late)
        status = jnp.where(done, int(Status.REACHED), jnp.where(never, int(Status.NEVER), state.status))
        status = jnp.where(broken, int(Status.FAILED), status)
        proposed = jnp.clip(length * start.steepest * change, 1e-9, 1e9)

        state = LaneState(
            probability=probability,
            heights=jnp.where(active[None], values.height, state.heights),
            length=jnp.where(active, length, state.length),
            redo=jnp.where(active, redo, state.redo),
            fraction=jnp.where(accepted, proposed, state.fraction),
            time=time,
            time_error=time_error,
            safe_time=safe_time,
            doubtful=state.doubtful | (accepted & crossing.unclear),
            final=jnp.where(settled, turned | steered, state.final),
            attempts=jnp.where(steered, state.attempts + 1, jnp.where(accepted, 0, state.attempts)),
            panels=panels,
            evaluations=state.evaluations + active * (panel.nodes + 1) * (iterations + 1),
            status=status,
        )
        return state, active & ~(done | never | late | broken) & (panels < MOST_PANELS)

    return advance


def _guess(
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
    shortened = evaluate(series, jnp.asarray(panel.points[1:])[:, None] * (length / state.length)[None])
    shortened = jnp.where(redone[None] & jnp.isfinite(shortened), shortened, first_guess(start, clock))
    return lax.optimization_barrier(jnp.where(continued[None], state.heights, raise_to_safety(start, clock, shortened)))


def _measure(
    panel: GaussPanel,
    constants: LaneConstants,
    state: LaneState,
    start: PanelStart,
    values: PanelValues,
    clock: jax.Array,
    length: jax.Array,
    factors: jax.Array,
    watch_time: bool,
) -> tuple[_Measured, FirstCrossing]:
    # Barriers: XLA on a CPU would otherwise compute these afresh for each of the many results that use them.
    together = lax.optimization_barrier
    passed, error = quadrature(panel, length, values.weight)
    slope, bend = watched_slope(start, constants.gap, clock[-1:], values.height[-1:])
    unit = jnp.finfo(passed.dtype).eps
    if watch_time:
        slope = values.weight[-1]
        shares = jnp.asarray(panel.cumulative) @ values.weight[: panel.nodes]
        elapsed = jnp.concatenate([(shares * length[None])[:-1], passed[None]])
        watched, noise = elapsed + (state.time - constants.target)[None], unit * (state.time + passed)
    else:
        total = jnp.sum(start.share, axis=0)
        at_start = jnp.sum(start.share * constants.gap, axis=0) / total
        watched = jnp.concatenate([at_start[None], values.expected])
        terms = jnp.abs(constants.gap)
        size = weight_sum(start.share, start.gain, clock[-1:], values.height[-1:], terms)[0] / values.weight[-1]
        noise = unit * jnp.maximum(size, jnp.sum(start.share * terms, axis=0) / total) + constants.gap_error
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
    time, weight, rounding = state.time + passed, values.weight[-1], GAP_ROUNDING * noise
    return _Measured(
        time, error, watched[-1], spread, rounding, slope, bend, weight, smallest, resolved, finite
    ), crossing


def _ruled_out(constants: LaneConstants, probability: jax.Array) -> jax.Array:
    """Where the target is proven out of reach for ever (`theory.tabular.integrable.eventual_reward_bound`)."""
    largest = jnp.max(probability, axis=0)
    best = jnp.max(constants.proxy_reward, axis=0)
    winner = jnp.max(jnp.where(constants.proxy_reward == best[None], probability, 0.0), axis=0)
    bound = jnp.asarray(
        eventual_reward_bound(winner, constants.limit_outputs, constants.limit_gap, constants.largest_gap)
    )
    rounding = 16 * jnp.finfo(bound.dtype).eps * jnp.maximum(constants.largest_gap, jnp.abs(constants.limit_gap))
    return (winner >= largest) & (winner > 0) & (bound < -(rounding + constants.gap_error))
