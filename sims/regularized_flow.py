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

from sims.curve_sums import padded_outputs
from sims.hitting import Hitting, OnFinished, Status
from sims.regularized_lanes import Lanes
from sims.regularized_path import regularized_log_probabilities
from sims.regularized_steps import RUNNING, STIFF, Progress, advance_tile, begin_tile
from theory.arrays import AnyArray
from theory.gibbs_policy import gibbs_log_probabilities, reward_ceiling

__all__ = ["regularized_hitting_times", "regularized_log_probabilities"]

COLUMNS = 10
"""Order of the linearly implicit method (measured: fewest evaluations at tolerances of 1e-10 to 1e-12)."""

ROUND = 8
"""Attempted steps between two looks at which problems are finished."""

MOST_ATTEMPTS = 2000
"""Attempted steps after which a problem is censored."""

TILE_ENTRIES = 512
"""Outputs times lanes of a tile: with all stages of a step it stays in a core's second-level cache, and the last few
problems of a batch do not drag many idle lanes along. A second width would compile everything twice."""

ERROR_SAFETY = 4.0
"""What the integrator's error estimates are multiplied with: rigorous enclosures found 3 of 1,069 problems of two
outputs whose true error was up to 2.7 times the estimate."""

WORST_REPORTED_ERROR = 0.05
"""A hitting time less certain than this (the target is the limit, to rounding) is reported as censored."""


@dataclass
class _Batch:
    """Host-side state of all problems, in the scaled units of `sims.regularized_lanes`; rows are problems.

    Rows are filled up to `padded_outputs`, so that few shapes are compiled.
    """

    log_initial: np.ndarray
    reward: np.ndarray
    values: np.ndarray
    increase: np.ndarray
    coefficient: np.ndarray
    log_ratio: np.ndarray = field(init=False)
    scalars: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        missing = padded_outputs(self.log_initial.shape[-1]) - self.log_initial.shape[-1]
        places = ((0, 0), (0, missing))
        self.log_initial = np.pad(self.log_initial, places, constant_values=-np.inf)
        # Rewards of outputs that are there change no maximum.
        self.reward, self.values = np.pad(self.reward, places, "edge"), np.pad(self.values, places, "edge")
        self.log_ratio = np.zeros_like(self.log_initial)
        self.scalars = {}

    def lanes(self, rows: np.ndarray) -> Lanes:
        vectors = (self.log_initial, self.reward, self.values)
        numbers = (self.increase, self.coefficient)
        # Not jnp.asarray, which compiles a program for every shape.
        return Lanes(
            *(jax.device_put(np.ascontiguousarray(array[rows].T)) for array in vectors),
            *(jax.device_put(array[rows][None, :]) for array in numbers),
        )

    def progress(self, rows: np.ndarray, live: int) -> Progress:
        code = self.scalars["code"][rows].copy()
        code[live:] = Status.CENSORED  # padding: repeats of the last row that must not be worked on
        moving = {name: jax.device_put(array[rows][None, :]) for name, array in self.scalars.items()}
        moving["code"] = jax.device_put(code[None, :])
        return Progress(log_ratio=jax.device_put(np.ascontiguousarray(self.log_ratio[rows].T)), **moving)

    def store(self, rows: np.ndarray, live: int, progress: Progress) -> None:
        self.log_ratio[rows[:live]] = np.asarray(progress.log_ratio).T[:live]
        for name in Progress._fields[1:]:
            column = np.asarray(getattr(progress, name))[0]
            if name not in self.scalars:
                self.scalars[name] = np.zeros(len(self.increase), column.dtype)
            self.scalars[name][rows[:live]] = column[:live]


