"""Places of completions in the order of their prompt, and the parts of all subsets that lie below a place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int32, Int64
from scipy.special import gammaln

from theory.arguments.checks import check_whole
from theory.estimators.blocks import blocks
from theory.estimators.grouped_rewards import GroupedRewards


class Ranks(NamedTuple):
    """Places of scored rows within their prompts.

    **Fields**

    - `below`: how many scored rows of the prompt have a smaller reward, shape `(models, rows)`; zero if unscored.
    - `at_most`: how many have one that is not larger, the row itself included; zero if unscored.
    - `scored`: the number of scored rows, shape `(models, prompts)`.
    - `row_scored`: the same for each row, shape `(models, rows)`.
    """

    below: Int32[np.ndarray, "models rows"]
    at_most: Int32[np.ndarray, "models rows"]
    scored: Int64[np.ndarray, "models prompts"]
    row_scored: Int32[np.ndarray, "models rows"]

    @property
    def equal(self) -> Int32[np.ndarray, "models rows"]:
        """How many rows of the prompt have the same reward, the row itself included; zero if unscored."""
        return self.at_most - self.below


def ranks(grouped: GroupedRewards, *, with_truth_only: bool = False) -> Ranks:
    """Places of all rows; equal rewards share theirs.

    **Arguments**: `with_truth_only`: whether rows without a truth are left out.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> found = ranks(make_grouped_rewards([[0.5, 0.1, 0.5]], [0, 3]))
    >>> found.below.tolist(), found.at_most.tolist()
    ([[1, 0, 1]], [[3, 1, 3]])
    """
    scores = grouped.jointly_scored if with_truth_only else grouped.rewards
    below, at_most = (np.zeros(scores.shape, dtype=np.int32) for _ in range(2))
    missing = np.isnan(scores)
    unscored = np.add.reduceat(missing, grouped.starts, axis=-1, dtype=np.int64)
    scored = grouped.sizes - unscored
    for block in blocks(grouped):
        own = scores[:, block.rows]
        kind = np.int16 if own.shape[1] < 2**15 else np.int32
        smaller, larger = np.zeros(own.shape, dtype=kind), np.zeros(own.shape, dtype=kind)
        for distance in range(1, own.shape[1]):
            up = own[:, distance:] > own[:, :-distance]
            down = own[:, distance:] < own[:, :-distance]
            smaller[:, distance:] += up
            larger[:, distance:] += down
            smaller[:, :-distance] += down
            larger[:, :-distance] += up
        below[:, block.rows] = smaller
        at_most[:, block.rows] = scored[:, None, block.prompts] - larger
    if missing.any():
        below[missing] = at_most[missing] = 0
    row_scored = np.repeat(scored.astype(np.int32), grouped.sizes, axis=-1)
    return Ranks(below, at_most, scored, row_scored)


class SubsetShares(NamedTuple):
    """`C(m, k) / C(n, k)` for every number `n` of scored rows that occurs, and `m = 0, ..., n`.

    **Fields**: `table`, all of them in a row; `starts`, where those of `n` begin, shape `(largest n + 1,)`.
    """

    table: Float64[np.ndarray, " entries"]
    starts: Int64[np.ndarray, " counts"]

    def of(
        self, members: Int32[np.ndarray, "models rows"], scored: Int32[np.ndarray, "models rows"]
    ) -> Float64[np.ndarray, "models rows"]:
        """The part of all subsets of the `scored` rows that lie within `members` of them; NaN if none is as large."""
        return self.table[self.starts[scored] + members]


def subset_shares(scored: Int64[np.ndarray, "models prompts"], k: int) -> SubsetShares:
    """The table for subsets of `k` rows, from logarithms of factorials.

    **Raises** `InvalidInputError` unless `k` is a whole number of at least 1.

    **Example**

    >>> import numpy as np
    >>> subset_shares(np.array([[4]]), 2).table.round(6).tolist()
    [0.0, 0.0, 0.166667, 0.5, 1.0]
    """
    check_whole("k", k, least=1)
    counts = np.unique(scored)
    lengths = counts + 1
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    starts = np.zeros(int(counts[-1]) + 1, dtype=np.int64)
    starts[counts] = first
    whole = np.repeat(counts, lengths)
    members = np.arange(len(whole)) - np.repeat(first, lengths)
    log_factorial = gammaln(np.arange(counts[-1] + 1) + 1.0)
    rest = np.maximum(members - k, 0)
    logarithm = log_factorial[members] - log_factorial[rest]
    logarithm -= log_factorial[whole] - log_factorial[np.maximum(whole - k, 0)]
    table = np.where(members >= k, np.exp(np.minimum(logarithm, 0.0)), 0.0)
    return SubsetShares(np.where(whole >= k, table, np.nan), starts)
