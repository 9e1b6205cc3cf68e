"""The subset of largest variance: which completions of a group PODS trains on (arXiv 2504.13818)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError


def sums_of_squares(
    rewards: Float64[np.ndarray, "*batch rows"], kept: Bool[np.ndarray, "*batch rows"]
) -> Float64[np.ndarray, "*batch"]:
    """The sum over the rewards that are kept of their squared differences from their mean; zero if none is kept."""
    counts = np.maximum(kept.sum(axis=-1, keepdims=True), 1)
    # Taken from one of them first: a large common part leaves nothing behind.
    first = np.take_along_axis(rewards, np.argmax(kept, axis=-1)[..., None], axis=-1)
    shifted = np.where(kept, rewards - first, 0.0)
    centred = np.where(kept, shifted - shifted.sum(axis=-1, keepdims=True) / counts, 0.0)
    return (centred**2).sum(axis=-1)


def largest_variance_subset(rewards: Float64[np.ndarray, "*batch rows"], size: int) -> Bool[np.ndarray, "*batch rows"]:
    """Which `size` rewards of each group have the largest variance: the `k` smallest and the `size - k` largest.

    Only these `size + 1` subsets are compared, as no others can be better (statement `largest-variance`; max-variance
    down-sampling, arXiv 2504.13818). Of equal rewards, those that come first are the smaller ones.

    **Arguments**: `rewards`, finite; `size`, from 1 to the number of rewards of a group.

    **Raises** `InvalidInputError` for rewards that are not finite and for another size.

    **Example**

    >>> import numpy as np
    >>> largest_variance_subset(np.array([0.9, 0.0, 1.0, 1.0]), 3).tolist()
    [False, True, True, True]
    """
    rows = rewards.shape[-1] if rewards.ndim else 0
    check_whole("size", size, least=1)
    if size > rows:
        raise InvalidInputError("size", size, f"Give at most the number of rewards of a group, {rows}.")
    if not np.isfinite(rewards).all():
        raise InvalidInputError("rewards", "NaN or infinity", "Give finite rewards: leave out unscored completions.")
    order = np.argsort(rewards, axis=-1, kind="stable")
    ascending = np.take_along_axis(rewards, order, axis=-1)
    place = np.arange(rows)
    # The k smallest and the size - k largest, for k from 0 to size: shape (size + 1, rows).
    lowest = np.arange(size + 1)[:, None]
    extremes = (place < lowest) | (place >= rows - (size - lowest))
    every = np.broadcast_to(extremes, (*rewards.shape[:-1], *extremes.shape))
    spread = sums_of_squares(np.broadcast_to(ascending[..., None, :], every.shape), every)
    kept = extremes[np.argmax(spread, axis=-1)]
    chosen = np.zeros(rewards.shape, dtype=bool)
    np.put_along_axis(chosen, order, kept, axis=-1)
    return chosen
