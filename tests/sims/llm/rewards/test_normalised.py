from __future__ import annotations

import numpy as np
import pytest

from sims.llm import GroundTruth, Normalised, RewardScale, sampled_scale
from theory.errors import InvalidInputError

from .conftest import texts_of

TEXTS = texts_of("A lovely day!", "Hello.", "I hate this.", "Great.")


def test_sampled_rewards_get_mean_zero_and_deviation_one():
    scale = sampled_scale(GroundTruth()(TEXTS))
    found = Normalised(GroundTruth(), *scale)(TEXTS)
    assert abs(found.mean()) < 1e-12
    assert abs(found.std() - 1) < 1e-12


def test_what_was_not_scored_is_left_out():
    rewards = np.array([[1.0, np.nan, 2.0], [6.0, np.nan, np.nan]])
    assert sampled_scale(rewards) == RewardScale(3.0, float(np.std([1.0, 2.0, 6.0])))


def test_the_name_is_that_of_the_reward():
    assert Normalised(GroundTruth(name="VADER"), mean=0.0, deviation=1.0).name == "VADER"


@pytest.mark.parametrize(
    "rewards", [[0.1] * 7, [0.0], [], [np.nan], [1.0, np.inf], [5e-324, 0.0]], ids=lambda values: str(values[:2])
)
def test_rewards_that_cannot_be_scaled_are_refused(rewards):
    with pytest.raises(InvalidInputError, match="rewards"):
        sampled_scale(np.array(rewards))


@pytest.mark.parametrize(("mean", "deviation"), [(np.nan, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, np.nan), (0.0, np.inf)])
def test_a_scale_that_is_none_is_refused(mean, deviation):
    with pytest.raises(InvalidInputError):
        Normalised(GroundTruth(), mean=float(mean), deviation=float(deviation))
