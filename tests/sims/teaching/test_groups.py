"""Groups of scored completions: what is left out, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from sims.teaching import scored_groups
from theory.errors import InvalidInputError

REWARDS = np.array([[1.0, 0.0, np.nan, 0.5, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, np.nan, 0.5, 0.6, 0.7]])
OFFSETS = np.array([0, 3, 4, 4, 7])


def test_unscored_rows_and_small_groups_are_left_out_for_all_models():
    groups = scored_groups(REWARDS, OFFSETS, truth=np.arange(7.0))
    assert groups.numbers.tolist() == [0, 3]
    assert groups.offsets.tolist() == [0, 2, 5]
    assert (groups.unscored_rows, groups.small_groups) == (2, 2)
    np.testing.assert_array_equal(groups.rewards, REWARDS[:, [0, 1, 4, 5, 6]])
    assert groups.truth is not None
    np.testing.assert_array_equal(groups.truth, [0, 1, 4, 5, 6])
    np.testing.assert_allclose(np.exp(groups.initial_log_probabilities), [1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3])


def test_a_row_without_a_truth_is_unscored():
    groups = scored_groups(np.ones((1, 4)), np.array([0, 4]), truth=np.array([1.0, np.nan, 0.0, 2.0]))
    assert (groups.unscored_rows, groups.sizes.tolist()) == (1, [3])


def test_log_probabilities_are_normalised_among_the_rows_that_are_left():
    rewards, log_weights = np.array([[1.0, np.nan, 0.0, 1.0, 0.0]]), np.array([-900.0, 5.0, -901.0, 0.0, 0.0])
    groups = scored_groups(rewards, np.array([0, 3, 5]), initial_log_probabilities=log_weights)
    first = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(np.exp(groups.initial_log_probabilities), [first, 1 - first, 0.5, 0.5], rtol=1e-13)


def test_global_normalisation_is_of_the_models_only():
    truth = np.array([5.0, 1.0, 2.0, 8.0])
    groups = scored_groups(3 * truth[None] + 1, np.array([0, 2, 4]), truth=truth, normalisation="global")
    np.testing.assert_allclose(groups.rewards[0], (truth - truth.mean()) / truth.std(), rtol=1e-13)
    np.testing.assert_array_equal(groups.truth, truth)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rewards", {"rewards": np.array([1.0, 2.0])}),
        ("rewards", {"rewards": np.array([[1.0, np.inf, 0.0, 0.0]])}),
        ("rewards", {"rewards": np.full((1, 4), np.nan)}),
        ("rewards", {"rewards": np.ones((1, 4)), "normalisation": "global"}),
        ("offsets", {"offsets": np.array([0, 3])}),
        ("offsets", {"offsets": np.array([0, 3, 2, 4])}),
        ("offsets", {"offsets": np.array([1, 4])}),
        ("offsets", {"offsets": np.array([0.0, 4.0])}),
        ("truth", {"truth": np.zeros(3)}),
        ("truth", {"truth": np.array([0, 1, 2, np.inf])}),
        ("initial_log_probabilities", {"initial_log_probabilities": np.array([0, np.nan, 0, 0])}),
        ("initial_log_probabilities", {"initial_log_probabilities": np.array([0, -701.0, 0, 0])}),
        ("normalisation", {"normalisation": "rank"}),
    ],
)
def test_bad_input_is_named(name: str, change: dict):
    fitting = {"rewards": np.array([[1.0, 0.0, 0.5, 0.2]]), "offsets": np.array([0, 4])} | change
    with pytest.raises(InvalidInputError, match=name):
        scored_groups(fitting.pop("rewards"), fitting.pop("offsets"), **fitting)
