"""The local search: it reports the accuracy of its ranking, keeps the first place, and comes close to enumeration."""

from __future__ import annotations

import numpy as np
import pytest

from theory.accuracy.attainable import attainable_accuracies
from theory.accuracy.order_search import search_order
from theory.accuracy.weak_orders import dense_ranks, ranked_first


@pytest.mark.parametrize("kind", ["free", "first", "strictly"])
@pytest.mark.parametrize("seed", [0, 1])
def test_against_enumeration(kind, seed):
    random = np.random.default_rng(seed)
    truth = dense_ranks(random.integers(0, 4, 6))
    chances = np.triu(random.random((6, 6)), 1)
    chances /= chances.sum()
    options = {} if kind == "free" else {"first": 2, "strictly": kind == "strictly"}
    attainable = attainable_accuracies(truth, chances, **options).accuracies
    start = np.zeros(6, dtype=np.int64)
    start[2] = kind == "strictly"
    for wanted in (0.2, 0.5, 0.9):
        ranks, accuracy = search_order(start, truth, chances, wanted, seed=seed, **options)
        agree = np.sign(ranks[:, None] - ranks[None, :]) == np.sign(truth[:, None] - truth[None, :])
        assert accuracy == pytest.approx(np.sum(chances * agree), abs=1e-14)
        np.testing.assert_array_equal(ranks, dense_ranks(ranks))
        if options:
            assert ranked_first(ranks, 2, strictly=kind == "strictly")
        nearest = np.min(np.abs(attainable - wanted))
        assert nearest - 1e-12 <= abs(accuracy - wanted) <= nearest + 0.01


def test_a_reachable_accuracy_is_hit():
    truth = np.arange(12)
    chances = np.triu(np.full((12, 12), 1 / 66), 1)
    _, accuracy = search_order(truth, truth, chances, 40 / 66)
    assert accuracy == pytest.approx(40 / 66, abs=1e-12)
