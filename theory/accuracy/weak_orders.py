"""Weak orders (rankings with ties) of the outputs: all that accuracy sees of a reward model (paper, Definition 3)."""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Bool, Int8, Int64, Shaped

from theory.errors import InvalidInputError

LARGEST_ENUMERATION = 8
"""The most outputs whose weak orders are all listed: 545,835 of them. Nine outputs have 7,087,261."""


def dense_ranks(values: Shaped[np.ndarray, "*batch outputs"]) -> Int64[np.ndarray, "*batch outputs"]:
    """The rank of each output: 0 for the lowest value, equal for equal values, without gaps."""
    order = np.argsort(values, axis=-1, kind="stable")
    ascending = np.take_along_axis(values, order, axis=-1)
    rises = np.zeros(values.shape, dtype=np.int64)
    rises[..., 1:] = ascending[..., 1:] != ascending[..., :-1]
    ranks = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.cumsum(rises, axis=-1), axis=-1)
    return ranks


@cache
def all_weak_orders(outputs: int) -> Int8[np.ndarray, "orders outputs"]:
    """Every weak order of the outputs as a row of dense ranks (0 is the lowest), in a fixed sequence; read-only.

    There are 1, 3, 13, 75, 541, 4683, 47293, 545835 of them for 1 to 8 outputs (the Fubini numbers). Each weak order
    of one output fewer is extended in every way: the new output joins a level, or makes one of its own.

    **Raises** `InvalidInputError` for fewer than one or more than `LARGEST_ENUMERATION` outputs.
    """
    if not 1 <= outputs <= LARGEST_ENUMERATION:
        raise InvalidInputError(
            "outputs",
            outputs,
            f"Weak orders are listed for 1 to {LARGEST_ENUMERATION} outputs; for more, order_with_accuracy builds or "
            "searches for a single order of a wanted accuracy.",
        )
    orders = np.zeros((1, 1), dtype=np.int8)
    for _ in range(outputs - 1):
        levels = orders.max(axis=1) + 1
        extended = []
        for count in range(1, orders.shape[1] + 1):
            rows = orders[levels == count]
            extended += [_with_last(rows, level) for level in range(count)]
            extended += [_with_last(rows + (rows >= level).astype(np.int8), level) for level in range(count + 1)]
        orders = np.concatenate(extended)
    orders.setflags(write=False)
    return orders


def _with_last(rows: Int8[np.ndarray, "orders outputs"], level: int) -> Int8[np.ndarray, "orders one_more"]:
    return np.concatenate([rows, np.full((len(rows), 1), level, dtype=np.int8)], axis=1)


def ranked_first(
    ranks: Shaped[np.ndarray, "*batch outputs"], output: int, *, strictly: bool
) -> Bool[np.ndarray, "*batch"]:
    """Whether the output is among the highest-ranked (and, with `strictly`, the only one such), shape `(*batch)`."""
    highest = ranks.max(axis=-1)
    first = np.asarray(ranks[..., output] == highest)
    if strictly:
        first &= np.sum(ranks == highest[..., None], axis=-1) == 1
    return first
