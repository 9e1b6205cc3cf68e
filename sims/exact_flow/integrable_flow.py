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
from sims.exact_flow.curve_lane import PANEL_ROUNDING, START_ROUNDING, make_advance
from sims.exact_flow.curve_sums import padded_outputs
from sims.exact_flow.gauss_panel import gauss_panel
from sims.exact_flow.lane_state import LaneConstants, LaneState, start_lanes
from sims.hitting import WORST_REPORTED_ERROR, Hitting, OnFinished, Status
from sims.parallel.threads import computing_threads, in_threads
from sims.target_gaps import target_gaps
from theory.arrays import AnyArray

NODES = 12
"""Gauss-Legendre nodes per panel."""

LARGEST_BLOCK = 16_384
"""Lanes that one compiled computation holds at most."""

BLOCK_NUMBERS = 2**25
"""Numbers per array (outputs times lanes) that one compiled computation holds at most: 256 MiB in float64."""

MOST_TILE_LANES = {"cpu": 96}
"""Lanes of a tile at most: on a CPU what its first cache holds; an accelerator takes `ACCELERATOR_TILE`."""

TILE_NUMBERS = {"cpu": 2**11}
"""Outputs times lanes of a tile aimed for, where that makes at least four lanes; elsewhere `ACCELERATOR_NUMBERS`."""

