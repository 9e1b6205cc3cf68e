"""Hitting times of the KL-regularised tabular gradient flow, for batches of problems (integrator: ours).

`d theta / dt = (1 / |S|) grad phi(theta)` (paper, Eq (4) and Lemma 7) has no known closed reduction for `lambda > 0`,
and turns stiff when a rare good output has to grow while the others sit at their quasi-equilibrium. Each problem starts
with an explicit method of order 8 and, once stability rather than accuracy limits its step, goes on with a linearly
implicit one of high order that costs `O(outputs)` per stage. Finished problems leave the batch between rounds of a few
steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from sims.exact_flow.curve_sums import padded_outputs
from sims.hitting import WORST_REPORTED_ERROR, Hitting, OnFinished, Status
from sims.regularized_flow.lanes import FlowState, Lanes
from sims.regularized_flow.path import regularized_log_probabilities
from sims.regularized_flow.step_control import COLUMNS
from sims.regularized_flow.steps import RUNNING, STIFF, Progress, advance_tile, begin_tile
from sims.target_gaps import limit_gap, target_gaps
from theory.arrays import AnyArray
from theory.tabular.gibbs_policy import reward_ceiling

__all__ = ["regularized_hitting_times", "regularized_log_probabilities"]

ROUND = 8
"""Attempted steps between two looks at which problems are finished."""

MOST_ATTEMPTS = 2000
"""Attempted steps after which a problem is censored."""

TILE_ENTRIES = 512
"""Outputs times lanes of a tile: with all stages of a step it stays in a core's second-level cache, and the last few
problems of a batch do not drag many idle lanes along. A second width would compile everything twice."""

ACCELERATOR_ENTRIES = 2**20
"""The same where there is an accelerator, at most: a step of few lanes takes it as long as one of many."""

ERROR_SAFETY = 4.0
"""What the integrator's error estimates are multiplied with: rigorous enclosures found 3 of 1,069 problems of two
outputs whose true error was up to 2.7 times the estimate."""


@dataclass
class _Batch:
    """Host-side state of all problems, in the scaled units of `sims.regularized_flow.lanes`; rows are problems."""

    initial_log_probabilities: np.ndarray
    proxy_reward: np.ndarray
    watched_reward: np.ndarray
    gaps: np.ndarray
    gap_error: np.ndarray
    increase: np.ndarray
    limit_gap: np.ndarray
    limit_error: np.ndarray
    coefficient: np.ndarray
    state: FlowState = field(init=False)
    scalars: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.state = FlowState(*(np.zeros_like(self.initial_log_probabilities) for _ in FlowState._fields))
        self.scalars = {}

    def part(self, chosen: np.ndarray) -> _Batch:
        """Some of the problems, before any of them has moved."""
        return _Batch(*(getattr(self, name)[chosen] for name in Lanes._fields))

    def lanes(self, rows: np.ndarray) -> Lanes:
        """What stays fixed of some of the problems, as columns."""
        return Lanes(**{name: _in_lanes(getattr(self, name)[rows]) for name in Lanes._fields})

    def progress(self, rows: np.ndarray, live: int) -> Progress:
        """The moving state of some of the problems, as columns; those after the first `live` stand still."""
        code = self.scalars["code"][rows].copy()
        code[live:] = Status.CENSORED  # padding: repeats of the last row that must not be worked on
        moving = {name: _in_lanes(array[rows]) for name, array in self.scalars.items()}
        moving["code"] = _in_lanes(code)
        return Progress(state=FlowState(*(_in_lanes(array[rows]) for array in self.state)), **moving)

    def store(self, rows: np.ndarray, live: int, progress: Progress) -> None:
        """Takes over the first `live` columns as the state of these problems."""
        for kept, moved in zip(self.state, progress.state, strict=True):
            kept[rows[:live]] = np.asarray(moved).T[:live]
        for name in Progress._fields[1:]:
            column = np.asarray(getattr(progress, name))[0]
            if name not in self.scalars:
                self.scalars[name] = np.zeros(len(self.coefficient), column.dtype)
            self.scalars[name][rows[:live]] = column[:live]


def _in_lanes(rows: AnyArray) -> jax.Array:
    """Rows as columns: shape `(outputs, lanes)`, or `(1, lanes)` for one number a row."""
    # Not jnp.asarray, which compiles a program for every shape.
    return jax.device_put(np.ascontiguousarray(np.atleast_2d(np.asarray(rows).T)))


def _tile_width(count: int, outputs: int, platform: str) -> int:
    """The lanes of every tile of a run of `count` problems; on a processor whatever their number."""
    entries = TILE_ENTRIES if platform == "cpu" else ACCELERATOR_ENTRIES
    most = 1 << max(0, int(math.log2(max(1, entries // outputs))))
    return most if platform == "cpu" else min(most, 1 << (count - 1).bit_length())


def _tiles(rows: np.ndarray, width: int) -> list[tuple[np.ndarray, int]]:
    """`rows` cut into tiles of one width, which compiles once, padded with their last row; and how many are rows."""
    parts = [rows[first : first + width] for first in range(0, len(rows), width)]
    return [(np.concatenate([part, np.repeat(part[-1:], width - len(part))]), len(part)) for part in parts]


@jax.jit
def _ceiling(lanes: Lanes, log_ratio: jax.Array) -> jax.Array:
    """What the gap to the target never exceeds from now on."""
    log_policy = jax.nn.log_softmax((lanes.initial_log_probabilities + log_ratio).T, axis=-1)
    return jnp.asarray(
        reward_ceiling(
            log_policy, lanes.initial_log_probabilities.T, lanes.proxy_reward.T, lanes.gaps.T, lanes.coefficient[0]
        )
    )


def _run(batch: _Batch, time_limit: np.ndarray, tolerance: float, on_finished: OnFinished) -> None:
    """Steps every problem until it is reached, proven never to be, censored or failed."""
    count, outputs = batch.initial_log_probabilities.shape
    everything, width = np.arange(count), _tile_width(count, outputs, jax.default_backend())
    for rows, live in _tiles(everything, width):
        batch.store(rows, live, begin_tile(batch.lanes(rows)))
    code = batch.scalars["code"]
    stiff = np.zeros(count, bool)
    finished = finished_rounds = 0
    while True:
        running = everything[code == RUNNING]
        on_finished(count - len(running) - finished)
        finished = count - len(running)
        if not len(running):
            return
        if finished_rounds in (0, 1, 2, 3) or finished_rounds % 4 == 0:
            low = running[(batch.limit_gap - batch.limit_error)[running] < 0]
            for rows, live in _tiles(low, width):
                lanes = batch.lanes(rows)
                ceiling = np.asarray(_ceiling(lanes, _in_lanes(batch.state.log_ratio[rows])))
                below = rows[:live][(ceiling < -batch.gap_error[rows])[:live]]
                code[below] = Status.NEVER
        for columns, members in ((0, running[~stiff[running]]), (COLUMNS, running[stiff[running]])):
            for rows, live in _tiles(members[code[members] == RUNNING], width):
                progress = advance_tile(
                    batch.lanes(rows),
                    batch.progress(rows, live),
                    jnp.asarray(tolerance),
                    jnp.asarray(ROUND),
                    columns=columns,
                )
                batch.store(rows, live, progress)
        code = batch.scalars["code"]
        stiff |= code == STIFF
        code[code == STIFF] = RUNNING
        spent = (batch.scalars["attempts"] >= MOST_ATTEMPTS) | (batch.scalars["time"] >= time_limit)
        code[(code == RUNNING) & spent] = Status.CENSORED
        finished_rounds += 1


def regularized_hitting_times(
    initial_log_probabilities: Float[AnyArray, "batch outputs"],
    proxy_reward: Float[AnyArray, "batch outputs"],
    watched_reward: Float[AnyArray, "batch outputs"],
    increase: Float[AnyArray, " batch"],
    prompts: Float[AnyArray, " batch"],
    kl_coefficient: Float[AnyArray, " batch"],
    *,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
    on_finished: OnFinished | None = None,
) -> Hitting:
    """First times at which the watched expectation has risen by `increase` along the KL-regularised flow.

    **Arguments** (float64; rows are problems)

    - `initial_log_probabilities`: `ln pi(0)`, normalised; also the reference policy. Minus infinity in places that only
      fill up the array (`theory.tabular.padding`).
    - `proxy_reward`: `r_RM`, which the flow maximises, of any scale.
    - `watched_reward`: the reward whose expectation is awaited (`r_G` of the paper's `t_gamma`, Section 2.3).
    - `increase`: `gamma`, in units of `watched_reward`. A rise of zero or less is reached at time zero.
    - `prompts`: `|S|`.
    - `kl_coefficient`: `lambda >= 0`, in units of `proxy_reward`.
    - `relative_tolerance`: aimed-at relative error of each time, at least 1e-13.
    - `horizon`: time after which a problem is censored.
    - `on_finished`: see `sims.hitting_times`.

    **Returns** a `Hitting` of shape `(batch,)`. `never` is proven by `theory.tabular.gibbs_policy.reward_ceiling`.
    """
    initial_log_probabilities = np.array(initial_log_probabilities, np.float64)
    proxy, watched = np.array(proxy_reward, np.float64), np.array(watched_reward, np.float64)
    gamma, coefficient = np.array(increase, np.float64), np.array(kl_coefficient, np.float64)
    # Places without an output fill up the rows, so that few shapes are compiled. Their rewards change no maximum.
    places = ((0, 0), (0, padded_outputs(initial_log_probabilities.shape[-1]) - initial_log_probabilities.shape[-1]))
    initial_log_probabilities = np.pad(initial_log_probabilities, places, constant_values=-np.inf)
    proxy, watched = np.pad(proxy, places, "edge"), np.pad(watched, places, "edge")
    finite = (initial_log_probabilities < np.inf).all(-1) & np.isfinite(proxy).all(-1) & np.isfinite(watched).all(-1)
    finite &= np.isfinite(gamma) & np.isfinite(coefficient)
    time = np.zeros(len(gamma))
    error = np.full(len(gamma), np.nan)
    code = np.full(len(gamma), RUNNING, np.int8)
    evaluations = np.zeros(len(gamma), np.int64)
    code[~finite] = Status.FAILED
    at_once = finite & (gamma <= 0)
    code[at_once], error[at_once] = Status.REACHED, 0.0
    rows = np.flatnonzero(code == RUNNING)
    unit, batch = _scaled_batch(
        *(array[rows] for array in (initial_log_probabilities, proxy, watched, gamma, coefficient))
    )
    unit *= np.asarray(prompts, np.float64)[rows]
    # A largest gap of zero is approached for ever, and not attained.
    never = ~np.isfinite(unit) | (batch.gaps.max(axis=-1, initial=-np.inf) + batch.gap_error <= 0)
    code[rows[never]], time[rows[never]] = Status.NEVER, np.inf
    rows, unit, batch = rows[~never], unit[~never], batch.part(~never)
    report = on_finished or (lambda finished: None)
    report(len(gamma) - len(rows))
    if len(rows):
        with jax.enable_x64(True):
            _run(batch, np.minimum(horizon / unit, 1e200), relative_tolerance, report)
        time[rows], error[rows], code[rows] = _verdict(batch, horizon, unit)
        evaluations[rows] = batch.scalars["evaluations"]
    return Hitting(time, error, code, evaluations)


def _scaled_batch(
    initial_log_probabilities: np.ndarray,
    proxy: np.ndarray,
    watched: np.ndarray,
    gamma: np.ndarray,
    coefficient: np.ndarray,
) -> tuple[np.ndarray, _Batch]:
    """The unit of time over `|S|` (infinite where nothing moves), and the batch in units of the proxy's range."""
    spread = np.ptp(proxy, axis=-1)
    # A power of two: rewards that nearly agree keep the digits of their differences.
    scale = np.exp2(np.floor(np.log2(np.where(spread > 0, spread, 1.0))))
    gaps = target_gaps(initial_log_probabilities, proxy, watched, gamma)
    limit = limit_gap(initial_log_probabilities, proxy, watched, gamma, coefficient)
    unit = np.where(spread > 0, 1 / scale, np.inf)
    proxy, coefficient = proxy / scale[:, None], coefficient / scale
    return unit, _Batch(
        initial_log_probabilities, proxy, watched, gaps.gaps, gaps.error, gamma, limit.gap, limit.error, coefficient
    )


def _verdict(batch: _Batch, horizon: float, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, relative error and status of problems that are done."""
    scalars = batch.scalars
    code, error = scalars["code"].copy(), ERROR_SAFETY * scalars["relative_error"]
    known = code == Status.REACHED
    vague = known & (scalars["doubtful"] | ~(error <= WORST_REPORTED_ERROR))
    code[vague] = Status.ILL_CONDITIONED
    known &= ~vague
    time, safe = scalars["time"] * unit, scalars["safe_time"] * unit
    # Later than the horizon, or perhaps later: it is not reached before what is certain.
    least = np.where(known, time * (1 - np.where(known, error, 0.0)), safe)
    code[(known & (time > horizon)) | (~known & (code != Status.NEVER) & (least >= horizon))] = Status.CENSORED
    reached = code == Status.REACHED
    time = np.where(reached, time, np.minimum(least, horizon))
    return np.where(code == Status.NEVER, np.inf, time), np.where(reached, error, np.nan), code
