"""P(no signal) against all subsets, and its expectation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tests.ragged_rewards import CONFORMANCE, prompts_of, ragged_rewards, scored
from theory.errors import InvalidInputError
from theory.estimators.group_moments import defined_mean
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.no_signal import expected_batches, no_signal_probabilities, smallest_group_with_signal
from theory.estimators.ranks import ranks

EIGHT = make_grouped_rewards([[1.0] * 2 + [0.0] * 6], [0, 8])
"""Two successes of eight."""


def test_numbers_by_hand():
    found = [round(float(no_signal_probabilities(EIGHT, size)[0, 0]), 4) for size in (1, 2, 4, 8)]
    assert found == [1.0, 0.5714, 0.2143, 0.0]
    assert np.isnan(no_signal_probabilities(EIGHT, 9)).all()


@given(ragged_rewards(), st.integers(1, 4))
def test_against_all_subsets(data, size):
    found = no_signal_probabilities(data, size)
    for prompt, rows in prompts_of(data):
        for model, row in enumerate(data.rewards[:, rows]):
            own = scored(row)
            subsets = [len(set(chosen)) == 1 for chosen in combinations(own, size)]
            np.testing.assert_allclose(found[model, prompt], np.mean(subsets) if subsets else np.nan, atol=1e-12)


def test_pooling_prompts_would_report_too_little():
    """The exact expectation over the number of successes among 16, for three prompts at G = 8."""
    outcomes = np.array([[1.0] * wins + [0.0] * (16 - wins) for wins in range(17)])
    data = make_grouped_rewards([outcomes.ravel()], np.arange(0, 17 * 16 + 1, 16))
    found = no_signal_probabilities(data, 8)[0]
    chances = np.array([0.0, 0.05, 0.4])
    expected = np.array([binom.pmf(np.arange(17), 16, p) @ found for p in chances])
    np.testing.assert_allclose(expected, chances**8 + (1 - chances) ** 8, rtol=1e-12)
    assert round(float(expected.mean()), 4) == 0.5603
    pooled = chances.mean()
    assert round(float(pooled**8 + (1 - pooled) ** 8), 4) == 0.2725


@given(ragged_rewards(), st.floats(0.05, 1.0), st.integers(2, 7))
def test_smallest_group(data, target, largest):
    enough = ranks(data).scored >= largest
    wanted = np.full(len(data.rewards), np.nan)
    for size in range(largest, 1, -1):
        mean = defined_mean(np.where(enough, no_signal_probabilities(data, size), np.nan))
        wanted = np.where(mean < target, size, wanted)
    np.testing.assert_array_equal(smallest_group_with_signal(data, target, largest), wanted)


def test_smallest_group_for_each_model():
    data = make_grouped_rewards([[1.0] * 2 + [0.0] * 6, [1.0] * 4 + [0.0] * 4, [1.0] * 8], [0, 8])
    np.testing.assert_array_equal(smallest_group_with_signal(data, 0.25, 8), [4, 3, np.nan])


def test_smallest_group_is_sought_on_prompts_that_tell_of_all_sizes():
    """The first prompt, with two equal rewards, says nothing of groups of eight."""
    data = make_grouped_rewards([[1.0, 1.0, *np.arange(8.0)]], [0, 2, 10])
    assert smallest_group_with_signal(data, 0.25, 8).tolist() == [2]


def test_batches():
    with pytest.raises(InvalidInputError, match="probabilities"):
        expected_batches(np.array([1.5]))
    assert expected_batches(no_signal_probabilities(CONFORMANCE, 2))[0].tolist() == pytest.approx([1.5, np.inf])


@pytest.mark.parametrize(("target", "largest"), [(0.0, 4), (1.5, 4), (0.5, 1)])
def test_bad_input(target, largest):
    with pytest.raises(InvalidInputError):
        smallest_group_with_signal(EIGHT, target, largest)


def test_sizes_and_places():
    with pytest.raises(InvalidInputError, match="group_size"):
        no_signal_probabilities(EIGHT, 0)
    with pytest.raises(InvalidInputError, match="places"):
        no_signal_probabilities(EIGHT, 2, ranks(CONFORMANCE))
