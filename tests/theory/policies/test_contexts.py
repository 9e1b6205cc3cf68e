"""The tree of prefixes against prefixes listed one by one, and the limit on its size."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.policies.contexts import (
    check_enumerable,
    contexts_of_sequences,
    enumerate_contexts,
    prefix_count,
)

SIZES = [(1, 2, 1), (2, 3, 1), (1, 2, 3), (3, 3, 2), (2, 2, 4)]


def listed(prompts, vocabulary, length):
    """All `(prompt, prefix)` in the order that is documented."""
    prefixes = [prefix for depth in range(length) for prefix in product(range(vocabulary), repeat=depth)]
    return [(prompt, prefix) for prompt in range(prompts) for prefix in prefixes]


@pytest.mark.parametrize("size", SIZES)
def test_every_context_is_there_once_with_its_beginnings(size):
    contexts = enumerate_contexts(*size)
    expected = listed(*size)
    length = size[2]
    assert len(contexts.prompt) == len(expected) == size[0] * prefix_count(*size[1:])
    for row, (prompt, prefix) in enumerate(expected):
        assert contexts.prompt[row] == prompt
        assert contexts.depth[row] == len(prefix)
        assert contexts.token[row] == (prefix[-1] + 1 if prefix else 0)
        assert contexts.prefix[row] == row % prefix_count(*size[1:])
        chain = [expected[k] for k in contexts.chain[row]]
        beginnings = [(prompt, prefix[:k]) for k in range(len(prefix) + 1)]
        assert chain == beginnings + [(prompt, prefix)] * (length - len(beginnings))
        assert contexts.in_chain[row].tolist() == [k <= len(prefix) for k in range(length)]


@pytest.mark.parametrize("size", SIZES)
def test_contexts_of_given_sequences_are_those_of_the_tree(size):
    prompts, vocabulary, length = size
    pairs = [(x, y) for x in range(prompts) for y in product(range(vocabulary), repeat=length)]
    passed = contexts_of_sequences(np.array([x for x, _ in pairs]), np.array([y for _, y in pairs]), vocabulary)
    expected = listed(*size)
    tree = enumerate_contexts(*size)
    for sequence, (x, y) in enumerate(pairs):
        for position in range(length):
            row = sequence * length + position
            same = expected.index((x, y[:position]))
            for field in ("prompt", "prefix", "token", "depth"):
                assert getattr(passed, field)[row] == getattr(tree, field)[same], field
            assert passed.chain[row].tolist() == [sequence * length + min(k, position) for k in range(length)]


def test_one_context_alone_keeps_its_chain():
    tree = enumerate_contexts(2, 3, 3)
    expected = listed(2, 3, 3)
    for row in (0, 1, 7, 12, 13, 25):
        prompt, prefix = expected[row]
        alone = tree.only(np.asarray(row))
        assert alone.prompt.tolist() == [prompt] * 3
        assert alone.chain.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 2]]
        for position in range(3):
            beginning = prefix[: min(position, len(prefix))]
            assert alone.depth[position] == len(beginning)
            assert alone.token[position] == (beginning[-1] + 1 if beginning else 0)
            assert expected[int(alone.prefix[position])][1] == beginning


def test_too_many_outputs_are_refused_before_anything_is_allocated():
    with pytest.raises(InvalidInputError) as caught:
        enumerate_contexts(3, 50_000, 4)
    message = str(caught.value)
    assert "3 prompts x 50000^4 outputs" in message
    assert "MiB" in message
    assert "limit 2,048 MiB" in message
    assert "sequence_log_probabilities" in message
    # Two prompts, three prefixes, two tokens, eight bytes each.
    check_enumerable(2, 2, 2, memory_limit=96)
    with pytest.raises(InvalidInputError, match="limit 0 MiB"):
        check_enumerable(2, 2, 2, memory_limit=95)
