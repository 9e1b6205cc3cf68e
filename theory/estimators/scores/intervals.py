"""Confidence intervals for means of independent values, and for symmetric functions of independent draws."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.special import stdtrit

from theory.errors import InvalidInputError

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """An estimate between two confidence limits.

    Each limit alone is passed by the truth with half of the probability that the interval leaves.
    """

    estimate: float
    lower: float
    upper: float


def student_interval(values: Float64[np.ndarray, " values"], *, confidence: float = CONFIDENCE) -> Interval:
    """Student's interval for the mean of the expectations of independent values.

    Exact for normal values of one distribution, and for any other of finite variance in the limit of many values
    (Student 1908, "The Probable Error of a Mean"; the central limit theorem). For values with different expectations,
    such as one for each prompt of a fixed list, the spread of the expectations is counted as if it were chance, so
    that in that limit the interval is too wide, never too narrow.

    **Arguments**: `values`, at least two; `confidence`, the probability to hold the truth, between 0 and 1.

    **Raises** `InvalidInputError` for fewer values, values that are not finite, and another confidence.

    **Example**

    >>> import numpy as np
    >>> [round(x, 3) for x in student_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.484, 4.484]
    """
    _check_values("values", values)
    spread = float(np.std(values, ddof=1)) / math.sqrt(values.size)
    return _around(float(np.mean(values)), spread, values.size, confidence)


def jackknife_interval(
    estimate: float, left_out: Float64[np.ndarray, " draws"], *, confidence: float = CONFIDENCE
) -> Interval:
    """The jackknife's interval for the expectation of a U-statistic of independent draws from one distribution.

    In the limit of many draws it has the coverage asked for if the statistic's linear part does not vanish (Arvesen
    1969, "Jackknifing U-Statistics"). Where it does vanish (a gradient of zero), the expected variance is
    still at least the true one, whatever the number of draws (Efron and Stein 1981, "The Jackknife Estimate of
    Variance": at least that of one draw less, times (n - 1) / n, which for a U-statistic is no smaller, as
    `n Var(U_n)` falls in `n`, Hoeffding 1948, theorem 5.2).

    **Arguments**

    - `estimate`: the statistic of all draws.
    - `left_out`: the statistic without the draw of that number; at least two draws.
    - `confidence`: the probability to hold the truth, between 0 and 1.

    **Raises** `InvalidInputError` for fewer draws, numbers that are not finite, and another confidence.

    **Example**

    >>> import numpy as np
    >>> [round(x, 3) for x in jackknife_interval(2.0, np.array([2.5, 2.0, 1.5]))]  # a mean: Student's interval
    [2.0, -0.484, 4.484]
    """
    _check_values("left_out", left_out)
    if not math.isfinite(estimate):
        raise InvalidInputError("estimate", estimate, "Give a finite number.")
    count = left_out.size
    spread = math.sqrt((count - 1) / count * float(np.sum(np.square(left_out - np.mean(left_out)))))
    return _around(estimate, spread, count, confidence)


def _around(estimate: float, spread: float, count: int, confidence: float) -> Interval:
    if not 0 < confidence < 1:
        raise InvalidInputError("confidence", confidence, "Give a number between 0 and 1.")
    reach = spread * float(stdtrit(count - 1, (1 + confidence) / 2))
    return Interval(estimate, estimate - reach, estimate + reach)


def _check_values(name: str, values: np.ndarray) -> None:
    if values.size < 2:
        raise InvalidInputError(name, f"{values.size} of them", "Give at least two: one does not tell how they spread.")
    if not np.isfinite(values).all():
        raise InvalidInputError(
            name, values[~np.isfinite(values)][0], "Give finite numbers only (no NaN, no infinity)."
        )
