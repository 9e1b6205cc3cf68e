"""A lane that walks along the curve of the integrable flow, panel by panel, until it reaches what it watches for."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from sims.exact_flow.compaction import Advance
from sims.exact_flow.curve_panel import PanelStart, panel_values, start_panel
from sims.exact_flow.first_crossing import FirstCrossing
from sims.exact_flow.gauss_panel import GaussPanel
from sims.exact_flow.lane_state import LaneConstants, LaneNumbers, LaneState, lane_state
from sims.exact_flow.panel_measures import Measured, guess_heights, measure_panel
from sims.hitting import Status
from theory.arrays import AnyArray
from theory.tabular.integrable import eventual_reward_bound

LARGEST_GROWTH = 4.0
"""How much longer, times the steepest `p a`, a panel may be than the last one."""

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

START_ROUNDING, PANEL_ROUNDING = 64, 16
"""Rounding of the time, in units of the last place: altogether, and for each panel behind."""


class _Aim(NamedTuple):
    """What all lanes have in common: the arguments of `make_advance`."""

    panel: GaussPanel
    relative_tolerance: jax.Array | float
    watch_time: bool


class _Outcome(NamedTuple):
    """What becomes of a panel, per lane: one of the five flags of an active lane whose heights have settled, or none.

    `done`: the lane ends; `steered`: its last panel is redone to end nearer to the crossing; `turned`: the panel
    becomes the last one, and is redone to the crossing; `accepted`; `shortened`, and redone. `correction` is the step
    of Newton's method from the panel's end to the crossing, and `missed` what it leaves, as a share of the length.
    """

    settled: AnyArray
    done: AnyArray
    steered: AnyArray
    turned: AnyArray
    accepted: AnyArray
    shortened: AnyArray
    correction: AnyArray
    missed: AnyArray


class _Clock(NamedTuple):
    """The times of a lane after a panel, as in `LaneState`."""

    time: AnyArray
    time_error: AnyArray
    safe_time: AnyArray
    panels: AnyArray


def make_advance(panel: GaussPanel, *, relative_tolerance: jax.Array | float, watch_time: bool) -> Advance:
    """One panel of every active lane, as `sims.exact_flow.compaction.run_compacted` wants it.

    With `watch_time` false a lane ends where the watched reward first reaches its target; with it true, where the
    time does, and then the final `probability` is the policy at that time.
    """
    return partial(_advance, _Aim(panel, relative_tolerance, watch_time))


def _advance(aim: _Aim, constants: LaneConstants, state: LaneState, active: AnyArray) -> tuple[LaneState, AnyArray]:
    panel, watch_time = aim.panel, aim.watch_time
    start = lax.optimization_barrier(start_panel(state.probability, constants.proxy_reward))
    own = state.numbers
    redone = own.redo > 0
    length = jnp.where(redone, own.redo, jnp.minimum(own.fraction / start.steepest, start.longest))
    clock = jnp.asarray(panel.points[1:])[:, None] * length[None]
    continued = redone & (length == own.length)
    guess = guess_heights(panel, start, state, clock, length, redone, continued)
    values, solved, iterations = panel_values(start, constants.gaps, clock, guess, continued, active)
    factors = (1.0 - start.share) + start.share * (values.height[-1:] - start.gain * clock[-1:])
    measured, crossing = measure_panel(panel, constants, state, start, values, length, factors, watch_time)
    goal = 0.03 * aim.relative_tolerance * measured.time
    exact = measured.smallest > 0.01 * SMALLEST_FACTOR
    accurate = measured.finite & solved & exact & measured.resolved & (measured.error <= goal)
    short = length * start.steepest <= SHORTEST_FRACTION
    outcome = _judge(aim, own, measured, crossing, length, short, accurate, solved, exact, active)
    redo, proposed = _next_lengths(panel, start, measured, crossing, outcome, length, goal, accurate)

    forward = outcome.accepted | outcome.done if watch_time else outcome.accepted
    moved = start.share / (factors * measured.weight[None])
    probability = jnp.where(forward[None], moved, state.probability)
    clocks = _clocks(aim, own, measured, crossing, outcome, length, short, active)

    broken = outcome.settled & ~measured.finite & (length * start.steepest < 1e-9)
    late = outcome.accepted & ((clocks.time > constants.horizon) | (clocks.time > LONGEST_TIME))
    never = outcome.accepted & _ruled_out(constants, probability) if not watch_time else jnp.zeros_like(late)
    status = jnp.where(outcome.done, int(Status.REACHED), jnp.where(never, int(Status.NEVER), own.status))
    status = jnp.where(broken, int(Status.FAILED), status)

    numbers = LaneNumbers(
        length=jnp.where(active, length, own.length),
        redo=jnp.where(active, redo, own.redo),
        fraction=jnp.where(outcome.accepted, proposed, own.fraction),
        time=clocks.time,
        time_error=clocks.time_error,
        safe_time=clocks.safe_time,
        doubtful=jnp.where(outcome.accepted & crossing.unclear, 1.0, own.doubtful),
        final=jnp.where(outcome.settled, outcome.turned | outcome.steered, own.final),
        attempts=jnp.where(outcome.steered, own.attempts + 1, jnp.where(outcome.accepted, 0, own.attempts)),
        panels=clocks.panels,
        evaluations=own.evaluations + active * (panel.nodes + 1) * (iterations + 1),
        status=status,
    )
    heights = jnp.where(active[None], values.height, state.heights)
    state = lane_state(probability, heights, numbers)
    return state, active & ~(outcome.done | never | late | broken) & (clocks.panels < MOST_PANELS)


def _judge(
    aim: _Aim,
    own: LaneNumbers,
    measured: Measured,
    crossing: FirstCrossing,
    length: AnyArray,
    short: AnyArray,
    accurate: AnyArray,
    solved: AnyArray,
    exact: AnyArray,
    active: AnyArray,
) -> _Outcome:
    unclear = crossing.unclear & ~short
    hit = measured.finite & solved & measured.resolved & crossing.found & ~unclear

    # A final panel ends so near the crossing that one Newton step on the true curve reaches it.
    correction = -measured.watched / measured.slope
    relative = jnp.abs(correction) / length
    missed = 5 * relative**2 * measured.spread / (measured.slope * length)
    near = relative <= (1e-13 if aim.watch_time else 1e-5)
    reached = (measured.slope > 0) & (missed <= 0.01 * aim.relative_tolerance) & near
    reached = reached | (own.attempts >= MOST_ROOT_ATTEMPTS)

    # Exactly one of these happens to an active lane; one whose heights have not settled just goes on.
    final, settled = own.final > 0, active & (solved | ~measured.finite | ~exact)
    done = settled & final & accurate & reached
    steered = settled & final & accurate & ~reached & (measured.slope > 0) & (relative < 0.5)
    turned = settled & ~final & hit
    accepted = settled & ~final & ~hit & accurate & ~unclear
    shortened = settled & ~(done | steered | turned | accepted)
    return _Outcome(settled, done, steered, turned, accepted, shortened, correction, missed)


def _next_lengths(
    panel: GaussPanel,
    start: PanelStart,
    measured: Measured,
    crossing: FirstCrossing,
    outcome: _Outcome,
    length: AnyArray,
    goal: AnyArray,
    accurate: AnyArray,
) -> tuple[jax.Array, jax.Array]:
    """The length to redo the panel with, or 0; and that of a new one after it, times the steepest `p a`."""
    change = jnp.clip(0.9 * (goal / measured.error) ** (0.5 / panel.nodes), 0.2, LARGEST_GROWTH)
    change = jnp.where(jnp.isfinite(change), change, 0.2)
    change = jnp.where(measured.smallest < SMALLEST_FACTOR, jnp.minimum(change, 0.5), change)
    shrinking = jnp.where(accurate | ~measured.resolved, 0.5, jnp.minimum(change, 0.7))
    redo = jnp.where(outcome.shortened, shrinking * length, jnp.where(outcome.turned, crossing.place * length, length))
    redo = jnp.where(outcome.steered, length + outcome.correction, redo)
    # The length of a panel that is redone never vanishes, not even by rounding: zero stands for a new panel.
    redo = jnp.where(outcome.accepted | outcome.done, 0.0, jnp.maximum(redo, jnp.finfo(redo.dtype).tiny))
    return redo, jnp.clip(length * start.steepest * change, 1e-9, 1e9)


def _clocks(
    aim: _Aim,
    own: LaneNumbers,
    measured: Measured,
    crossing: FirstCrossing,
    outcome: _Outcome,
    length: AnyArray,
    short: AnyArray,
    active: AnyArray,
) -> _Clock:
    done, accepted, correction = outcome.done, outcome.accepted, outcome.correction
    ending = measured.time + correction * (measured.weight + correction * measured.bend / 2)
    time = jnp.where(done, ending, jnp.where(accepted, measured.time, own.time))
    panels = own.panels + active
    # Differences this far below the tolerance were never looked at.
    floor = 0.01 * aim.relative_tolerance
    unit = jnp.finfo(time.dtype).eps
    carried = unit * (START_ROUNDING + PANEL_ROUNDING * panels) * time
    rounding = measured.rounding * measured.weight / jnp.abs(measured.slope) + carried
    time_error = own.time_error + jnp.where(accepted | done, ERROR_SAFETY * measured.error, 0.0)
    certain = accepted & (own.doubtful == 0) & ~(crossing.unclear & short) & (measured.watched < -measured.rounding)
    safe_time = jnp.where(certain, jnp.maximum(time - time_error - carried, 0.0), own.safe_time)
    left = outcome.missed * length * measured.weight + rounding + floor * time
    return _Clock(time, time_error + jnp.where(done, left, 0.0), safe_time, panels)


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
