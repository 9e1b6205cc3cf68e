"""What estimates are compared with: exact expectations over draws, and quantities of the policy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from theory.estimators.grouped_rewards import GroupedRewards
from theory.instances.group_sides import (
    between_prompts,
    expected_estimate,
    expected_largest,
    largest_with_replacement,
    no_signal,
    truth_class_parts,
    with_replacement,
)
from theory.instances.sampled_groups import DrawnGroupInstance, ScoredPromptsInstance, as_groups

POLICY, REWARDS = np.array([0.2, 0.5, 0.3]), np.array([1.0, -1.0, 1.0])


def runs(draws: int) -> list[tuple[float, np.ndarray]]:
    every = itertools.product(range(3), repeat=draws)
    return [(math.prod(POLICY[list(run)]), REWARDS[list(run)]) for run in every]


def test_expectations_are_over_all_runs() -> None:
    instance = DrawnGroupInstance(probabilities=POLICY[None, None], rewards=REWARDS[None], draws=4, size=2)

    def cubed(grouped: GroupedRewards, size: int) -> np.ndarray:
        return size * (grouped.rewards.reshape(1, -1, 4).sum(axis=-1)) ** 3

    wanted = 2 * sum(p * rewards.sum() ** 3 for p, rewards in runs(4))
    assert expected_estimate(instance, cubed)[0, 0] == pytest.approx(wanted, rel=1e-13)


def test_quantities_of_the_policy() -> None:
    assert no_signal(POLICY, REWARDS, 3) == pytest.approx(0.5**3 + 0.5**3)
    wanted = sum(p * rewards.max() for p, rewards in runs(3))
    assert expected_largest(POLICY, REWARDS, 3) == pytest.approx(wanted)


def test_draws_with_replacement() -> None:
    groups = as_groups(np.array([[1.0, 0.0, 0.0, 0.0]]))
    assert with_replacement(groups, 2)[0, 0] == pytest.approx(1 / 16 + 9 / 16)
    assert largest_with_replacement(groups, 2)[0, 0] == pytest.approx(1 - 9 / 16)


def test_parts_of_a_variance() -> None:
    parts = truth_class_parts(np.array([3.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(parts, [2.0, 2 / 3, 4 / 3])
    once = truth_class_parts(np.array([3.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]), each_class_once=True)
    np.testing.assert_allclose(once, [4 / 3, 2 / 3, 2 / 3])


def test_between_prompts() -> None:
    instance = ScoredPromptsInstance(rewards=np.array([[0.0, 2.0], [1.0, 3.0]]), shift=np.array([0.0, 4.0]))
    assert instance.batch_shape == ()
    assert between_prompts(instance.rewards) == pytest.approx(4 * 0.25)
    assert between_prompts(instance.shifted) == pytest.approx(4 * 2.5**2)
