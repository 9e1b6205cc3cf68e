"""Constructed rankings: exact where the module claims it, never better than enumeration, close where it is greedy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.accuracy.attainable import attainable_accuracies
from theory.accuracy.order_construction import build_order
from theory.accuracy.pairs import count_pairs
from theory.accuracy.weak_orders import dense_ranks, ranked_first


def pairs(outputs: int) -> int:
    return outputs * (outputs - 1) // 2


@given(st.permutations(range(5)), st.integers(0, 4), st.sampled_from(["free", "first", "strictly"]))
def test_without_ties_every_claimed_count_is_built(permutation, output, kind):
    truth = np.array(permutation)
    below = int(truth[output])
    lowest, highest = {"free": (0, 10), "first": (0, below + 6), "strictly": (below, below + 6)}[kind]
    first = None if kind == "free" else output
    for wanted in range(-1, 12):
        built = build_order(truth, wanted, first=first, strictly=kind == "strictly")
        assert built.correct == min(max(wanted, lowest), highest) == count_pairs(built.ranks, truth).correct
        assert built.is_nearest
        if first is not None:
            assert ranked_first(built.ranks, output, strictly=kind == "strictly")


@given(st.lists(st.integers(0, 4), min_size=2, max_size=6), st.data())
def test_against_enumeration(truth, data):
    truth = dense_ranks(np.array(truth))
    first = data.draw(st.none() | st.integers(0, len(truth) - 1))
    strictly = first is not None and data.draw(st.booleans())
    accuracies = attainable_accuracies(truth, first=first, strictly=strictly).accuracies
    attainable = np.rint(accuracies * pairs(len(truth)))
    for wanted in range(pairs(len(truth)) + 1):
        built = build_order(truth, wanted, first=first, strictly=strictly)
        assert built.correct in attainable
        assert built.correct == count_pairs(built.ranks, truth).correct
        if first is not None:
            assert ranked_first(built.ranks, first, strictly=strictly)
        if built.is_nearest:
            assert abs(built.correct - wanted) == np.abs(attainable - wanted).min()


def truths(outputs: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(outputs)
    normal = random.normal(size=outputs)
    return {
        "no ties": normal,
        "two levels": np.sign(normal),
        "saturated": np.minimum(normal, 1.0),
        "coarse": np.round(20 * normal),
    }


@pytest.mark.parametrize("kind", ["no ties", "two levels", "saturated", "coarse"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_vocabulary_of_outputs(kind, share):
    outputs = 50_000
    truth = dense_ranks(truths(outputs)[kind])
    wanted = round(share * pairs(outputs))
    free = build_order(truth, wanted)
    assert free.correct == wanted
    assert free.is_nearest
    best = int(np.argmax(truth))
    strict = build_order(truth, wanted, first=best, strictly=True)
    assert ranked_first(strict.ranks, best, strictly=True)
    # Being strictly first decides at most `outputs - 1` pairs.
    assert abs(strict.correct - wanted) < outputs
