"""The subset of largest variance, against all subsets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.estimators.largest_variance import largest_variance_subset, sums_of_squares


def test_no_subset_has_more() -> None:
    rng = np.random.default_rng(0)
    for rewards in (*rng.standard_normal((20, 6)), *rng.integers(0, 3, (20, 6)).astype(np.float64)):
        for size in range(1, 7):
            kept = largest_variance_subset(rewards, size)
            assert kept.sum() == size
            best = max(np.var(rewards[list(places)]) for places in combinations(range(6), size))
            np.testing.assert_allclose(np.var(rewards[kept]), best, atol=1e-12)


def test_half_and_half_is_not_always_best() -> None:
    assert largest_variance_subset(np.array([0.9, 0.0, 1.0, 1.0]), 3).tolist() == [False, True, True, True]


def test_zeros_and_ones_are_taken_evenly() -> None:
    kept = largest_variance_subset(np.array([[1.0, 0, 0, 0, 0, 0, 1, 0]]), 4)
    assert kept[0, [0, 6]].all()


def test_sums_of_squares_of_what_is_kept() -> None:
    rewards = np.array([[0.1, 0.1, 0.1], [1e9, 1e9 + 1, 7.0]])
    kept = np.array([[True, True, True], [True, True, False]])
    assert sums_of_squares(rewards, kept).tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    ("rewards", "size", "name"),
    [([1.0, 2.0], 0, "size"), ([1.0, 2.0], 3, "size"), ([1.0, np.nan], 1, "rewards")],
)
def test_bad_input(rewards: list[float], size: int, name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{name}: "):
        largest_variance_subset(np.array(rewards), size)
