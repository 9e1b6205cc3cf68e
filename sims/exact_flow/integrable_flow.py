"""Hitting times and trajectories of the tabular policy-gradient flow without KL term, by its exact reduction."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, PartitionSpec
from jaxtyping import Float

from sims.exact_flow.compaction import run_compacted
from sims.exact_flow.curve_lane import make_advance
from sims.exact_flow.curve_sums import FEW_OUTPUTS, padded_outputs
from sims.exact_flow.gauss_panel import gauss_panel
from sims.exact_flow.lane_outcomes import policies_of, verdict_of
from sims.exact_flow.lane_preparation import filled_up, prepare_lanes
from sims.exact_flow.lane_state import LaneConstants, LaneNumbers, LaneState, start_lanes
from sims.hitting import Hitting, OnFinished, Status
from sims.parallel.threads import computing_threads, in_threads
from sims.target_gaps import target_gaps
from theory.arrays import AnyArray
from theory.compilation import compiled_sooner

NODES = 12
"""Gauss-Legendre nodes per panel."""

PATH_TOLERANCE = 1e-12
"""Relative tolerance of the times at which policies are asked for."""

SMALL_BLOCK, LARGEST_BLOCK = 1024, 16_384
"""Lanes that one compiled computation holds: of few outputs the first number or the second, whatever the batch."""

BLOCK_NUMBERS = 2**25
"""Numbers per array (outputs times lanes) that one compiled computation holds at most: 256 MiB in float64."""

MOST_TILE_LANES = {"cpu": 96}
"""Lanes of a tile at most: on a CPU what its first cache holds; an accelerator takes `ACCELERATOR_TILE`."""

TILE_NUMBERS = {"cpu": 2**11}
"""Outputs times lanes of a tile aimed for, where that makes at least four lanes; elsewhere `ACCELERATOR_NUMBERS`."""

ACCELERATOR_TILE, ACCELERATOR_NUMBERS = 4096, 2**22

SOONER_OUTPUTS = 32
"""Up to so many outputs `theory.compilation.compiled_sooner` costs no speed; of 64 it costs a sixth."""


def integrable_hitting_times(
    initial_log_probabilities: Float[AnyArray, "batch outputs"],
    proxy_reward: Float[AnyArray, "batch outputs"],
    watched_reward: Float[AnyArray, "batch outputs"],
    increase: Float[AnyArray, " batch"],
    prompts: Float[AnyArray, " batch"],
    *,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
    on_finished: OnFinished | None = None,
) -> Hitting:
    """`t_gamma` of a batch of tabular problems with `lambda = 0`, by `theory.tabular.integrable`.

    **Arguments** (any real arrays, taken as float64)

    - `initial_log_probabilities`: `ln pi_theta(0)`, normalised, at least -700; or minus infinity in places that only
      fill up the array (`theory.tabular.padding`).
    - `proxy_reward`: `r_RM`, which the flow maximises.
    - `watched_reward`: any reward of the same shape (usually `r_G`); its expectation need not be monotone.
    - `increase`: `gamma`; the target is the watched expectation at the start plus `gamma`.
    - `prompts`: `|S|`; time is proportional to it.
    - `relative_tolerance`: of `t_gamma`; what is reached is usually far better. Between 1e-13 and 1e-3.
    - `horizon`: times beyond it are not searched.
    - `on_finished`: see `sims.hitting_times`.

    **Returns** a `Hitting` of NumPy arrays, shape `(batch,)`. `never` is a proof (see
    `theory.tabular.integrable.eventual_reward_bound`) up to rounding; `censored` means that the horizon, a time of
    1e300, or the limit of work per problem came first.

    Input is not checked here: `sims.hitting_times` does that. Source: ours (statement S5).
    """
    log_p, proxy, watched, gamma, prompt_count = (
        np.asarray(a, dtype=np.float64)
        for a in (initial_log_probabilities, proxy_reward, watched_reward, increase, prompts)
    )
    batch, outputs = log_p.shape
    shape_outputs = padded_outputs(outputs)
    devices = jax.devices()
    # Several devices divide every block; several threads have blocks of their own.
    threads = computing_threads()
    limit = max(1, min(LARGEST_BLOCK, BLOCK_NUMBERS // shape_outputs))
    lanes = min(_padded_lanes(-(-batch // (threads * len(devices))), shape_outputs), limit)
    size = min(lanes * len(devices), -(-batch // threads))
    tile = tile_width(lanes, shape_outputs, devices[0].platform)
    compiled = _block_solver(tile, len(devices), sooner=shape_outputs <= SOONER_OUTPUTS)

    def solve(first: int) -> list[np.ndarray]:
        part = slice(first, first + size)
        gaps, gap_error = target_gaps(log_p[part], proxy[part], watched[part], gamma[part])
        by_lane = [np.asarray(a.T, order="C") for a in (log_p[part], proxy[part], gaps)]
        constants, probability, time_unit = prepare_lanes(
            by_lane[0], by_lane[1], by_lane[2], gap_error, prompt_count[part], horizon
        )
        count = len(gap_error)
        stationary = ~np.isfinite(time_unit)
        # A largest gap of zero is approached for ever, and not attained.
        out_of_reach = stationary | (constants.largest_gap + constants.gap_error <= 0)
        filled = filled_up(constants, probability, ~out_of_reach, lanes * len(devices), shape_outputs)
        found = LaneNumbers(*np.asarray(compiled(*filled, np.float64(relative_tolerance)).rows)[:, :count])
        verdict = verdict_of(found, constants.horizon, out_of_reach | (found.status == Status.NEVER), time_unit)
        if on_finished is not None:
            on_finished(count)
        return [*verdict, np.asarray(found.evaluations)]

    with jax.enable_x64(True):
        parts = in_threads(solve, range(0, batch, size))
    time, relative_error, status, evaluations = (np.concatenate(column) for column in zip(*parts, strict=True))
    at_once = gamma <= 0
    time, relative_error = np.where(at_once, 0.0, time), np.where(at_once, 0.0, relative_error)
    status = np.where(at_once, Status.REACHED, status)
    return Hitting(time, relative_error, status.astype(np.int8), evaluations.astype(np.int64))


def integrable_log_probabilities(
    initial_log_probabilities: Float[AnyArray, " outputs"],
    proxy_reward: Float[AnyArray, " outputs"],
    prompts: float,
    times: Float[AnyArray, " times"],
) -> tuple[Float[np.ndarray, "times outputs"], Float[np.ndarray, " times"]]:
    """`ln pi_theta(t)` of one tabular problem with `lambda = 0` at given times, by `theory.tabular.integrable`.

    **Arguments**

    - `initial_log_probabilities`, `proxy_reward`: as in `integrable_hitting_times`, shape `(outputs,)`.
    - `prompts`: `|S|`.
    - `times`: at least zero, in any order, shape `(times,)`.

    **Returns** float64, shape `(times, outputs)`, each row normalised, and an estimate of its largest error each time
    (of any finite `ln pi`, in nats), shape `(times,)`. Log-probabilities are minus infinity for probabilities that have
    fallen below the smallest float64, and NaN in rows of times out of reach (beyond 1e300 in units of the slowest
    change), the error NaN with them. Source: ours (statement S5).
    """
    initial = np.asarray(initial_log_probabilities, np.float64)
    times = np.asarray(times, np.float64)
    if not times.size:
        return np.empty((0, initial.size)), np.empty(0)
    if np.ptp(proxy_reward) == 0:
        return np.tile(initial, (times.size, 1)), np.zeros(times.size)
    outputs = padded_outputs(initial.size)
    size = min(times.size, LARGEST_BLOCK, max(1, BLOCK_NUMBERS // outputs))
    lanes = _padded_lanes(size, outputs)
    start, proxy = initial[:, None], np.asarray(proxy_reward, np.float64)[:, None]
    constants, probability, time_unit = prepare_lanes(
        start, proxy, proxy, np.zeros(1), np.full(1, float(prompts)), np.inf
    )
    tile = tile_width(lanes, outputs, jax.default_backend())
    compiled = _block_solver(tile, 1, sooner=outputs <= SOONER_OUTPUTS, watch_time=True)
    rows, errors = [], []
    with jax.enable_x64(True):
        for first in range(0, times.size, size):
            target = times[first : first + size] / time_unit
            repeated = LaneConstants(*(np.repeat(array, target.size, axis=1) for array in constants)).until(target)
            filled = filled_up(repeated, np.repeat(probability, target.size, axis=1), target > 0, lanes, outputs)
            state = compiled(*filled, np.float64(PATH_TOLERANCE))
            path, error = policies_of(repeated, state)
            rows.append(path.T)
            errors.append(error)
    path, error = np.concatenate(rows), np.concatenate(errors)
    path[times == 0], error[times == 0] = initial, 0.0
    return path, error


def tile_width(lanes: int, outputs: int, platform: str) -> int:
    """How many of so many lanes are advanced together."""
    numbers, most = TILE_NUMBERS.get(platform, ACCELERATOR_NUMBERS), MOST_TILE_LANES.get(platform, ACCELERATOR_TILE)
    return min(lanes, most, max(4, numbers // outputs))


def _padded_lanes(size: int, outputs: int) -> int:
    """The lanes of a block that holds so many problems. Of many outputs the next of 1, 2, 4, 8, 12, 16, 24, 32, ..."""
    if outputs <= FEW_OUTPUTS:
        return SMALL_BLOCK if size <= SMALL_BLOCK else LARGEST_BLOCK
    if size <= 4:
        return 1 << (size - 1).bit_length()
    unit = 1 << ((size - 1).bit_length() - 2)
    return -(-size // unit) * unit


@cache
def _block_solver(tile_lanes: int, devices: int, *, sooner: bool, watch_time: bool = False) -> Callable[..., LaneState]:
    """`_walked` compiled; over several devices the lanes are divided, and each device loops on its own."""
    solve = partial(_walked, tile_lanes=tile_lanes, watch_time=watch_time)
    if devices == 1:
        return compiled_sooner()(solve) if sooner else jax.jit(solve)
    mesh = jax.make_mesh((devices,), ("lanes",), axis_types=(AxisType.Auto,))
    lanes, columns = PartitionSpec("lanes"), PartitionSpec(None, "lanes")
    inputs = (columns, columns, lanes, PartitionSpec())
    return jax.jit(jax.shard_map(solve, mesh=mesh, in_specs=inputs, out_specs=columns, check_vma=False))


def _walked(
    constants: LaneConstants,
    probability: jax.Array,
    active: jax.Array,
    relative_tolerance: jax.Array,
    *,
    tile_lanes: int,
    watch_time: bool,
) -> LaneState:
    """The lanes where they end. Nothing else is compiled: what is done once to a lane, NumPy does."""
    panel = gauss_panel(NODES)
    return run_compacted(
        make_advance(panel, relative_tolerance=relative_tolerance, watch_time=watch_time),
        constants,
        start_lanes(panel, probability, jnp.zeros(probability.shape[1:])),
        active,
        tile_lanes=tile_lanes,
    )
