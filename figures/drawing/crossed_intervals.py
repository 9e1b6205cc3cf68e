"""Intervals for means over seeds and prompts that are crossed: every seed's run is judged on the same prompts.

A mean over runs and prompts is uncertain for two reasons: other prompts, and other seeds, would have given another.
With `y[s, p] = m + a[s] + b[p] + c[s, p]`, all random, the variance of the mean over `S` seeds and `P` prompts is
`(MS_S + MS_P - MS_SP) / (S P)` in mean squares of the two-way table. Differences of runs that share seeds and prompts
are taken before, value by value, so that what they share cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.optimize import brentq
from scipy.special import stdtrit

from figures.drawing.intervals import LEVEL, mean_interval
from theory.errors import InvalidInputError

LARGEST_RATIO = 1e6
"""Beyond which the end of a ratio's interval is not looked for."""

Crossed = Float64[np.ndarray, "seeds prompts"]


class Interval(NamedTuple):
    """A number with the ends of its 95% interval; infinite ends say that there is no bound, NaN that there is none."""

    value: float
    low: float
    high: float

    @property
    def includes_zero(self) -> bool:
        """Whether the sign cannot be told; also if there is no interval."""
        return not (self.low > 0 or self.high < 0)


def crossed_mean(values: Crossed) -> Interval:
    """The mean of a table of seeds by prompts, with a 95% interval for other seeds and other prompts.

    Components of variance by analysis of variance, those that come out negative set to zero; Student's t with the
    degrees of freedom of F. E. Satterthwaite, "An Approximate Distribution of Estimates of Variance Components",
    Biometrics Bulletin 2, 1946. Where seeds decide and there are three of them, that is two degrees of freedom, and the
    interval is as wide as that has to be. A single seed has the interval for other prompts alone.

    **Raises** `InvalidInputError` for no seed, fewer than two prompts, and for numbers that are not finite.
    """
    mean, half = _mean_and_half_width(_checked(values))
    return Interval(mean, mean - half, mean + half)


def crossed_ratio(above: Crossed, below: Float64[np.ndarray, "seeds_below prompts_below"]) -> Interval:
    """The ratio of two means over the same seeds and prompts, with Fieller's 95% interval.

    It holds every ratio `q` at which the mean of `above - q * below` is not told from zero. (E. C. Fieller, "Some
    Problems in Interval Estimation", Journal of the Royal Statistical Society B 16, 1954.) Where the mean of `below` is
    itself not told from zero, the interval has no bound.

    **Raises** `InvalidInputError` as `crossed_mean`, and for tables of different shapes.
    """
    a, b = _checked(above), _checked(below)
    if a.shape != b.shape:
        raise InvalidInputError("above, below", f"shapes {a.shape}, {b.shape}", "Give the same seeds and prompts.")
    if b.mean() == 0:
        return Interval(math.nan, -math.inf, math.inf)
    ratio = float(a.mean() / b.mean())
    if crossed_mean(b).includes_zero:
        return Interval(ratio, -math.inf, math.inf)

    def excess(q: float) -> float:
        mean, half = _mean_and_half_width(a - q * b)
        return abs(mean) - half

    return Interval(ratio, *(_end(excess, ratio, side) for side in (-1.0, 1.0)))


def resample_weights(rng: np.random.Generator, number: int, resamples: int) -> Float64[np.ndarray, "resamples number"]:
    """Weights of `number` things in bootstrap samples, each row with the sum one.

    Of `number` things `number - 1` are drawn with replacement, so that the variance of a resampled mean is that of the
    mean itself, which matters if there are three. (J. N. K. Rao and C. F. J. Wu, "Resampling Inference with Complex
    Survey Data", Journal of the American Statistical Association 83, 1988.) Seeds and prompts are resampled
    independently. (A. B. Owen, "The Pigeonhole Bootstrap", Annals of Applied Statistics 1, 2007.)

    **Raises** `InvalidInputError` for fewer than two things.
    """
    if number < 2:
        raise InvalidInputError("number", number, "Give two things or more: one cannot be resampled.")
    return rng.multinomial(number - 1, np.full(number, 1 / number), resamples) / (number - 1)


def percentile_interval(value: float, resampled: Float64[np.ndarray, " resamples"]) -> Interval:
    """A number with the percentile interval of its resamples; no interval if more than 2.5% of them are undefined."""
    undefined = np.isnan(resampled)
    tail = (1 - LEVEL) / 2
    if math.isnan(value) or undefined.mean() > tail:
        return Interval(value, math.nan, math.nan)
    low, high = np.quantile(resampled[~undefined], [tail, 1 - tail])
    return Interval(value, float(low), float(high))


def _checked(values: np.ndarray) -> np.ndarray:
    if values.ndim != 2 or values.shape[0] < 1 or values.shape[1] < 2:
        raise InvalidInputError("values", f"shape {values.shape}", "Give a seed and two prompts, or more.")
    if not np.isfinite(values).all():
        raise InvalidInputError("values", "numbers that are not finite", "Leave out prompts that were not scored.")
    return values


def _mean_and_half_width(values: np.ndarray) -> tuple[float, float]:
    seeds, prompts = values.shape
    mean = float(values.mean())
    if seeds == 1:
        return mean, float(mean_interval(values[0])[1])
    by_seed, by_prompt = values.mean(axis=1), values.mean(axis=0)
    rest = values - by_seed[:, None] - by_prompt[None, :] + mean
    squares = np.array(
        [
            prompts * np.sum((by_seed - mean) ** 2) / (seeds - 1),
            seeds * np.sum((by_prompt - mean) ** 2) / (prompts - 1),
            np.sum(rest**2) / ((seeds - 1) * (prompts - 1)),
        ]
    )
    counted = np.array([squares[0] > squares[2], squares[1] > squares[2], 0.0])
    counted[2] = 1 - counted.sum()
    total = float(counted @ squares)
    if total <= 0:
        return mean, 0.0
    degrees = np.array([seeds - 1, prompts - 1, (seeds - 1) * (prompts - 1)])
    freedom = total**2 / float(np.sum((counted * squares) ** 2 / degrees))
    return mean, float(stdtrit(freedom, (1 + LEVEL) / 2)) * math.sqrt(total / values.size)


def _end(excess: Callable[[float], float], start: float, side: float) -> float:
    """Where the excess turns positive on one side of a point at which it is not."""
    step = 1e-3 * max(1.0, abs(start))
    inner = start
    while excess(outer := start + side * step) <= 0:
        if step > LARGEST_RATIO:
            return side * math.inf
        inner, step = outer, 2 * step
    return float(brentq(excess, inner, outer)) if excess(inner) < 0 else inner
