"""The double integral for mean advantages against enumeration of all groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.teaching.group_integral import group_integral, integral_advantages, node_weights, nodes_needed
from sims.teaching.two_values import two_value_advantages, two_values
from tests.sims.teaching.group_enumeration import conditional_advantages

TOLERANCE = 3e-4


def by_integral(
    policy: np.ndarray, rewards: np.ndarray, group_size: int, epsilon: float, lost_degrees: int, more_nodes: int = 0
) -> np.ndarray:
    nodes = int(nodes_needed(rewards[None], group_size)[0]) + more_nodes
    x, weights = node_weights(np.array([np.ptp(rewards)]), nodes, group_size, epsilon, lost_degrees)
    integral = group_integral(rewards[:, None], x, weights, group_size)
    return np.asarray(integral_advantages(policy[:, None], integral, group_size))[:, 0]


@pytest.mark.parametrize(("epsilon", "lost_degrees"), [(0.0, 0), (1e-4, 1), (0.3, 1)])
@pytest.mark.parametrize("group_size", [2, 3, 6])
def test_against_enumeration(group_size: int, epsilon: float, lost_degrees: int):
    policy, rewards = np.array([0.05, 0.5, 0.25, 0.2]), np.array([1.0, -0.3, 0.2, 0.21])
    found = by_integral(policy, rewards, group_size, epsilon, lost_degrees)
    expected = conditional_advantages(policy, rewards, group_size, epsilon, lost_degrees)
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)


@given(
    st.lists(st.floats(-1, 1), min_size=4, max_size=4),
    st.lists(st.floats(-6, 0), min_size=4, max_size=4),
    st.sampled_from([0.0, 1e-4, 1e-2]),
)
def test_any_rewards_near_ties_and_rare_outputs_too(rewards: list, logits: list, epsilon: float):
    values = np.round(np.array(rewards), 12)
    policy = np.exp(logits)
    policy /= policy.sum()
    found = by_integral(policy, values, 4, epsilon, 0)
    np.testing.assert_allclose(found, conditional_advantages(policy, values, 4, epsilon, 0), atol=TOLERANCE)


def test_two_values_are_a_special_case():
    policy, rewards = np.array([0.1, 0.2, 0.7]), np.array([1.0, 0.0, 1.0])
    exact = two_value_advantages(policy[:, None], two_values(rewards[:, None], 16, 1e-4, 1))[:, 0]
    np.testing.assert_allclose(by_integral(policy, rewards, 16, 1e-4, 1), exact, atol=TOLERANCE)


def test_more_nodes_change_nothing():
    policy, rewards = np.array([0.05, 0.5, 0.25, 0.2]), np.array([1.0, -0.3, 0.2, 0.21])
    one, other = (by_integral(policy, rewards, 5, 1e-4, 1, more) for more in (0, 16))
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_scale_changes_nothing_without_epsilon():
    policy, rewards = np.array([0.05, 0.5, 0.25, 0.2]), np.array([1.0, -0.3, 0.2, 0.21])
    np.testing.assert_allclose(
        by_integral(policy, 1e-9 * rewards, 4, 0.0, 1), by_integral(policy, rewards, 4, 0.0, 1), atol=1e-5
    )


def test_equal_rewards_teach_nothing():
    assert not by_integral(np.array([0.2, 0.3, 0.5]), np.full(3, 0.35), 4, 1e-4, 1).any()


def test_nearer_rewards_need_more_nodes():
    few, many = nodes_needed(np.array([[0.0, 0.5, 1.0], [0.0, 1e-9, 1.0]]), 8)
    assert few < many
