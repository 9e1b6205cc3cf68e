"""Advantages from several rewards, against the formulas written out."""

from __future__ import annotations

import numpy as np
import pytest

from theory.comparison.several_rewards import decoupled_advantages, summed_advantages
from theory.comparison.trainer_conventions import trainer_convention
from theory.errors import InvalidInputError
from theory.estimators.grouped_rewards import make_grouped_rewards

TRL = trainer_convention("trl")
REWARDS = np.array([[1.0, 0.0, 0.5, 0.25, 1.0], [0.1, 0.2, 0.7, 0.0, 3.0]])
DATA = make_grouped_rewards(REWARDS, [0, 3, 5])
WEIGHTS = np.array([1.0, 0.5])


def standardised(rewards: np.ndarray) -> np.ndarray:
    groups = (rewards[:3], rewards[3:])
    return np.concatenate([(group - group.mean()) / (group.std(ddof=1) + 1e-4) for group in groups])


def test_summed() -> None:
    found = summed_advantages(DATA, WEIGHTS, TRL)
    np.testing.assert_allclose(found, standardised(WEIGHTS @ REWARDS), rtol=1e-12)


def test_decoupled() -> None:
    wanted = WEIGHTS[0] * standardised(REWARDS[0]) + WEIGHTS[1] * standardised(REWARDS[1])
    np.testing.assert_allclose(decoupled_advantages(DATA, WEIGHTS, TRL), wanted, rtol=1e-12)


def test_unscored_completions_have_none() -> None:
    data = make_grouped_rewards([[1.0, 0.0, 2.0], [0.0, np.nan, 1.0]], [0, 3])
    for advantages in (summed_advantages, decoupled_advantages):
        assert np.isnan(advantages(data, np.ones(2), TRL)).tolist() == [False, True, False]


@pytest.mark.parametrize("weights", [np.ones(3), np.array([1.0, np.inf])])
def test_bad_weights(weights: np.ndarray) -> None:
    for advantages in (summed_advantages, decoupled_advantages):
        with pytest.raises(InvalidInputError, match="weights"):
            advantages(DATA, weights, TRL)
