"""The contexts `(x, y_{<l})` at which an autoregressive policy is asked for logits (paper, Eq (2))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int

from theory.arguments.checking import checked_input
from theory.arguments.checks import check_whole
from theory.arguments.precision import double_precision
from theory.arguments.rules import Indices, Whole
from theory.arguments.shape_rules import any_number, one_per_sequence, two_axes
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

MEMORY_LIMIT = 2**31
"""Bytes that the logits of all contexts of one problem may take; each array derived from them takes as much again."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Contexts:
    """Prompts, each with a prefix, such that every context's own beginnings are among the contexts too.

    A prefix of `l` tokens is a chain of `l + 1` contexts: the empty prefix, its first token, ..., itself. A network
    that attends to the past computes every context once and looks along chains.

    **Fields** (integers, the first axis runs over contexts)

    - `prompt`: which prompt, shape `(contexts,)`.
    - `prefix`: the place of the prefix among all prefixes ordered by length, then alphabetically, `(contexts,)`.
    - `token`: the last token, plus one; zero for the empty prefix, shape `(contexts,)`.
    - `depth`: the number of tokens in the prefix, shape `(contexts,)`.
    - `chain`: the contexts of the chain, from the empty prefix on, shape `(contexts, length)`; repeats the last one.
    """

    prompt: Int[AnyArray, " contexts"]
    prefix: Int[AnyArray, " contexts"]
    token: Int[AnyArray, " contexts"]
    depth: Int[AnyArray, " contexts"]
    chain: Int[AnyArray, "contexts length"]

    @property
    def in_chain(self) -> Bool[AnyArray, "contexts length"]:
        """Which entries of `chain` are there in their own right, not as repeats."""
        return jnp.arange(self.chain.shape[1])[None, :] <= jnp.asarray(self.depth)[:, None]

    def only(self, context: AnyArray) -> Contexts:
        """The chain of one context as contexts of their own, that context last (`chain.shape[1]` of them)."""
        own = jnp.asarray(self.chain)[context]
        places = jnp.arange(own.shape[0])
        return Contexts(
            prompt=jnp.asarray(self.prompt)[own],
            prefix=jnp.asarray(self.prefix)[own],
            token=jnp.asarray(self.token)[own],
            depth=jnp.asarray(self.depth)[own],
            chain=jnp.minimum(places[None, :], places[:, None]),
        )


def _vocabulary(given: Mapping[str, Any]) -> float:
    return float(check_whole("vocabulary", given.get("vocabulary"), least=2))


def prefix_count(vocabulary: int, length: int) -> int:
    """`1 + V + ... + V^(L-1)`, how many prefixes ask for a next token."""
    return sum(vocabulary**depth for depth in range(length))


@checked_input(prompts=Whole(1), vocabulary=Whole(2), length=Whole(1))
def check_enumerable(prompts: int, vocabulary: int, length: int, *, memory_limit: int = MEMORY_LIMIT) -> None:
    """**Raises** `InvalidInputError` if the logits at all contexts would take more than `memory_limit` bytes.

    **Example**

    >>> from theory.policies import check_enumerable
    >>> check_enumerable(prompts=10, vocabulary=8, length=3)
    """
    needed = 8 * prompts * vocabulary * prefix_count(vocabulary, length)
    if needed > memory_limit:
        raise InvalidInputError(
            "policy",
            f"{prompts} prompts x {vocabulary}^{length} outputs, {needed / 2**20:,.0f} MiB of logits "
            f"(limit {memory_limit / 2**20:,.0f} MiB)",
            "That is too many outputs to enumerate: use fewer or shorter ones, or score sampled sequences with "
            "sequence_log_probabilities.",
        )


@checked_input(prompts=Whole(1), vocabulary=Whole(2), length=Whole(1))
def enumerate_contexts(prompts: int, vocabulary: int, length: int) -> Contexts:
    """All contexts of all prompts: prompt by prompt, prefixes by length and then alphabetically.

    **Raises** `InvalidInputError` where `check_enumerable` does.

    **Example**

    >>> from theory.policies import enumerate_contexts
    >>> enumerate_contexts(prompts=1, vocabulary=2, length=2).in_chain.shape
    (3, 2)
    """
    check_enumerable(prompts, vocabulary, length)
    prefixes = prefix_count(vocabulary, length)
    token, depth = np.zeros(prefixes, np.int32), np.zeros(prefixes, np.int32)
    chain = np.zeros((prefixes, length), np.int32)
    first = 0
    for level in range(1, length):
        before, first = first, first + vocabulary ** (level - 1)
        here = np.arange(vocabulary**level)
        rows = first + here
        token[rows], depth[rows] = 1 + here % vocabulary, level
        chain[rows] = chain[before + here // vocabulary]
        chain[rows, level:] = rows[:, None]
    offsets = prefixes * np.arange(prompts, dtype=np.int32)
    return Contexts(
        prompt=np.repeat(np.arange(prompts, dtype=np.int32), prefixes),
        prefix=np.tile(np.arange(prefixes, dtype=np.int32), prompts),
        token=np.tile(token, prompts),
        depth=np.tile(depth, prompts),
        chain=(chain[None] + offsets[:, None, None]).reshape(-1, length),
    )


@double_precision(
    prompt=Indices(any_number, one_per_sequence), tokens=Indices(_vocabulary, two_axes), vocabulary=Whole(2)
)
def contexts_of_sequences(
    prompt: Int[AnyArray, " sequences"], tokens: Int[AnyArray, "sequences length"], vocabulary: int
) -> Contexts:
    """The contexts that given sequences pass through, sequence by sequence, `length` of them each (traceable).

    **Arguments**

    - `prompt`: the prompt of each sequence. `tokens`: from 0 to `vocabulary - 1`.

    **Example**

    >>> import numpy as np
    >>> from theory.policies import contexts_of_sequences
    >>> contexts = contexts_of_sequences(np.array([0]), np.array([[1, 0]]), vocabulary=2)
    >>> contexts.in_chain.shape
    (2, 2)
    """
    tokens = jnp.asarray(tokens)
    sequences, length = tokens.shape
    positions = jnp.arange(length)
    # The place of a prefix: all shorter ones come first, then the prefix read as a number.
    number = [jnp.zeros(sequences, jnp.int64 if jax.config.read("jax_enable_x64") else jnp.int32)]
    for position in range(length - 1):
        number.append(number[-1] * vocabulary + tokens[:, position])
    shorter = jnp.asarray([prefix_count(vocabulary, position) for position in range(length)])
    last = jnp.concatenate([jnp.zeros((sequences, 1), tokens.dtype), 1 + tokens[:, :-1]], axis=1)
    chain = jnp.minimum(positions[None, :], positions[:, None])
    return Contexts(
        prompt=jnp.repeat(jnp.asarray(prompt), length),
        prefix=(jnp.stack(number, axis=1) + shorter[None, :]).reshape(-1),
        token=last.reshape(-1),
        depth=jnp.tile(positions, sequences),
        chain=(chain[None] + length * jnp.arange(sequences)[:, None, None]).reshape(-1, length),
    )
