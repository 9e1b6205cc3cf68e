"""Advantages of groups, some of whose completions have no reward."""

from __future__ import annotations

import numpy as np
import pytest

from sims.llm.training.group_advantages import EPSILON, group_advantages, share_of_equal_groups

NAN = float("nan")
REWARDS = np.array([[1.0, 0.0, 2.0], [NAN, 3.0, 5.0], [NAN, 1.0, NAN], [NAN, NAN, NAN], [4.0, 4.0, 4.0]])
"""Eight completions count: a single one in its group has nothing to be compared with."""


def by_hand(row: np.ndarray, place: int, method: str) -> float:
    scored = [float(value) for value in row if np.isfinite(value)]
    if not np.isfinite(row[place]) or len(scored) < 2:
        return 0.0
    if method == "rloo":
        return float(row[place]) - (sum(scored) - float(row[place])) / (len(scored) - 1)
    mean = sum(scored) / len(scored)
    deviation = (sum((value - mean) ** 2 for value in scored) / len(scored)) ** 0.5
    return (float(row[place]) - mean) / (deviation + EPSILON)


@pytest.mark.parametrize("method", ["rloo", "grpo"])
def test_advantages_are_those_by_hand(method):
    found = group_advantages(REWARDS, method)
    wanted = [[by_hand(row, place, method) / 8 for place in range(3)] for row in REWARDS]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-15)


@pytest.mark.parametrize("method", ["rloo", "grpo"])
def test_a_completion_without_a_reward_is_as_if_it_had_not_been_drawn(method):
    with_gap = group_advantages(np.array([[1.0, NAN, 4.0], [NAN, 0.5, 0.25]]), method)
    without = group_advantages(np.array([[1.0, 4.0], [0.5, 0.25]]), method)
    np.testing.assert_array_equal(with_gap[~np.isnan([[1.0, NAN, 4.0], [NAN, 0.5, 0.25]])], without.ravel())
    assert with_gap[0, 1] == with_gap[1, 0] == 0


@pytest.mark.parametrize("method", ["rloo", "grpo"])
@pytest.mark.parametrize("rewards", [np.full((2, 3), NAN), np.array([[1.0, NAN], [NAN, 2.0]]), np.full((2, 2), 0.3)])
def test_groups_that_say_nothing_change_nothing(method, rewards):
    np.testing.assert_array_equal(group_advantages(rewards, method), 0.0)


def test_equal_groups_are_those_of_several_rewards():
    assert share_of_equal_groups(REWARDS) == pytest.approx(1 / 3)
    assert np.isnan(share_of_equal_groups(np.array([[1.0, NAN], [NAN, NAN]])))
