"""The run of one block of lanes: explicit steps, then implicit ones, and proofs that a target is never reached.

All stepping happens inside compiled computations, in which lanes that are done make room for lanes that wait. The host
takes over where lanes turn stiff, and now and then to look whether a target that lies above the limit of the flow can
still be reached on the way.
"""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from sims.hitting import OnFinished, Status
from sims.regularized_flow.lane_data import (
    CODE,
    LaneData,
    Limits,
    Progress,
    chosen_lanes,
    fixed_data,
    read_progress,
)
from sims.regularized_flow.lanes import Lanes
from sims.regularized_flow.step_control import COLUMNS
from sims.regularized_flow.steps import ROUND, RUNNING, STIFF, advance_lanes, begin_lanes
from theory.arrays import AnyArray
from theory.compilation import compiled_sooner
from theory.tabular.gibbs_policy import reward_ceiling

MOST_ATTEMPTS = 2000
"""Attempted steps after which a problem is censored."""

EARLY_LOOKS, LATE_ROUNDS = 3, 4
"""So many times a target above the limit is looked at after every `ROUND` attempted steps, then every so many."""

LARGE = 4096
"""Outputs from which the host takes over as often whatever the target: a step takes long, and may be interrupted."""


def run_block(
    lanes: Lanes, live: int, time_limit: np.ndarray, tolerance: float, tile_lanes: int, on_finished: OnFinished
) -> Progress:
    """Steps the first `live` lanes until each is reached, proven never to be, censored or failed.

    **Arguments**: `lanes`, NumPy arrays; `time_limit` in `tau`, shape `(lanes,)`; `tolerance`, the aimed-at relative
    error of times; `tile_lanes`, how many are stepped together.

    **Returns** NumPy arrays, shape `(1, lanes)`.
    """
    count = len(time_limit)
    data = fixed_data(lanes, Limits(np.zeros((1, count)), time_limit[None]))
    columns = jax.device_put(data.columns)
    moving = begin_lanes(LaneData(columns, data.numbers))
    numbers = np.array(moving.numbers)
    numbers[CODE, live:] = Status.CENSORED
    low = (lanes.limit_gap - lanes.limit_error)[0] < 0
    large = lanes.initial_log_probabilities.shape[0] >= LARGE
    stiff = np.zeros(count, bool)
    finished = 0
    for number in itertools.count():
        progress = read_progress(LaneData(moving.columns, numbers))
        code = progress.code[0]
        spent = (progress.attempts[0] >= MOST_ATTEMPTS) | (progress.time[0] >= time_limit)
        code[(code == RUNNING) & spent] = Status.CENSORED
        code[_out_of_reach(lanes, moving.columns, np.flatnonzero(low & (code == RUNNING)), tile_lanes)] = Status.NEVER
        numbers[CODE] = code
        running = code == RUNNING
        done = live - int(np.count_nonzero(running))
        on_finished(done - finished)
        finished = done
        if finished == live:
            return read_progress(LaneData(moving.columns, numbers))
        patience = ROUND if number < EARLY_LOOKS else ROUND * LATE_ROUNDS
        data.numbers[-2] = np.where(
            low | large, np.minimum(progress.attempts[0] + patience, MOST_ATTEMPTS), MOST_ATTEMPTS
        )
        for method in (0, COLUMNS):
            chosen = (numbers[CODE] == RUNNING) & (stiff == (method > 0))
            if chosen.any():
                moving = advance_lanes(
                    LaneData(columns, data.numbers),
                    LaneData(moving.columns, numbers),
                    chosen,
                    np.float64(tolerance),
                    columns=method,
                    tile_lanes=tile_lanes,
                )
                numbers = np.array(moving.numbers)
                stiff |= numbers[CODE] == STIFF
                numbers[CODE] = np.where(numbers[CODE] == STIFF, RUNNING, numbers[CODE])
    raise AssertionError("Every lane ends.")


def _out_of_reach(lanes: Lanes, moving: AnyArray, rows: np.ndarray, width: int) -> np.ndarray:
    """Which of the lanes numbered `rows` will never reach their target, looked at `width` at a time."""
    if not rows.size:
        return rows
    log_ratio = np.asarray(moving[0])
    found = []
    for first in range(0, len(rows), width):
        own = rows[first : first + width]
        tile = np.concatenate([own, np.repeat(own[-1:], width - len(own))])
        data = chosen_lanes(lanes, tile)
        ceiling = np.asarray(_ceiling(data, log_ratio[:, tile]))
        found.append(own[(ceiling < -lanes.gap_error[0][tile])[: len(own)]])
    return np.concatenate(found)


@compiled_sooner()
def _ceiling(lanes: Lanes, log_ratio: jax.Array) -> jax.Array:
    """What the gap to the target never exceeds from now on."""
    log_policy = jax.nn.log_softmax((lanes.initial_log_probabilities + log_ratio).T, axis=-1)
    return jnp.asarray(
        reward_ceiling(
            log_policy, lanes.initial_log_probabilities.T, lanes.proxy_reward.T, lanes.gaps.T, lanes.coefficient[0]
        )
    )
