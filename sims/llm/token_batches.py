"""Ragged token rows through a compiled function in few shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from theory.errors import InvalidInputError

from .decoder.config import DecoderConfig

_SHORTEST_BUCKET = 16
_MOST_ROWS = 8
_MOST_TOKENS_AT_ONCE = 4096


def in_batches(
    token_ids: Sequence[Sequence[int]], width: int, run: Callable[[jax.Array, jax.Array], jax.Array]
) -> np.ndarray:
    """One row of numbers for each row of tokens.

    Rows of similar length go through together, at most 8 or 4,096 tokens at a time, padded to a power of two in both
    directions, so that few shapes are ever compiled.

    **Arguments**

    - `token_ids`: checked rows of ids.
    - `width`: how many numbers `run` gives for each row.
    - `run`: from padded ids and the mask of what is kept, both (batch, length), to (batch, width).

    **Returns** float32 (rows, width).
    """
    results = np.empty((len(token_ids), width), dtype=np.float32)
    waiting = sorted(range(len(token_ids)), key=lambda number: len(token_ids[number]), reverse=True)
    while waiting:
        length = power_of_two(max(len(token_ids[waiting[0]]), _SHORTEST_BUCKET))
        most_rows = max(1, min(_MOST_ROWS, _MOST_TOKENS_AT_ONCE // length))
        block, waiting = waiting[:most_rows], waiting[most_rows:]
        padded, kept = left_padded([token_ids[number] for number in block], length, power_of_two(len(block)))
        results[block] = np.asarray(run(jnp.asarray(padded), jnp.asarray(kept)))[: len(block)]
    return results


def left_padded(token_ids: Sequence[Sequence[int]], length: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Token rows of one length, padding on the left.

    **Arguments**

    - `token_ids`: at least one row, none longer than `length`.
    - `length`, `rows`: the shape to fill; rows beyond those given hold one padding token.

    **Returns** the int32 array (rows, length), and of the same shape which tokens are not padding.
    """
    padded = np.zeros((rows, length), dtype=np.int32)
    kept = np.zeros((rows, length), dtype=bool)
    kept[:, -1] = True
    for number, row in enumerate(token_ids):
        padded[number, length - len(row) :] = row
        kept[number, length - len(row) :] = True
    return padded, kept


def check_token_rows(token_ids: Sequence[Sequence[int]], config: DecoderConfig, more: int = 0) -> None:
    """Refuse rows that a decoder cannot read.

    **Arguments**

    - `token_ids`: ragged rows of ids.
    - `config`: the decoder.
    - `more`: how many tokens are to follow each row within its context.

    **Raises** `InvalidInputError` for no rows, an empty or too long one, and ids outside the vocabulary.
    """
    if not token_ids:
        raise InvalidInputError("prompts", "none", "Give at least one prompt.")
    most = config.context_length - more
    for number, row in enumerate(token_ids):
        if not row:
            raise InvalidInputError(f"prompt {number}", "no tokens", "Give a text that is not empty.")
        if len(row) > most:
            remedy = f"Give at most {most}." if not more else f"Give at most {most}, as {more} more are to follow."
            raise InvalidInputError(f"prompt {number}", f"{len(row)} tokens", remedy)
        if min(row) < 0 or max(row) >= config.vocabulary_size:
            worst = min(row) if min(row) < 0 else max(row)
            remedy = f"Give ids from 0 to {config.vocabulary_size - 1}."
            raise InvalidInputError(f"prompt {number}", f"token id {worst}", remedy)


def check_finite_rows(values: np.ndarray, what: str) -> None:
    """Refuse results that are not finite, naming the first row that has one.

    **Raises** `InvalidInputError`.
    """
    if not np.isfinite(values).all():
        number = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise InvalidInputError("model", f"non-finite {what} after prompt {number}", "Give an intact model file.")


def power_of_two(least: int) -> int:
    """The smallest power of two that is at least this large."""
    return 1 << (least - 1).bit_length()
