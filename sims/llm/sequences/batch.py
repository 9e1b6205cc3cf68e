"""Prompts with their completions as one rectangular batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int32

from sims.llm.token_batches import left_padded
from theory.errors import InvalidInputError


class SequenceBatch(NamedTuple):
    """Rows of a prompt, padded on the left, and a completion, padded on the right, that meet at one place.

    **Fields**: `token_ids`; `kept`, which tokens are not padding; `first`, the place of the completions' first token.
    """

    token_ids: Int32[np.ndarray, "sequences length"]
    kept: Bool[np.ndarray, "sequences length"]
    first: int


def sequence_batch(
    prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]], max_tokens: int
) -> SequenceBatch:
    """A batch of ragged rows of token ids.

    **Arguments**

    - `prompts`, `completions`: as many of each, none empty.
    - `max_tokens`: to which completions are padded.

    **Raises** `InvalidInputError` for none, unequal numbers, empty rows, and a completion longer than `max_tokens`.

    >>> batch = sequence_batch([[5, 6], [7]], [[1], [2, 3]], 3)
    >>> batch.token_ids.tolist(), batch.first
    ([[5, 6, 1, 0, 0], [0, 7, 2, 3, 0]], 2)
    """
    if not prompts or len(prompts) != len(completions):
        raise InvalidInputError("completions", f"{len(completions)} for {len(prompts)} prompts", "Give one a prompt.")
    for number, (prompt, completion) in enumerate(zip(prompts, completions, strict=True)):
        if not prompt or not 1 <= len(completion) <= max_tokens:
            value = f"{len(completion)} tokens after {len(prompt)}"
            raise InvalidInputError(f"completion {number}", value, f"Give a prompt, and from 1 to {max_tokens} tokens.")
    first = max(map(len, prompts))
    token_ids, kept = left_padded(prompts, first, len(prompts))
    added = np.zeros((len(prompts), max_tokens), np.int32)
    real = np.arange(max_tokens)[None, :] < np.array([len(row) for row in completions])[:, None]
    for number, row in enumerate(completions):
        added[number, : len(row)] = row
    return SequenceBatch(np.concatenate([token_ids, added], axis=1), np.concatenate([kept, real], axis=1), first)
