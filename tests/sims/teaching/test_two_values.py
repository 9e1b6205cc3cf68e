"""Advantages of two rewards against enumeration of all groups."""

from __future__ import annotations

import numpy as np
import pytest

from sims.teaching.two_values import two_value_advantages, two_values
from tests.sims.teaching.group_enumeration import conditional_advantages

POLICY, REWARDS = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.7, -0.2, -0.2, 0.7])


@pytest.mark.parametrize(
    ("group_size", "epsilon", "lost_degrees"), [(2, 0.0, 0), (5, 0.0, 1), (6, 0.3, 0), (4, 1e-4, 1)]
)
def test_against_enumeration(group_size: int, epsilon: float, lost_degrees: int):
    tables = two_values(REWARDS[:, None], group_size, epsilon, lost_degrees)
    found = two_value_advantages(POLICY[:, None], tables)[:, 0]
    expected = conditional_advantages(POLICY, REWARDS, group_size, epsilon, lost_degrees)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_one_winner_has_the_known_advantage():
    # One winner among G gives (G - 1) / sqrt(G) over the deviation ... and -1 / sqrt(G - 1) to the others.
    tables = two_values(np.array([[1.0], [0.0]]), 4, 0.0, 0)
    np.testing.assert_allclose(tables.of_high[0], 3**0.5)
    np.testing.assert_allclose(tables.of_low[1] / 3, -(3**-0.5))


def test_equal_rewards_teach_nothing():
    tables = two_values(np.full((3, 1), 0.35), 4, 0.0, 1)
    assert not np.asarray(two_value_advantages(np.array([[0.2], [0.3], [0.5]]), tables)).any()
