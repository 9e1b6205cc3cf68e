"""When a mean over many prompts has risen by so much: the first crossing of a curve that is known at some times."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from sims.hitting import Hitting, Status
from theory.arrays import AnyArray

LOOKS = 64
"""Places in each piece of a curve at which it is looked for a crossing."""

HALVINGS = 50


def rises_of_steps(gain: Float[AnyArray, "steps_and_start models"], gains: Float[AnyArray, " gains"]) -> Hitting:
    """The first step at which a mean gain, known at every step, has reached each of `gains`; shape `(gains, models)`.

    The number of steps is exact. What is not reached is censored at the last step.
    """
    above = np.asarray(gain)[None] >= np.asarray(gains)[:, None, None]
    found, last = above.any(axis=1), above.shape[1] - 1
    return step_hitting(np.where(found, above.argmax(axis=1), -1), last)


def step_hitting(first: Int[AnyArray, "*batch"], last_step: int) -> Hitting:
    """First steps as hitting times, where -1 stands for none up to `last_step`."""
    first = np.asarray(first)
    found = first >= 0
    return Hitting(
        np.where(found, first, last_step).astype(float),
        np.where(found, 0.0, np.nan),
        np.where(found, Status.REACHED, Status.CENSORED).astype(np.int8),
        np.where(found, first, last_step).astype(np.int64),
    )


def rises_of_flow(
    times: Float[AnyArray, " times"],
    gain: Float[AnyArray, "models times"],
    rate: Float[AnyArray, "models times"],
    gains: Float[AnyArray, " gains"],
) -> Hitting:
    """The first time at which a mean gain, known at some times with its rate, has reached each of `gains`.

    Between two times the curve is the cubic through both values and rates, in the logarithm of the time (plus the first
    positive one). The error is estimated by leaving out every other time, which makes it about sixteen times larger.

    **Returns** shape `(gains, models)`; censored at the last time where it is not reached.
    """
    times, gain, rate = np.asarray(times), np.asarray(gain), np.asarray(rate)
    shape = (len(gains), len(gain))
    fine, coarse = np.full(shape, np.nan), np.full(shape, np.nan)
    half = np.unique([*range(0, len(times), 2), len(times) - 1])
    for k, wanted in enumerate(np.asarray(gains)):
        for m in range(len(gain)):
            fine[k, m] = _crossing(times, gain[m], rate[m], wanted)
            coarse[k, m] = _crossing(times[half], gain[m, half], rate[m, half], wanted)
    found = ~np.isnan(fine)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.where(np.isnan(coarse), 1.0, np.abs(coarse - fine) / fine)
    return Hitting(
        np.where(found, fine, times[-1]),
        np.where(found, error, np.nan),
        np.where(found, Status.REACHED, Status.CENSORED).astype(np.int8),
        np.full(shape, len(times), np.int64),
    )


def _crossing(times: np.ndarray, gain: np.ndarray, rate: np.ndarray, wanted: float) -> float:
    """The first time at which the curve reaches `wanted`; NaN if it does not."""
    offset = times[times > 0][0] if (times > 0).any() else 1.0
    place = np.log(times + offset)
    slope = rate * (times + offset)
    inside = np.linspace(0, 1, LOOKS + 1)
    for k in range(len(times) - 1):
        length = place[k + 1] - place[k]
        ends = (gain[k] - wanted, gain[k + 1] - wanted, length * slope[k], length * slope[k + 1])
        above = np.flatnonzero(_cubic(inside, *ends) >= 0)
        if above.size:
            low, high = inside[max(above[0] - 1, 0)], inside[above[0]]
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                low, high = (low, middle) if _cubic(middle, *ends) >= 0 else (middle, high)
            return float(np.exp(place[k] + length * high) - offset)
    return float("nan")


def _cubic(
    x: np.ndarray | float, first: float, last: float, first_slope: float, last_slope: float
) -> np.ndarray | float:
    """The cubic on `[0, 1]` with the given values and slopes at its ends (Hermite)."""
    y = 1 - x
    return y * y * ((1 + 2 * x) * first + x * first_slope) + x * x * ((1 + 2 * y) * last - y * last_slope)
