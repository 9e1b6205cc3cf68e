"""Problems whose hitting times may leave the range of float64 in the unit of time that they are given in.

Rewards that differ by 1e-310 are learnt at times around 1e310. Multiplying the proxy reward and the KL coefficient by a
constant divides all times by it (statement `time-rescaling`), and so does dividing the number of prompts. Such problems
are solved with both near one; a time beyond float64 is then `censored`, neither `never` nor infinite.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float64

from sims.hitting import Hitting, Status

LARGEST = float(np.finfo(np.float64).max)
SAFE_LOG_TIME = 290 * np.log(10.0)
"""Times below e to this power are far from the end of the range."""


def is_extreme(
    initial_log_probabilities: Float64[np.ndarray, "batch outputs"],
    proxy_reward: Float64[np.ndarray, "batch outputs"],
    prompts: Float64[np.ndarray, " batch"],
) -> Bool[np.ndarray, " batch"]:
    """Whether times of a problem's size may come near the end of float64's range: prompts over the range of the proxy
    reward and the smallest probability, which is how long the rarest output takes to grow."""
    span = np.ptp(proxy_reward, axis=-1)
    # Outputs of probability zero fill up a smaller problem (`theory.tabular.padding`).
    rarest = np.min(initial_log_probabilities, axis=-1, where=np.isfinite(initial_log_probabilities), initial=0.0)
    with np.errstate(divide="ignore"):
        size = np.log(prompts) - np.log(span) - rarest
    return (span > 0) & (size > SAFE_LOG_TIME)


def solve_rescaled(
    solve: Callable[[Float64[np.ndarray, "batch outputs"], Float64[np.ndarray, " batch"]], Hitting],
    proxy_reward: Float64[np.ndarray, "batch outputs"],
    prompts: Float64[np.ndarray, " batch"],
    coefficient: Float64[np.ndarray, " batch"],
    horizon: float,
) -> Hitting:
    """Hitting times by way of problems with one prompt and a proxy reward whose range is near one.

    **Arguments**: `solve`: gives the hitting times of the problems with these proxy rewards and KL coefficients
    instead, with one prompt and without a horizon; the others as in `sims.hitting_times`, in the unit of time given.

    **Returns** a `Hitting` in the unit of time given. A time beyond float64's range is `censored` at its end.
    """
    # Powers of two change no digit, and reach further than the numbers that have them as their exponents.
    exponent = -np.frexp(np.ptp(proxy_reward, axis=-1))[1]
    with np.errstate(over="ignore"):
        scaled = np.ldexp(coefficient, exponent)
    beyond = np.isinf(scaled)
    found = solve(np.ldexp(proxy_reward, exponent[:, None]), np.where(beyond, LARGEST / 2, scaled))
    status, error = np.array(found.status), np.array(found.relative_error)
    with np.errstate(over="ignore"):
        time = np.ldexp(np.asarray(found.time) * prompts, exponent)
    running = status != Status.NEVER
    late = running & ((time > horizon) | np.isinf(time))
    time[late] = min(horizon, LARGEST)
    # With a smaller KL coefficient than was asked for, only that the target is never reached carries over.
    time[running & beyond] = 0.0
    late |= running & beyond
    status[late], error[late] = Status.CENSORED, np.nan
    return Hitting(time, error, status, np.asarray(found.evaluations))
