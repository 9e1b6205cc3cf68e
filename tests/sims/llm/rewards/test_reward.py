"""Every reward of the package is one: a name, whether it needs features, and one float64 per completion."""

from __future__ import annotations

import numpy as np
import pytest

from sims.llm import (
    CalledReward,
    EndpointReward,
    Flattened,
    GroundTruth,
    HalfLexicon,
    Normalised,
    PreferenceHead,
    Reward,
    ScoredTexts,
    Squashed,
)

TRUTH = GroundTruth()
HEAD = PreferenceHead(np.ones(2), np.zeros(2), np.ones(2), loss=0.0)
WITHOUT_FEATURES = [
    TRUTH,
    HalfLexicon(seed=3),
    Squashed(TRUTH, {"Say hello.": 0.0}, factor=0.1),
    Flattened(TRUTH, frozenset()),
    Normalised(TRUTH, mean=0.0, deviation=1.0),
    CalledReward(lambda prompts, completions: [0] * len(completions), name="zero"),
]
WITH_FEATURES = [
    HEAD,
    Squashed(HEAD, {}, factor=0.1),
    Flattened(HEAD, frozenset()),
    Normalised(HEAD, mean=0.0, deviation=1.0),
]


@pytest.mark.parametrize("reward", WITHOUT_FEATURES, ids=lambda reward: reward.name)
def test_one_float64_per_completion(reward):
    assert isinstance(reward, Reward)
    assert reward.name
    assert not reward.needs_features
    for count in (0, 1, 3):
        found = reward(ScoredTexts(("Say hello.",) * count, ("A lovely day!",) * count, None))
        assert found.dtype == np.float64
        assert found.shape == (count,)
        assert np.isfinite(found).all()


@pytest.mark.parametrize("reward", WITH_FEATURES, ids=lambda reward: reward.name)
def test_features_are_needed_by_what_wraps_a_reward_that_needs_them(reward):
    assert isinstance(reward, Reward)
    assert reward.needs_features


def test_an_endpoint_is_a_reward():
    assert isinstance(EndpointReward("http://localhost:1"), Reward)
