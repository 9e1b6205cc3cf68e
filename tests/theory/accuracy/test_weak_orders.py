"""Weak orders: their number, that none is missing or listed twice, and dense ranks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.accuracy.weak_orders import all_weak_orders, dense_ranks, ranked_first
from theory.errors import InvalidInputError


@pytest.mark.parametrize(
    ("outputs", "fubini"), [(1, 1), (2, 3), (3, 13), (4, 75), (5, 541), (6, 4683), (7, 47293), (8, 545835)]
)
def test_the_fubini_numbers(outputs, fubini):
    orders = all_weak_orders(outputs)
    assert orders.shape == (fubini, outputs)
    # Rows as numbers in base 8, which tell distinct rows apart.
    assert len(np.unique(orders.astype(np.int64) @ 8 ** np.arange(outputs))) == fubini


@pytest.mark.parametrize("outputs", [1, 2, 3, 4, 5])
def test_the_list_is_all_surjections_onto_an_initial_segment(outputs):
    expected = {
        ranks for ranks in itertools.product(range(outputs), repeat=outputs) if set(ranks) == set(range(max(ranks) + 1))
    }
    assert {tuple(row) for row in all_weak_orders(outputs).tolist()} == expected


@pytest.mark.parametrize("outputs", [0, 9])
def test_too_many_outputs_name_the_alternative(outputs):
    with pytest.raises(InvalidInputError, match="order_with_accuracy"):
        all_weak_orders(outputs)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=5))
def test_dense_ranks(rows):
    ranks = dense_ranks(np.array(rows))
    for row, found in zip(rows, ranks.tolist(), strict=True):
        levels = sorted(set(row))
        assert found == [levels.index(value) for value in row]


def test_ranked_first():
    ranks = np.array([[0, 1, 1], [0, 1, 2], [2, 0, 1]])
    assert ranked_first(ranks, 2, strictly=False).tolist() == [True, True, False]
    assert ranked_first(ranks, 2, strictly=True).tolist() == [False, True, False]
