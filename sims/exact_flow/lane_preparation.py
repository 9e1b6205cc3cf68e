"""What is done once to the lanes before they walk: their units, and the shape in which they are compiled."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from sims.exact_flow.lane_state import LaneConstants
from theory.arrays import AnyArray


def prepare_lanes(
    initial_log_probabilities: AnyArray,
    proxy_reward: AnyArray,
    gaps: AnyArray,
    gap_error: AnyArray,
    prompts: AnyArray,
    horizon: AnyArray | float,
) -> tuple[LaneConstants, Any, Any]:
    """Arrays in the lanes' layout and units, the initial policy, and the unit of time (infinite if nothing moves).

    Of NumPy arrays, NumPy arrays; of JAX arrays, JAX arrays (traceable).
    """
    xp: Any = np if isinstance(proxy_reward, np.ndarray) else jnp
    weight = xp.exp(initial_log_probabilities)
    probability = weight / xp.sum(weight, axis=0, keepdims=True)
    best = xp.max(proxy_reward, axis=0)
    extent = best - xp.min(proxy_reward, axis=0)
    # A power of two: rewards that nearly agree keep the digits of their differences.
    size = xp.exp2(xp.floor(xp.log2(xp.where(extent > 0, extent, 1.0))))
    winner = xp.max(xp.where(proxy_reward == best[None], probability, 0.0), axis=0)
    sharing = (proxy_reward == best[None]) & (probability == winner[None])
    sharers = xp.sum(sharing, axis=0).astype(gaps.dtype)
    time_unit = xp.where(extent > 0, prompts / size, xp.inf)
    # Where nothing moves there is no horizon.
    horizon = xp.where(extent > 0, horizon, 0.0) / time_unit
    limit_gap = xp.sum(xp.where(sharing, gaps, 0.0), axis=0) / sharers
    numbers = [gap_error, xp.max(gaps, axis=0), limit_gap, sharers, horizon, xp.zeros_like(extent)]
    return LaneConstants(proxy_reward / size[None], gaps, xp.stack(numbers)), probability, time_unit


def filled_up(
    constants: LaneConstants, probability: np.ndarray, active: np.ndarray, lanes: int, outputs: int
) -> tuple[LaneConstants, np.ndarray, np.ndarray]:
    """A block in the shape that is compiled: with inactive lanes, which repeat the last one, and with outputs of
    probability zero, which repeat the last one's rewards."""

    def filled(array: AnyArray, rows: int) -> np.ndarray:
        whole = np.empty((rows, lanes))
        given, count = array.shape
        whole[:given, :count], whole[given:, :count] = array, array[-1]
        whole[:, count:] = whole[:, count - 1 : count]
        return whole

    likely = filled(probability, outputs)
    likely[len(probability) :] = 0.0
    proxy, gaps = (filled(array, outputs) for array in (constants.proxy_reward, constants.gaps))
    numbers = filled(constants.numbers, len(constants.numbers))
    running = np.arange(lanes) < len(active)
    running[: len(active)] = active
    return LaneConstants(proxy, gaps, numbers), likely, running
