"""Means over independent repetitions with the only interval shown in figures: 95%, by Student's t."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from scipy.special import stdtrit

from theory.errors import InvalidInputError

LEVEL = 0.95


def mean_interval(
    values: Float64[np.ndarray, "repetitions ..."],
) -> tuple[Float64[np.ndarray, ...], Float64[np.ndarray, ...]]:
    """The mean over the first axis and the half-width of its 95% interval.

    **Raises** `InvalidInputError` for fewer than two repetitions, which have no interval.
    """
    count = len(values)
    if count < 2:
        raise InvalidInputError("values", f"{count} repetitions", "Give two or more.")
    half = stdtrit(count - 1, (1 + LEVEL) / 2) * values.std(axis=0, ddof=1) / np.sqrt(count)
    return np.asarray(values.mean(axis=0)), np.asarray(half)


def mean_interval_or_single(
    values: Float64[np.ndarray, "repetitions ..."],
) -> tuple[Float64[np.ndarray, ...], Float64[np.ndarray, ...]]:
    """As `mean_interval`; a single repetition, of what is not random, has a half-width of NaN."""
    if len(values) == 1:
        return values[0], np.full(values.shape[1:], np.nan)
    return mean_interval(values)