def _tiles(rows: np.ndarray, outputs: int) -> list[tuple[np.ndarray, int]]:
    """`rows` cut into tiles of one width, which compiles once, padded with their last row; and how many are rows."""
    width = 1 << max(0, int(math.log2(max(1, TILE_ENTRIES // outputs))))
    parts = [rows[first : first + width] for first in range(0, len(rows), width)]
    return [(np.concatenate([part, np.repeat(part[-1:], width - len(part))]), len(part)) for part in parts]


@jax.jit
def _ceiling(lanes: Lanes, log_ratio: jax.Array) -> jax.Array:
    ceiling = reward_ceiling(
        (lanes.log_initial + log_ratio).T,
        lanes.log_initial.T,
        lanes.reward.T,
        lanes.values.T,
        lanes.coefficient[0],
    )
    return jnp.asarray(ceiling)


@jax.jit
def _limit_gain(lanes: Lanes) -> jax.Array:
    """The rise of the awaited expectation in the limit of the flow, shape `(lanes,)`."""
    log_optimum = gibbs_log_probabilities(lanes.log_initial.T, lanes.reward.T, lanes.coefficient[0])
    return jnp.sum(jnp.exp(log_optimum) * lanes.values.T, axis=-1)


def _run(batch: _Batch, time_limit: np.ndarray, tolerance: float, on_finished: OnFinished) -> None:
    """Steps every problem until it is reached, proven never to be, censored or failed."""
    count, outputs = batch.log_initial.shape
    everything = np.arange(count)
    limit = np.zeros(count)
    for rows, live in _tiles(everything, outputs):
        lanes = batch.lanes(rows)
        limit[rows[:live]] = np.asarray(_limit_gain(lanes))[:live]
        batch.store(rows, live, begin_tile(lanes))
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
            low = running[limit[running] < batch.increase[running]]
            for rows, live in _tiles(low, outputs):
                lanes = batch.lanes(rows)
                ceiling = np.asarray(_ceiling(lanes, jax.device_put(np.ascontiguousarray(batch.log_ratio[rows].T))))
                below = rows[:live][(ceiling < batch.increase[rows])[:live]]
                code[below] = Status.NEVER
        for columns, members in ((0, running[~stiff[running]]), (COLUMNS, running[stiff[running]])):
            for rows, live in _tiles(members[code[members] == RUNNING], outputs):
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
    reward: Float[AnyArray, "batch outputs"],
    increase: Float[AnyArray, " batch"],
    prompts: Float[AnyArray, " batch"],
    kl_coefficient: Float[AnyArray, " batch"],
    *,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
    on_finished: OnFinished | None = None,
) -> Hitting:
    """First times at which `E_{pi(t)}[reward]` has risen by `increase` along the KL-regularised flow.

    **Arguments** (float64; rows are problems)

    - `initial_log_probabilities`: `ln pi(0)`, normalised; also the reference policy. Minus infinity in places that only
      fill up the array (`theory.padding`).
    - `proxy_reward`: `r_RM`, which the flow maximises, of any scale.
    - `reward`: the reward whose expectation is awaited (`r_G` of the paper's `t_gamma`, Section 2.3).
    - `increase`: `gamma`, in units of `reward`. A rise of zero or less is reached at time zero.
    - `prompts`: `|S|`.
    - `kl_coefficient`: `lambda >= 0`, in units of `proxy_reward`.
    - `relative_tolerance`: aimed-at relative error of each time, at least 1e-13.
    - `horizon`: time after which a problem is censored.
    - `on_finished`: see `sims.hitting_times`.

    **Returns** a `Hitting` of shape `(batch,)`. `never` is proven by `theory.gibbs_policy.reward_ceiling`.
    """
    log_initial = np.array(initial_log_probabilities, np.float64)
    proxy, values = np.array(proxy_reward, np.float64), np.array(reward, np.float64)
    gamma, coefficient = np.array(increase, np.float64), np.array(kl_coefficient, np.float64)
    most_likely = np.argmax(log_initial, axis=-1)[:, None]
    proxy -= np.take_along_axis(proxy, most_likely, axis=-1)
    values -= np.take_along_axis(values, most_likely, axis=-1)
    values -= np.sum(np.exp(log_initial) * values, axis=-1, keepdims=True)
    spread = np.ptp(proxy, axis=-1)
    time = np.zeros(len(gamma))
    error = np.full(len(gamma), np.nan)
    code = np.full(len(gamma), RUNNING, np.int8)
    evaluations = np.zeros(len(gamma), np.int64)

    code[(spread == 0) | (gamma >= np.max(values, axis=-1))] = Status.NEVER
    time[code == Status.NEVER] = np.inf
    at_once = gamma <= 0
    code[at_once], time[at_once], error[at_once] = Status.REACHED, 0.0, 0.0
    finite = (
        (np.isfinite(log_initial) | (log_initial == -np.inf)).all(-1)
        & np.isfinite(proxy).all(-1)
        & np.isfinite(values).all(-1)
    )
    finite &= np.isfinite(gamma) & np.isfinite(coefficient)
    code[~finite], time[~finite], error[~finite] = Status.FAILED, 0.0, np.nan

    rows = np.flatnonzero(code == RUNNING)
    report = on_finished or (lambda finished: None)
    report(len(gamma) - len(rows))
    if len(rows):
        scale = spread[rows]
        unit = np.asarray(prompts, np.float64)[rows] / scale
        batch = _Batch(
            log_initial[rows], proxy[rows] / scale[:, None], values[rows], gamma[rows], coefficient[rows] / scale
        )
        with jax.enable_x64(True):
            _run(batch, np.minimum(horizon / unit, 1e200), relative_tolerance, report)
        code[rows] = batch.scalars["code"]
        time[rows] = np.where(code[rows] == Status.NEVER, np.inf, batch.scalars["time"] * unit)
        error[rows] = np.where(code[rows] == Status.REACHED, ERROR_SAFETY * batch.scalars["relative_error"], np.nan)
        evaluations[rows] = batch.scalars["evaluations"]
        late = (time > horizon) & (code == Status.REACHED)
        late |= (time > horizon) & (code == Status.CENSORED)
        vague = (code == Status.REACHED) & (error > WORST_REPORTED_ERROR)
        time[late] = horizon
        code[late | vague] = Status.CENSORED
        error[late | vague] = np.nan
    return Hitting(time, error, code, evaluations)
