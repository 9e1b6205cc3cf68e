"""Constructed rankings: exact where the module claims it, never better than enumeration, close where it is greedy."""

from __future__ import annotations

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.accuracy.attainable import attainable_accuracies
from theory.accuracy.order_construction import _longest_run, _misplace, _split_levels, build_order
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


@pytest.mark.parametrize("truth", [[0, 1, 2, 3, 3], [0, 1, 1, 2, 2, 2], [1, 1, 0], [0, 0, 0], [2, 0, 1, 2, 2, 0]])
def test_the_ground_truth_itself_is_built_where_all_pairs_are_wanted(truth):
    ranks = np.array(truth)
    for first in (None, *np.flatnonzero(ranks == ranks.max()).tolist()):
        built = build_order(ranks, pairs(len(ranks)), first=first)
        assert built.correct == pairs(len(ranks))
        assert built.is_nearest
        np.testing.assert_array_equal(built.ranks, ranks)


def levels_of(sizes) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


def compositions(total: int) -> list[list[int]]:
    cuts = range(1, total)
    chosen = [(0, *c, total) for k in range(total) for c in combinations(cuts, k)]
    return [[b - a for a, b in pairwise(c)] for c in chosen]


def reversed_pairs(order, weights, levels) -> int:
    """The pairs of outputs of different levels that the order, lowest first, puts the other way round."""
    placed = combinations([int(k) for k in order], 2)
    return sum(int(weights[i] * weights[j]) for i, j in placed if levels[i] > levels[j])


def test_with_single_outputs_every_number_of_pairs_is_reversed_exactly():
    for sizes in [c for total in range(1, 7) for c in compositions(total)]:
        levels, ones = levels_of(sizes), np.ones(sum(sizes), dtype=np.int64)
        for errors in range(sum(levels[i] != levels[j] for i, j in combinations(range(len(levels)), 2)) + 1):
            order = _misplace(ones, levels, errors)
            assert sorted(order.tolist()) == list(range(len(levels)))
            assert reversed_pairs(order, ones, levels) == errors, (sizes, errors)


def test_with_blocks_of_tied_outputs_no_more_pairs_are_reversed():
    for sizes, seed in product([[1, 2, 1], [2, 2], [1, 1, 1, 1], [3, 1]], range(20)):
        levels = levels_of(sizes)
        weights = np.random.default_rng(seed).integers(1, 4, len(levels))
        for errors in range(30):
            order = _misplace(weights, levels, errors)
            assert sorted(order.tolist()) == list(range(len(levels)))
            assert reversed_pairs(order, weights, levels) <= errors


@pytest.mark.parametrize(("block", "singles"), [(2, 3), (2, 5), (4, 4), (7, 5)])
def test_what_a_block_is_too_large_for_is_spent_on_the_single_outputs_above(block, singles):
    """One of them is tried against the block; the others can still be reversed among themselves."""
    weights, levels = np.array([block] + [1] * singles), np.arange(singles + 1)
    for errors in range(min(block, pairs(singles - 1) + 1)):
        assert reversed_pairs(_misplace(weights, levels, errors), weights, levels) == errors


def test_the_longest_run():
    for mask, run in [("", (0, 0)), ("00", (0, 0)), ("1", (0, 1)), ("1011", (2, 4)), ("0110", (1, 3)), ("101", (0, 1))]:
        assert _longest_run(np.array([c == "1" for c in mask])) == run
    assert _longest_run(np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1], dtype=bool)) == (5, 8)


@pytest.mark.parametrize("block", [2**25 + 1, 2**26, 2**30 + 7])
def test_a_square_root_that_is_rounded_up_makes_no_block_too_large(block):
    split, kept = _split_levels(np.array([block]), pairs(block) - 1)
    assert split == [[block - 1, 1]]
    assert kept == pairs(block - 1)
    assert _split_levels(np.array([block]), pairs(block)) == ([[block]], pairs(block))


@pytest.mark.parametrize("sizes", [[1], [5], [4, 2], [2, 3, 3], [6, 1, 4]])
def test_levels_are_split_into_blocks_that_keep_what_is_wanted(sizes):
    most = sum(size * (size - 1) // 2 for size in sizes)
    for wanted in range(most + 1):
        split, kept = _split_levels(np.array(sizes), wanted)
        assert [sum(blocks) for blocks in split] == sizes
        assert kept == sum(block * (block - 1) // 2 for blocks in split for block in blocks)
        assert kept <= wanted
    # One level of many outputs keeps every number but those that leave too few outputs for a rest.
    assert _split_levels(np.array([5]), 4)[1] == 4
    assert _split_levels(np.array(sizes), most)[1] == most