ACCELERATOR_TILE, ACCELERATOR_NUMBERS = 4096, 2**22


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
    gaps, gap_error = target_gaps(log_p, proxy, watched, gamma)
    arrays = [log_p, proxy, gaps, gap_error, prompt_count]
    batch, outputs = log_p.shape
    shape_outputs = padded_outputs(outputs)
    devices = jax.devices()
    # Several devices divide every block; several threads have blocks of their own.
    threads = computing_threads()
    limit = max(1, min(LARGEST_BLOCK, BLOCK_NUMBERS // shape_outputs))
    lanes = min(_padded_lanes(-(-batch // (threads * len(devices)))), limit)
    size = min(lanes * len(devices), -(-batch // threads))
    tile = tile_width(lanes, shape_outputs, devices[0].platform)
    compiled = _block_solver(tile, len(devices))

    def solve(first: int) -> list[np.ndarray]:
        block = [_in_lanes(a[first : first + size], lanes * len(devices), shape_outputs) for a in arrays]
        # Probability zero for the outputs that only fill up the shape; their rewards repeat the last output's.
        block[0][outputs:] = -np.inf
        count = min(size, batch - first)
        active = np.arange(lanes * len(devices)) < count
        result = compiled(*block, active, np.float64(horizon), np.float64(relative_tolerance))
        solved = [np.asarray(a)[:count] for a in result]
        if on_finished is not None:
            on_finished(count)
        return solved

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
    outputs = padded_outputs(initial.size)
    size = min(times.size, LARGEST_BLOCK, max(1, BLOCK_NUMBERS // outputs))
    lanes = _padded_lanes(size)
    columns = [np.tile(np.asarray(a, np.float64), (size, 1)) for a in (initial, proxy_reward)]
    columns = [_in_lanes(a, lanes, outputs) for a in columns]
    columns[0][initial.size :] = -np.inf
    rows, errors = [], []
    with jax.enable_x64(True):
        for first in range(0, times.size, size):
            chosen = times[first : first + size]
            padded = _in_lanes(chosen, lanes, outputs)
            tile = tile_width(lanes, outputs, jax.default_backend())
            path, error = _solve_path(
                *columns, padded, np.float64(prompts), np.arange(lanes) < chosen.size, tile_lanes=tile
            )
            rows.append(np.asarray(path)[: initial.size, : chosen.size].T)
            errors.append(np.asarray(error)[: chosen.size])
    path, error = np.concatenate(rows), np.concatenate(errors)
    path[times == 0], error[times == 0] = initial, 0.0
    return path, error


def tile_width(lanes: int, outputs: int, platform: str) -> int:
    """How many of so many lanes are advanced together."""
    numbers, most = TILE_NUMBERS.get(platform, ACCELERATOR_NUMBERS), MOST_TILE_LANES.get(platform, ACCELERATOR_TILE)
    return min(lanes, most, max(4, numbers // outputs))


def _padded_lanes(size: int) -> int:
    """The next of 1, 2, 4, 8, 12, 16, 24, 32, 48, ... lanes, so that few shapes are compiled."""
    if size <= 4:
        return 1 << (size - 1).bit_length()
    unit = 1 << ((size - 1).bit_length() - 2)
    return -(-size // unit) * unit


def _in_lanes(array: np.ndarray, lanes: int, outputs: int) -> np.ndarray:
    """A block in the layout `(outputs, lanes)` or `(lanes,)`, filled up by repeating its last row and column."""
    count = array.shape[0]
    if array.ndim == 1:
        filled = np.empty(lanes)
        filled[:count], filled[count:] = array, array[-1]
        return filled
    filled = np.empty((outputs, lanes))
    filled[: array.shape[1], :count] = array.T
    filled[array.shape[1] :, :count] = array[:, -1]
    filled[:, count:] = filled[:, count - 1 : count]
    return filled


@cache
def _block_solver(tile_lanes: int, devices: int) -> Callable[..., tuple]:
    """`_solve_block` compiled; over several devices the lanes are divided, and each device loops on its own."""
    solve = partial(_solve_block, tile_lanes=tile_lanes)
    if devices == 1:
        return jax.jit(solve)
    mesh = jax.make_mesh((devices,), ("lanes",), axis_types=(AxisType.Auto,))
    lanes, columns = PartitionSpec("lanes"), PartitionSpec(None, "lanes")
    inputs = (columns, columns, columns, lanes, lanes, lanes, PartitionSpec(), PartitionSpec())
    return jax.jit(jax.shard_map(solve, mesh=mesh, in_specs=inputs, out_specs=lanes, check_vma=False))


def _solve_block(
    initial_log_probabilities: jax.Array,
    proxy_reward: jax.Array,
    gaps: jax.Array,
    gap_error: jax.Array,
    prompts: jax.Array,
    active: jax.Array,
    horizon: jax.Array,
    relative_tolerance: jax.Array,
    *,
    tile_lanes: int,
) -> tuple[AnyArray, ...]:
    constants, probability, time_unit = prepare_lanes(
        initial_log_probabilities, proxy_reward, gaps, gap_error, prompts, horizon
    )
    panel = gauss_panel(NODES)
    state = start_lanes(panel, probability, jnp.zeros_like(gap_error))
    stationary = ~jnp.isfinite(time_unit)
    # A largest gap of zero is approached for ever, and not attained.
    unattainable = constants.largest_gap + gap_error <= 0
    state = run_compacted(
        make_advance(panel, relative_tolerance=relative_tolerance, watch_time=False),
        constants,
        state,
        active & ~(stationary | unattainable),
        tile_lanes=tile_lanes,
    )
    never = stationary | unattainable | (state.status == Status.NEVER)
    return (*_verdict(state, constants.horizon, never, time_unit), state.evaluations)


def _verdict(
    state: LaneState, horizon: AnyArray, never: jax.Array, time_unit: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Time, relative error and status of lanes that are done; `horizon` in the lanes' units of time."""
    relative_error = state.time_error / state.time
    reached = state.status == Status.REACHED
    vague = reached & (state.doubtful | ~(relative_error <= WORST_REPORTED_ERROR))
    status = jnp.where(vague, int(Status.ILL_CONDITIONED), state.status)
    # Later than the horizon, or perhaps later: it is not reached before what is certain.
    known = reached & ~vague
    least = jnp.where(known, state.time * (1 - relative_error), state.safe_time)
    beyond = jnp.where(known, state.time > horizon, least >= horizon)
    status = jnp.where(beyond | (known & ~jnp.isfinite(state.time * time_unit)), int(Status.CENSORED), status)
    time = jnp.where(status == Status.REACHED, state.time, jnp.minimum(least, horizon)) * time_unit
    status = jnp.where(never, int(Status.NEVER), status)
    relative_error = jnp.where(status == Status.REACHED, relative_error, jnp.nan)
    return jnp.where(never, jnp.inf, time), relative_error, status


@partial(jax.jit, static_argnames="tile_lanes")
def _solve_path(
    initial_log_probabilities: jax.Array,
    proxy_reward: jax.Array,
    times: jax.Array,
    prompts: jax.Array,
    active: jax.Array,
    *,
    tile_lanes: int,
) -> tuple[jax.Array, jax.Array]:
    prompts = jnp.full_like(times, prompts)
    constants, probability, time_unit = prepare_lanes(
        initial_log_probabilities, proxy_reward, proxy_reward, jnp.zeros_like(times), prompts, jnp.asarray(jnp.inf)
    )
    constants = constants._replace(target=times / time_unit)
    panel = gauss_panel(NODES)
    stationary = ~jnp.isfinite(time_unit)
    state = run_compacted(
        make_advance(panel, relative_tolerance=1e-12, watch_time=True),
        constants,
        start_lanes(panel, probability, jnp.zeros_like(times)),
        active & ~stationary & (constants.target > 0),
        tile_lanes=tile_lanes,
    )
    policy = state.probability / jnp.sum(state.probability, axis=0, keepdims=True)
    known = (state.status == Status.REACHED) | stationary | (times == 0)
    path = jnp.where(known[None], jnp.where(stationary[None], initial_log_probabilities, jnp.log(policy)), jnp.nan)
    # An error of the time shows as far as the policy still moves, d ln p / dt = p a - sum p^2 a.
    gain = constants.proxy_reward - jnp.max(constants.proxy_reward, axis=0, keepdims=True)
    gradient = policy * (gain - jnp.sum(policy * gain, axis=0, keepdims=True))
    speed = jnp.max(jnp.abs(gradient - jnp.sum(policy * gradient, axis=0, keepdims=True)), axis=0)
    size = jnp.max(jnp.where(jnp.isfinite(path), jnp.abs(path), 0.0), axis=0)
    rounding = jnp.finfo(speed.dtype).eps * (START_ROUNDING + PANEL_ROUNDING * state.panels + size)
    error = jnp.where(stationary, 0.0, speed * state.time_error + rounding)
    return path, jnp.where(known, error, jnp.nan)


def prepare_lanes(
    initial_log_probabilities: jax.Array,
    proxy_reward: jax.Array,
    gaps: jax.Array,
    gap_error: jax.Array,
    prompts: jax.Array,
    horizon: jax.Array | float,
) -> tuple[LaneConstants, jax.Array, jax.Array]:
    """Arrays in the lanes' layout and units, the initial policy, and the unit of time (infinite if nothing moves)."""
    weight = jnp.exp(initial_log_probabilities)
    probability = weight / jnp.sum(weight, axis=0, keepdims=True)
    best = jnp.max(proxy_reward, axis=0)
    extent = best - jnp.min(proxy_reward, axis=0)
    # A power of two: rewards that nearly agree keep the digits of their differences.
    size = jnp.exp2(jnp.floor(jnp.log2(jnp.where(extent > 0, extent, 1.0))))
    winner = jnp.max(jnp.where(proxy_reward == best[None], probability, 0.0), axis=0)
    sharing = (proxy_reward == best[None]) & (probability == winner[None])
    sharers = jnp.sum(sharing, axis=0).astype(gaps.dtype)
    time_unit = jnp.where(extent > 0, prompts / size, jnp.inf)
    constants = LaneConstants(
        proxy_reward=proxy_reward / size[None],
        gaps=gaps,
        gap_error=gap_error,
        target=jnp.zeros_like(extent),
        largest_gap=jnp.max(gaps, axis=0),
        limit_gap=jnp.sum(jnp.where(sharing, gaps, 0.0), axis=0) / sharers,
        limit_outputs=sharers,
        horizon=horizon / time_unit,
    )
    return constants, probability, time_unit
