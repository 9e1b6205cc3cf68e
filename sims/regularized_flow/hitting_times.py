"""Hitting times of the KL-regularised tabular gradient flow, for batches of problems (integrator: ours).

`d theta / dt = (1 / |S|) grad phi(theta)` (paper, Eq (4) and Lemma 7) has no known closed reduction for `lambda > 0`,
and turns stiff when a rare good output has to grow while the others sit at their quasi-equilibrium. Each problem starts
with an explicit method of order 8 and, once stability rather than accuracy limits its step, goes on with a linearly
implicit one of high order that costs `O(outputs)` per stage. Blocks of problems are stepped side by side in threads.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from sims.exact_flow.curve_sums import padded_outputs
from sims.hitting import WORST_REPORTED_ERROR, Hitting, OnFinished, Status
from sims.parallel.threads import computing_threads, in_threads
from sims.regularized_flow.block import run_block
from sims.regularized_flow.lane_data import Progress, chosen_lanes
from sims.regularized_flow.lanes import Lanes
from sims.regularized_flow.path import regularized_log_probabilities
from sims.regularized_flow.steps import RUNNING
from sims.target_gaps import limit_gap, target_gaps
from theory.arrays import AnyArray

__all__ = ["regularized_hitting_times", "regularized_log_probabilities"]

TILE_ENTRIES = 512
"""Outputs times lanes of a tile: with all stages of a step it stays in a core's second-level cache, and the last few
problems of a batch do not drag many idle lanes along. A second width would compile everything twice."""

TILES_OF_BLOCK = 16
"""Tiles' worth of lanes that one compiled computation holds, on a processor."""

ACCELERATOR_ENTRIES = 2**20
"""The same where there is an accelerator, at most: a step of few lanes takes it as long as one of many."""

ERROR_SAFETY = 4.0
"""What the integrator's error estimates are multiplied with: rigorous enclosures found 3 of 1,069 problems of two
outputs whose true error was up to 2.7 times the estimate."""


def _tile_width(count: int, outputs: int, platform: str) -> int:
    """The lanes of every tile of a run of `count` problems; on a processor whatever their number."""
    entries = TILE_ENTRIES if platform == "cpu" else ACCELERATOR_ENTRIES
    most = 1 << max(0, int(math.log2(max(1, entries // outputs))))
    return most if platform == "cpu" else min(most, 1 << (count - 1).bit_length())


def _run(lanes: Lanes, time_limit: np.ndarray, tolerance: float, on_finished: OnFinished) -> Progress:
    """Steps every lane until it is reached, proven never to be, censored or failed."""
    outputs, count = lanes.proxy_reward.shape
    width = _tile_width(count, outputs, jax.default_backend())
    shape = width * (TILES_OF_BLOCK if width > 1 and jax.default_backend() == "cpu" else 1)
    size = min(shape, max(width, -(-count // computing_threads())))

    def solve(first: int) -> Progress:
        live = min(size, count - first)
        # Places without a lane repeat the last one.
        chosen = np.minimum(np.arange(first, first + shape), first + live - 1)
        block = chosen_lanes(lanes, chosen)
        progress = run_block(block, live, time_limit[chosen], tolerance, width, on_finished)
        return Progress(*(row[0, :live] for row in progress))

    parts = in_threads(solve, range(0, count, size))
    return Progress(*(np.concatenate(rows) for rows in zip(*parts, strict=True)))


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
    unit, lanes = _scaled_lanes(
        *(array[rows] for array in (initial_log_probabilities, proxy, watched, gamma, coefficient))
    )
    unit *= np.asarray(prompts, np.float64)[rows]
    # A largest gap of zero is approached for ever, and not attained.
    never = ~np.isfinite(unit) | (lanes.gaps.max(axis=0, initial=-np.inf) + lanes.gap_error[0] <= 0)
    code[rows[never]], time[rows[never]] = Status.NEVER, np.inf
    rows, unit = rows[~never], unit[~never]
    lanes = chosen_lanes(lanes, np.flatnonzero(~never))
    report = on_finished or (lambda finished: None)
    report(len(gamma) - len(rows))
    if len(rows):
        with jax.enable_x64(True):
            found = _run(lanes, np.minimum(horizon / unit, 1e200), relative_tolerance, report)
        time[rows], error[rows], code[rows] = _verdict(found, horizon, unit)
        evaluations[rows] = found.evaluations
    return Hitting(time, error, code, evaluations)


def _scaled_lanes(
    initial_log_probabilities: np.ndarray,
    proxy: np.ndarray,
    watched: np.ndarray,
    gamma: np.ndarray,
    coefficient: np.ndarray,
) -> tuple[np.ndarray, Lanes]:
    """The unit of time over `|S|` (infinite where nothing moves), and the lanes in units of the proxy's range."""
    spread = np.ptp(proxy, axis=-1)
    # A power of two: rewards that nearly agree keep the digits of their differences.
    scale = np.exp2(np.floor(np.log2(np.where(spread > 0, spread, 1.0))))
    gaps = target_gaps(initial_log_probabilities, proxy, watched, gamma)
    limit = limit_gap(initial_log_probabilities, proxy, watched, gamma, coefficient)
    unit = np.where(spread > 0, 1 / scale, np.inf)
    fixed: dict[str, Any] = {
        "initial_log_probabilities": initial_log_probabilities.T,
        "proxy_reward": (proxy / scale[:, None]).T,
        "watched_reward": watched.T,
        "gaps": gaps.gaps.T,
        "gap_error": gaps.error[None],
        "increase": gamma[None],
        "limit_gap": limit.gap[None],
        "limit_error": limit.error[None],
        "coefficient": (coefficient / scale)[None],
    }
    return unit, Lanes(**fixed)


def _verdict(found: Progress, horizon: float, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, relative error and status of lanes that are done."""
    code, error = found.code.copy(), ERROR_SAFETY * found.relative_error
    known = code == Status.REACHED
    vague = known & (found.doubtful | ~(error <= WORST_REPORTED_ERROR))
    code[vague] = Status.ILL_CONDITIONED
    known &= ~vague
    time, safe = found.time * unit, found.safe_time * unit
    # Later than the horizon, or perhaps later: it is not reached before what is certain.
    least = np.where(known, time * (1 - np.where(known, error, 0.0)), safe)
    code[(known & (time > horizon)) | (~known & (code != Status.NEVER) & (least >= horizon))] = Status.CENSORED
    reached = code == Status.REACHED
    time = np.where(reached, time, np.minimum(least, horizon))
    return np.where(code == Status.NEVER, np.inf, time), np.where(reached, error, np.nan), code
