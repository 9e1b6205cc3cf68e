"""Shapes and numbers that do not fit are refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from sims.reward_models.reward_input import check_distribution, check_models, chosen_prompts
from theory.errors import InvalidInputError


@pytest.mark.parametrize(
    "rewards", [np.zeros((3, 4)), np.zeros((0, 3, 4)), np.zeros((2, 2, 4)), np.full((1, 3, 4), np.nan), "none"]
)
def test_rewards_of_models(rewards: object) -> None:
    with pytest.raises(InvalidInputError, match="rewards"):
        check_models(rewards, (3, 4))


@pytest.mark.parametrize("logs", [np.zeros(4), np.zeros((0, 4)), [[0.0, np.nan]], [[0.0, np.inf]]])
def test_distributions(logs: object) -> None:
    with pytest.raises(InvalidInputError, match="log_policy"):
        check_distribution("log_policy", logs)


def test_what_fits() -> None:
    assert check_distribution("log_policy", [[0.0, -np.inf]]) == (1, 2)
    assert check_models([[[1, 2]]], (1, 2)).dtype == np.float64
    np.testing.assert_array_equal(chosen_prompts(None, 3), [0, 1, 2])
    with pytest.raises(InvalidInputError, match="prompts"):
        chosen_prompts([3], 3)
