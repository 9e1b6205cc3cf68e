"""Rankings of a wanted accuracy under uniform pairs, built directly for any number of outputs (paper, Definition 3).

With `m` outputs and a ground truth without ties, a permutation with `k` inversions orders `C(m, 2) - k` pairs
correctly, and every `k` is reached by reversing the lowest outputs and then moving the next one part of the way down.
So every multiple of `1 / C(m, 2)` is attainable, and those attainable with output `y` first are:

- strictly first: from `b` to `b + C(m-1, 2)` correct pairs, `b` being the number of outputs that the ground truth puts
  below `y` (the others may be in any order);
- first, possibly tied: from 0 to `b + C(m-1, 2)` (tying `y` with the `k` lowest outputs loses `k` of the `b` pairs).

Ties in the ground truth leave gaps. Then whole levels of tied outputs are kept, split or moved greedily, and the best
of a few such orders is returned: it is proven to be the nearest only when it hits the wanted number of pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from theory.accuracy.pairs import count_pairs
from theory.accuracy.weak_orders import dense_ranks


class BuiltOrder(NamedTuple):
    """**Fields**: `ranks` (dense, shape `(outputs,)`, int64), `correct` (its number of correct pairs), `is_nearest`
    (whether it is proven that no attainable number of pairs is closer to the wanted one)."""

    ranks: Int64[np.ndarray, " outputs"]
    correct: int
    is_nearest: bool


def build_order(
    truth_ranks: Int64[np.ndarray, " outputs"], wanted: int, *, first: int | None = None, strictly: bool = False
) -> BuiltOrder:
    """A ranking with `wanted` correct pairs against the ground truth, or as near as the construction gets.

    **Arguments**

    - `truth_ranks`: dense ranks of the ground-truth reward.
    - `wanted`: the number of correct pairs, any integer.
    - `first`: an output that must be ranked first; with `strictly`, alone.
    """
    outputs = len(truth_ranks)
    tops = [np.zeros(0, dtype=np.int64)] if first is None else _top_blocks(truth_ranks, wanted, first, strictly)
    best: tuple[int, np.ndarray] | None = None
    for top in tops:
        rest = np.setdiff1d(np.arange(outputs), top)
        kept = wanted - _correct_with_top(truth_ranks, top, rest)
        for order in _orders_below(truth_ranks[rest], kept):
            ranks = np.full(outputs, outputs, dtype=np.int64)
            ranks[rest] = order
            correct = int(count_pairs(ranks, truth_ranks).correct)
            if best is None or abs(correct - wanted) < abs(best[0] - wanted):
                best = correct, ranks
        if best is not None and best[0] == wanted:
            break
    assert best is not None  # there is always a top block, and always an order below it
    truth_has_ties = bool(truth_ranks.max() < outputs - 1)
    return BuiltOrder(dense_ranks(best[1]), best[0], best[0] == wanted or not truth_has_ties)


def _top_blocks(truth_ranks: np.ndarray, wanted: int, first: int, strictly: bool) -> list[np.ndarray]:
    """Sets of outputs to tie at the top: the given one alone, with its equals in truth, or with the lowest outputs."""
    blocks = [np.array([first])]
    if strictly:
        return blocks
    blocks.append(np.flatnonzero(truth_ranks == truth_ranks[first]))
    below = int(np.sum(truth_ranks < truth_ranks[first]))
    surplus = min(max(below - wanted, 0), below)
    lowest = np.argsort(truth_ranks, kind="stable")[:surplus]
    blocks.append(np.concatenate([[first], lowest]))
    return blocks


def _correct_with_top(truth_ranks: np.ndarray, top: np.ndarray, rest: np.ndarray) -> int:
    """The number of correct pairs that have a member in the block `top`, which is tied and above all of `rest`."""
    sizes = np.bincount(truth_ranks[top]) if len(top) else np.zeros(1, dtype=np.int64)
    tied = int(np.sum(sizes * (sizes - 1) // 2))
    sorted_rest = np.sort(truth_ranks[rest])
    return tied + int(np.sum(np.searchsorted(sorted_rest, truth_ranks[top], side="left")))


def _orders_below(truth_ranks: np.ndarray, wanted: int) -> list[np.ndarray]:
    """Candidate rankings of some outputs with about `wanted` correct pairs among them, the likeliest first."""
    if len(truth_ranks) == 0:
        return [np.zeros(0, dtype=np.int64)]
    sizes = np.unique(truth_ranks, return_counts=True)[1]
    tied = int(np.sum(sizes * (sizes - 1) // 2))
    strict = len(truth_ranks) * (len(truth_ranks) - 1) // 2 - tied
    candidates = []
    for kept_ties in dict.fromkeys([min(max(wanted - strict, 0), tied), tied]):
        split, kept = _split_levels(sizes, kept_ties)
        errors = min(max(strict + kept - wanted, 0), strict)
        candidates.append(_ranks_from_blocks(truth_ranks, split, errors))
    return candidates


def _split_levels(sizes: np.ndarray, kept_ties: int) -> tuple[list[list[int]], int]:
    """Splits each level of tied outputs into blocks that keep `kept_ties` tied pairs in all, or not many fewer.

    Greedy in triangular numbers, largest level first: a block of `b` outputs keeps `b (b - 1) / 2` pairs.

    **Returns** the block sizes of each level, and the number of pairs kept.
    """
    split: list[list[int]] = [[] for _ in sizes]
    left = kept_ties
    for level in np.argsort(-sizes, kind="stable"):
        room = int(sizes[level])
        while room and left:
            block = min(room, (1 + int((1 + 8 * left) ** 0.5)) // 2)
            block -= block * (block - 1) // 2 > left  # the square root may round up
            split[level].append(block)
            left -= block * (block - 1) // 2
            room -= block
        split[level] += [1] * room
    return split, kept_ties - left


def _ranks_from_blocks(truth_ranks: np.ndarray, split: list[list[int]], errors: int) -> np.ndarray:
    """Ranks in which each block is tied, the blocks being in the order of truth but for about `errors` pairs."""
    weights = np.array([block for blocks in split for block in blocks], dtype=np.int64)
    levels = np.repeat(np.arange(len(split)), [len(blocks) for blocks in split])
    block_rank = np.empty(len(weights), dtype=np.int64)
    block_rank[_misplace(weights, levels, errors)] = np.arange(len(weights))
    ranks = np.empty(len(truth_ranks), dtype=np.int64)
    ranks[np.argsort(truth_ranks, kind="stable")] = np.repeat(block_rank, weights)
    return ranks


def _misplace(weights: np.ndarray, levels: np.ndarray, errors: int) -> np.ndarray:
    """An order of the blocks, lowest first, in which pairs of outputs of total number `errors`, or fewer, are reversed.

    Reverses as many of the lowest blocks as fit, moves the next one down as far as fits, and spends the rest on the
    longest run of single outputs above: with single outputs only, nothing is left.

    **Arguments**: `weights` (outputs per block) and `levels` of the blocks in ascending order of truth.
    """
    blocks = np.arange(len(weights))
    at_or_below = np.cumsum(weights)
    level_start = np.searchsorted(levels, levels, side="left")
    lower = np.where(level_start > 0, at_or_below[level_start - 1], 0)
    cost = np.cumsum(weights * lower)
    reversed_count = int(np.searchsorted(cost, errors, side="right"))
    left = errors - (int(cost[reversed_count - 1]) if reversed_count else 0)
    prefix = blocks[:reversed_count][::-1]
    if left == 0 or reversed_count == len(weights):
        return np.concatenate([prefix, blocks[reversed_count:]])
    # The reversed blocks lie with the lowest on top: the next block passes these first.
    passed_cost = np.cumsum(weights[:reversed_count]) * weights[reversed_count]
    passed_cost = passed_cost[levels[:reversed_count] < levels[reversed_count]]
    passed = int(np.searchsorted(passed_cost, left, side="right"))
    left -= int(passed_cost[passed - 1]) if passed else 0
    place = len(prefix) - passed
    moved = np.concatenate([prefix[:place], [reversed_count], prefix[place:]])
    above = blocks[reversed_count + 1 :]
    start, stop = _longest_run(weights[above] == 1)
    if left == 0 or stop - start < 2:
        return np.concatenate([moved, above])
    run = above[start:stop]
    run = run[_misplace(weights[run], levels[run] - levels[run[0]], left)]
    return np.concatenate([moved, above[:start], run, above[stop:]])


def _longest_run(mask: np.ndarray) -> tuple[int, int]:
    """The first and the past-the-last place of the longest run of true entries; (0, 0) if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    return int(edges[2 * longest]), int(edges[2 * longest + 1])
