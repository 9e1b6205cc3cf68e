"""Prompts of one number of completions, taken together: comparisons of pairs become whole-array operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from theory.estimators.grouped_rewards import GroupedRewards

BLOCK_ELEMENTS = 1 << 16
"""Rewards in one block: its arrays stay in a core's cache."""


class Block(NamedTuple):
    """**Fields**: `prompts`, their numbers, shape `(chosen,)`; `rows`, of their completions, shape `(size, chosen)`."""

    prompts: Int64[np.ndarray, " chosen"]
    rows: Int64[np.ndarray, "size chosen"]


def blocks(grouped: GroupedRewards, *, elements: int = BLOCK_ELEMENTS) -> Iterator[Block]:
    """All prompts, in blocks of equal numbers of completions and of about `elements` rewards."""
    models = len(grouped.rewards)
    order = np.argsort(grouped.sizes, kind="stable")
    sizes, firsts = np.unique(grouped.sizes[order], return_index=True)
    for size, prompts in zip(sizes, np.split(order, firsts[1:]), strict=True):
        step = max(1, elements // int(models * size))
        for first in range(0, len(prompts), step):
            chosen = prompts[first : first + step]
            yield Block(chosen, grouped.starts[chosen] + np.arange(size)[:, None])
