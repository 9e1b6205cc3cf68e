"""What is read off lanes that have ended: hitting times with their verdicts, and policies."""

from __future__ import annotations

import numpy as np

from sims.exact_flow.curve_lane import PANEL_ROUNDING, START_ROUNDING
from sims.exact_flow.lane_state import LaneConstants, LaneNumbers, LaneState
from sims.hitting import WORST_REPORTED_ERROR, Status
from theory.arrays import AnyArray


def verdict_of(
    found: LaneNumbers, horizon: AnyArray, never: np.ndarray, time_unit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, relative error and status of lanes that are done; `horizon` in the lanes' units of time."""
    with np.errstate(all="ignore"):
        relative_error, in_units = found.time_error / found.time, found.time * time_unit
    reached = found.status == Status.REACHED
    vague = reached & ((found.doubtful > 0) | ~(relative_error <= WORST_REPORTED_ERROR))
    status = np.where(vague, int(Status.ILL_CONDITIONED), found.status)
    # Later than the horizon, or perhaps later: it is not reached before what is certain.
    known = reached & ~vague
    least = np.where(known, found.time * (1 - np.where(known, relative_error, 0.0)), found.safe_time)
    beyond = np.where(known, found.time > horizon, least >= horizon)
    status = np.where(beyond | (known & ~np.isfinite(in_units)), int(Status.CENSORED), status)
    time = np.where(status == Status.REACHED, found.time, np.minimum(least, horizon))
    with np.errstate(all="ignore"):
        time = np.where(never, np.inf, time * time_unit)
    status = np.where(never, int(Status.NEVER), status)
    return time, np.where(status == Status.REACHED, relative_error, np.nan), status


def policies_of(constants: LaneConstants, state: LaneState) -> tuple[np.ndarray, np.ndarray]:
    """`ln pi` where the lanes have ended, shape `(outputs, lanes)`, and its errors; NaN where they have not."""
    outputs, count = constants.proxy_reward.shape
    found = LaneNumbers(*np.asarray(state.rows)[:, :count])
    probability = np.asarray(state.probability)[:outputs, :count]
    known = (found.status == Status.REACHED) | (constants.target == 0)
    policy = probability / np.sum(probability, axis=0, keepdims=True)
    with np.errstate(divide="ignore"):
        path = np.where(known[None], np.log(policy), np.nan)
    # An error of the time shows as far as the policy still moves, d ln p / dt = p a - sum p^2 a.
    gain = constants.proxy_reward - np.max(constants.proxy_reward, axis=0, keepdims=True)
    gradient = policy * (gain - np.sum(policy * gain, axis=0, keepdims=True))
    speed = np.max(np.abs(gradient - np.sum(policy * gradient, axis=0, keepdims=True)), axis=0)
    size = np.max(np.where(np.isfinite(path), np.abs(path), 0.0), axis=0)
    rounding = np.finfo(np.float64).eps * (START_ROUNDING + PANEL_ROUNDING * found.panels + size)
    return path, np.where(known, speed * found.time_error + rounding, np.nan)
