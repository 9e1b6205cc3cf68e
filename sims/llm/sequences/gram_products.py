"""Inner products of the scores of completions in all parameters of a network, without holding the score of each.

The score of a completion, `grad ln pi(y|x)`, has as many numbers as the network. A few are held at a time, those of a
block of rows; every other one is computed, multiplied with them and forgotten, so that `N` completions with `b` held
take about `N^2 / (2 b)` backward passes. Scores are float32, and so are products of pieces of them; sums over the
pieces are float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float32, Float64

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters, count_parameters
from sims.llm.sampling.log_probability import token_log_probabilities

from .batch import SequenceBatch

HELD_BYTES = 4_500_000_000
"""Memory for the scores that are held; those of SmolLM2-135M are 0.54 GB each."""
COLUMNS_AT_ONCE = 2
_PIECE = 1 << 16


def held_scores(parameters: DecoderParameters) -> int:
    """How many scores of a network are held at a time."""
    return max(1, HELD_BYTES // (4 * count_parameters(parameters)))


def gram_products(
    parameters: DecoderParameters, config: DecoderConfig, batch: SequenceBatch, rows: range, columns: range
) -> Float64[np.ndarray, "rows columns"]:
    """The inner products of the scores of some completions with those of others.

    **Arguments**

    - `parameters`, `config`: the model. `batch`: the completions.
    - `rows`: numbers of those whose scores are held; `columns`: of those that they are multiplied with.
    """
    held = np.empty((len(rows), count_parameters(parameters)), np.float32)
    for place, number in enumerate(rows):
        _fill(held[place], score(parameters, config, batch, number))
    found = np.empty((len(rows), len(columns)))
    others = np.empty((COLUMNS_AT_ONCE, held.shape[1]), np.float32)
    for numbers in _parts(columns, COLUMNS_AT_ONCE):
        for place, number in enumerate(numbers):
            if number in rows:
                others[place] = held[rows.index(number)]
            else:
                _fill(others[place], score(parameters, config, batch, number))
        start = columns.index(numbers[0])
        found[:, start : start + len(numbers)] = inner_products(held, others[: len(numbers)])
    return found


def score(parameters: DecoderParameters, config: DecoderConfig, batch: SequenceBatch, number: int) -> DecoderParameters:
    """`grad ln pi(y|x)` of one completion, by one backward pass."""
    row = slice(number, number + 1)
    return _score(parameters, config, jnp.asarray(batch.token_ids[row]), jnp.asarray(batch.kept[row]), batch.first)


@partial(jax.jit, static_argnames=("config", "first"))
def _score(
    parameters: DecoderParameters, config: DecoderConfig, token_ids: Array, kept: Array, first: int
) -> DecoderParameters:
    return jax.grad(lambda theta: jnp.sum(token_log_probabilities(theta, config, token_ids, kept, first=first)))(
        parameters
    )


def inner_products(
    first: Float32[np.ndarray, "rows numbers"], second: Float32[np.ndarray, "columns numbers"]
) -> Float64[np.ndarray, "rows columns"]:
    """`first @ second.T` for long rows: pieces of 65,536 numbers in float32, their sum in float64.

    >>> inner_products(np.ones((1, 3), np.float32), np.full((2, 3), 0.5, np.float32)).tolist()
    [[1.5, 1.5]]
    """
    total = np.zeros((len(first), len(second)))
    for start in range(0, first.shape[1], _PIECE):
        total += first[:, start : start + _PIECE] @ second[:, start : start + _PIECE].T
    return total


def _fill(row: np.ndarray, tree: DecoderParameters) -> None:
    start = 0
    for leaf in jax.tree.leaves(tree):
        row[start : start + leaf.size] = np.asarray(leaf).reshape(-1)
        start += leaf.size


def _parts(numbers: range, size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
