"""Sums and moments of groups against NumPy, group by group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ragged_rewards import NAN, prompts_of, ragged_rewards, scored
from theory.estimators.group_moments import defined_mean, divided, group_moments, group_sums


@given(ragged_rewards())
def test_against_numpy(data):
    found = group_moments(data.rewards, data.offsets)
    sums = group_sums(np.nan_to_num(data.rewards), data.offsets)
    for prompt, rows in prompts_of(data):
        for model, rewards in enumerate(data.rewards[:, rows]):
            own = scored(rewards)
            place = (model, prompt)
            assert found.counts[place] == len(own)
            assert sums[place] == pytest.approx(own.sum(), abs=1e-12)
            if not len(own):
                assert np.isnan(found.mean[place])
                assert np.isnan(found.smallest[place])
                continue
            assert found.mean[place] == pytest.approx(own.mean(), abs=1e-14)
            assert found.sum_of_squares[place] == pytest.approx(((own - own.mean()) ** 2).sum(), abs=1e-13)
            assert (found.smallest[place], found.largest[place]) == (own.min(), own.max())


@pytest.mark.parametrize("value", [0.1, 0.35, -1e8 / 3, 1e150])
def test_equal_values_leave_nothing(value):
    found = group_moments(np.full(7, value), np.array([0, 7]))
    assert found.sum_of_squares.tolist() == [0.0]
    assert found.mean.tolist() == [value]


@given(st.floats(-1e6, 1e6))
def test_a_large_common_part_costs_only_its_own_digits(common):
    values = common + np.array([0.0, 1.0, 2.0, 3.0]) * 2.0**-20
    exact = values - values[0]
    found = group_moments(values, np.array([0, 4])).sum_of_squares[0]
    assert found == pytest.approx(((exact - exact.mean()) ** 2).sum(), rel=1e-14, abs=0)


def test_means_and_quotients_of_nothing():
    assert np.isnan(defined_mean(np.array([NAN, NAN])))
    np.testing.assert_array_equal(divided(np.array([1.0, 0.0, 1.0]), np.array([2.0, 0.0, NAN])), [0.5, NAN, NAN])
