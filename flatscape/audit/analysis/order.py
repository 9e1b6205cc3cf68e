"""The order of teachers by one number each: the probability of every pairwise order, and the prompts it would take."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from flatscape.audit.analysis.levels import expanded_level
from theory.estimators.bootstrap import LEVEL

POWER = 0.8
"""The probability with which a true difference is to be found."""

PRACTICALLY_ZERO = 0.01
"""A mean difference below this part of its deviation between prompts would take about 80,000 of them."""


class PairOrder(NamedTuple):
    """Two teachers, the better one first.

    **Fields**

    - `better`, `worse`: their numbers.
    - `difference`, of the numbers they are ordered by, at least zero; `low`, `high`: its interval.
    - `probability`: the part of the resamples in which the better one is ahead, ties counting half.
    - `decided`: whether the interval excludes zero.
    - `more_prompts`: how many further prompts would be needed to find the observed difference with power 0.8; None if
      it is decided, or if no number would be reasonable; `hopeless`, whether that is so.
    """

    better: int
    worse: int
    difference: float
    low: float
    high: float
    probability: float
    decided: bool
    more_prompts: int | None
    hopeless: bool


def ordered_pairs(
    estimate: Float64[np.ndarray, " models"],
    resampled: Float64[np.ndarray, "resamples models"],
    *,
    columns: Float64[np.ndarray, "models prompts"],
    are_means: bool = True,
    level: float = LEVEL,
) -> tuple[list[int], list[PairOrder]]:
    """The models from the best to the worst, and every pair of them.

    **Arguments**

    - `estimate`: the higher the better, minus infinity where nothing is reached; `resampled`: of resampled prompts.
    - `columns`: numbers of single prompts, NaN where there is none; `are_means`: whether the estimates are their means.
      If not, the deviation between prompts is taken from the resamples.

    **Example**

    >>> import numpy as np
    >>> columns = np.array([[0.0, 0.5], [1.0, 0.9]])
    >>> order, (pair,) = ordered_pairs(columns.mean(axis=1), np.array([[0.0, 1.0], [0.5, 0.9]]), columns=columns)
    >>> order, pair.probability, pair.decided
    ([1, 0], 1.0, True)
    """
    order = [int(k) for k in np.argsort(-np.where(np.isnan(estimate), -np.inf, estimate), kind="stable")]
    pairs = []
    for place, better in enumerate(order):
        for worse in order[place + 1 :]:
            drawn = _differences(resampled[:, better], resampled[:, worse])
            found = float(_differences(estimate[[better]], estimate[[worse]])[0])
            apart = columns[better] - columns[worse]
            pairs.append(PairOrder(better, worse, *_compared(found, drawn, apart, are_means, level)))
    return order, pairs


def _compared(
    difference: float, drawn: np.ndarray, apart: np.ndarray, are_means: bool, level: float
) -> tuple[float, float, float, float, bool, int | None, bool]:
    """All fields of a pair after its numbers."""
    apart = apart[~np.isnan(apart)]
    if np.isnan(drawn).any() or np.isnan(difference) or len(apart) < 2:
        return difference, np.nan, np.nan, np.nan, False, None, False
    finite = bool(np.isfinite(drawn).all())
    tail = (1 - expanded_level(level, len(apart))) / 2
    # No middle of a finite and an infinite number is taken.
    low = float(np.quantile(drawn, tail, method="linear" if finite else "lower"))
    high = float(np.quantile(drawn, 1 - tail, method="linear" if finite else "higher"))
    probability = float((np.sign(drawn).mean() + 1) / 2)
    if low > 0:
        return difference, low, high, probability, True, None, False
    if are_means:
        deviation = float(apart.std(ddof=1))
    elif finite:
        deviation = float(drawn.std(ddof=1)) * len(apart) ** 0.5
    else:
        return difference, low, high, probability, False, None, False
    more = further_prompts(difference, deviation, len(apart), level=level)
    return difference, low, high, probability, False, more, more is None


def _differences(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """First less second, where two infinities of one sign are equal."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(first) & (first == second), 0.0, np.subtract(first, second))


def further_prompts(mean: float, deviation: float, prompts: int, *, level: float = LEVEL) -> int | None:
    """How many more prompts would be needed to tell a mean difference from zero, if it is the one observed.

    By the normal approximation, `n = ((z_level + z_power) deviation / mean)^2` in all; at least one more.

    **Arguments**: `deviation`, of the difference between prompts; `prompts`, how many there are.

    **Returns** None if the mean is practically zero.

    >>> further_prompts(0.1, 1.0, 500)
    285
    >>> further_prompts(0.001, 1.0, 500) is None
    True
    """
    if abs(mean) <= PRACTICALLY_ZERO * deviation:
        return None
    normal = NormalDist()
    units = normal.inv_cdf((1 + level) / 2) + normal.inv_cdf(POWER)
    return max(1, int(np.ceil((units * deviation / mean) ** 2)) - prompts)
