"""Sums and moments over the rows of each prompt, unscored rows left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64


class GroupMoments(NamedTuple):
    """Moments over the scored rows of each group, each of shape `(*lead, groups)`.

    **Fields**: `counts`, of scored rows; `mean`, NaN without any; `sum_of_squares`, of differences from the mean, zero
    exactly where all scored rows are equal; `smallest` and `largest`, NaN without any.
    """

    counts: Int64[np.ndarray, "*lead groups"]
    mean: Float64[np.ndarray, "*lead groups"]
    sum_of_squares: Float64[np.ndarray, "*lead groups"]
    smallest: Float64[np.ndarray, "*lead groups"]
    largest: Float64[np.ndarray, "*lead groups"]


def group_sums(
    values: Float64[np.ndarray, "*lead rows"], offsets: Int64[np.ndarray, " bounds"]
) -> Float64[np.ndarray, "*lead groups"]:
    """Sums over the rows of each group, offsets as in `GroupedRewards`."""
    return np.add.reduceat(values, offsets[:-1], axis=-1)


def group_moments(values: Float64[np.ndarray, "*lead rows"], offsets: Int64[np.ndarray, " bounds"]) -> GroupMoments:
    """Moments over the rows of each group that are not NaN, in two passes.

    Values are first taken from the smallest of their group, so that neither equal values nor a large common part leave
    anything behind: `E[x^2] - E[x]^2` would.

    **Example**

    >>> import numpy as np
    >>> found = group_moments(np.array([0.1] * 7 + [1.0, 3.0]), np.array([0, 7, 9]))
    >>> found.mean.tolist(), found.sum_of_squares.tolist()
    ([0.1, 2.0], [0.0, 2.0])
    """
    starts, sizes = offsets[:-1], np.diff(offsets)
    smallest = np.fmin.reduceat(values, starts, axis=-1)
    largest = np.fmax.reduceat(values, starts, axis=-1)
    shifted = values - np.repeat(smallest, sizes, axis=-1)
    missing = np.isnan(values)
    some_missing = bool(missing.any())
    count = np.broadcast_to(sizes, smallest.shape)
    if some_missing:
        count = sizes - np.add.reduceat(missing, starts, axis=-1, dtype=np.int64)
        shifted[missing] = 0.0
    rows = np.maximum(count, 1)
    shift = group_sums(shifted, offsets) / rows
    shifted -= np.repeat(shift, sizes, axis=-1)
    if some_missing:
        shifted[missing] = 0.0
    np.square(shifted, out=shifted)
    return GroupMoments(count, smallest + shift, group_sums(shifted, offsets), smallest, largest)


def defined_mean(values: Float64[np.ndarray, "*lead prompts"]) -> Float64[np.ndarray, "*lead"]:
    """Means over the prompts that are not NaN; NaN if there is none.

    **Example**

    >>> import numpy as np
    >>> float(defined_mean(np.array([1.0, np.nan, 2.0])))
    1.5
    """
    defined = ~np.isnan(values)
    total = np.asarray(np.where(defined, values, 0.0).sum(axis=-1))
    return divided(total, np.asarray(defined.sum(axis=-1, dtype=np.float64)))


def divided(numerator: Float64[np.ndarray, ...], denominator: Float64[np.ndarray, ...]) -> Float64[np.ndarray, ...]:
    """The quotient of arrays that are broadcast, NaN where the denominator is zero."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)
