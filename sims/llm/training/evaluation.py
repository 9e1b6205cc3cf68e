"""Evaluations on held-out prompts: their completions in blocks, and the rows of the curve that come of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .curve import Row, mean_of_scored
from .reference import ReferencePass
from .rewarded import Rewarded
from .rollout import Rollout

EVALUATION_SEED = 7_919
"""Of the completions of every evaluation, of all runs alike."""

_ROWS = 32
"""Completions in one pass of an evaluation."""

Blocks = list[tuple[range, Rollout, ReferencePass]]
"""Held-out prompts by their numbers, with completions of each and what the initial model says of them."""


class StartingEvaluation:
    """Completions of held-out prompts by the initial policy, which runs of one experiment share."""

    def __init__(self) -> None:
        self.drawn: dict[str, Blocks] = {}


def evaluation_rows(
    step: int, block: range, count: int, rollout: Rollout, reference: ReferencePass, rewarded: Rewarded
) -> Iterator[Row]:
    """A row of `EVALUATION_COLUMNS` for each prompt of a block, of which there are `count` completions each."""
    divergence = rollout.log_probabilities.astype(np.float64) - reference.log_probabilities
    scored = np.isfinite(rewarded.proxy) & np.isfinite(rewarded.truth)
    for place, prompt in enumerate(block):
        mine = slice(place * count, (place + 1) * count)
        columns = (values[mine][scored[mine]] for values in (rewarded.proxy, rewarded.truth, divergence))
        yield (step, prompt, *map(mean_of_scored, columns), int(scored[mine].sum()))


def evaluation_blocks(prompts: int, completions: int, data: int) -> Iterator[range]:
    """Held-out prompts in blocks of equal size, of which a few rows are drawn together."""
    most = max(1, _ROWS // completions)
    size = max(n for n in range(1, max(most, data) + 1) if prompts % n == 0 and n % data == 0)
    for start in range(0, prompts, size):
        yield range(start, start + size)
