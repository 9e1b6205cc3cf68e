"""The level at which percentile intervals of few prompts hold what they promise."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, stdtrit


def expanded_level(level: float, prompts: int) -> float:
    """The level of a percentile interval whose length is that of the `t` interval: the expanded percentile interval.

    Percentiles of resampled means are too narrow by `sqrt((n - 1) / n)`, and know nothing of how uncertain the
    deviation is: quantiles are taken at `Phi(-sqrt(n / (n - 1)) t)` instead (Hesterberg 2015, The American
    Statistician 69, 371-386).

    >>> round(expanded_level(0.95, 10), 4), round(expanded_level(0.95, 10_000), 4)
    (0.9829, 0.95)
    """
    if prompts < 2:
        return level
    t = float(stdtrit(prompts - 1, (1 + level) / 2))
    # Above the largest number below one no quantile is left.
    return min(1 - 2 * float(ndtr(-np.sqrt(prompts / (prompts - 1)) * t)), 1 - 2**-52)
