"""Logged advantages against a recomputation by every convention."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.audit.analysis.advantages import advantage_agreement
from tests.flatscape.audit.audited import samples
from theory.comparison.trainer_conventions import trainer_advantages, trainer_convention

RNG = np.random.default_rng(0)
REWARDS = RNG.normal(size=(2, 24))
OFFSETS = [0, 4, 8, 16, 24]
TRAINED = [(REWARDS[1:], "rm_1"), (REWARDS.sum(axis=0, keepdims=True), "sum of all")]


def logged(trainer, rewards):
    data = samples(rewards, OFFSETS).grouped
    return trainer_advantages(data, trainer_convention(trainer))[0]


@pytest.mark.parametrize("trainer", ["trl", "open-instruct", "nemo-rl"])
@pytest.mark.parametrize(
    ("rewards", "name"), [(REWARDS[1:], "rm_1"), (REWARDS.sum(axis=0, keepdims=True), "sum of all")]
)
def test_the_reward_and_the_convention_are_found(trainer, rewards, name):
    data = samples(REWARDS, OFFSETS, advantage=logged(trainer, rewards))
    found = advantage_agreement(data, trainer)
    assert found is not None
    assert (found.convention, found.reward, found.agree, found.rows) == (trainer, name, True, 24)
    assert found.largest_difference < 1e-12
    # Asked for by another name it is found all the same.
    other = advantage_agreement(data, "nemo-rl-centred")
    assert other is not None
    assert (other.agree, other.reward) == (True, name)


def test_what_agrees_with_nothing_is_told():
    found = advantage_agreement(samples(REWARDS, OFFSETS, advantage=np.full(24, 0.25)), "trl")
    assert found is not None
    assert not found.agree


def test_gaps_are_not_compared():
    given = logged("trl", REWARDS[:1])
    given[:4] = np.nan
    found = advantage_agreement(samples(REWARDS, OFFSETS, advantage=given), "trl")
    assert found is not None
    assert (found.rows, found.agree) == (20, True)


def test_without_a_column_there_is_nothing():
    assert advantage_agreement(samples(REWARDS, OFFSETS), "trl") is None
