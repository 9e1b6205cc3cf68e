"""Random groups of completions are what statements take, and hard ones are among them."""

from __future__ import annotations

import json

import numpy as np

from proofs_check.instances.group_families import (
    batched,
    drawn_groups,
    group_record,
    random_rewards,
    scored_groups,
    scored_prompts,
)


def test_rewards_of_every_kind() -> None:
    rewards = random_rewards(np.random.default_rng(0), (500, 8))
    spread = np.ptp(rewards, axis=-1)
    assert (spread == 0).any()
    assert ((spread > 0) & (spread < 1e-6)).any()
    assert (np.abs(rewards) > 10).any()
    assert np.isin(rewards, (0.0, 1.0)).all(axis=-1).any()


def test_subsets_have_two_members_or_more() -> None:
    groups = scored_groups(np.random.default_rng(0), 200, 5)
    sizes = groups.kept.sum(axis=-1)
    assert groups.batch_shape == (200,)
    assert set(sizes) == {2, 3, 4, 5}


def test_shifts_and_policies() -> None:
    rng = np.random.default_rng(0)
    prompts = scored_prompts(rng, 100, 3, 4)
    assert prompts.shifted.shape == (100, 3, 4)
    drawn = drawn_groups(rng, 50, prompts=2, outputs=3, draws=5, size=2)
    np.testing.assert_allclose(drawn.probabilities.sum(axis=-1), 1.0)
    assert (drawn.probabilities > 0).all()
    again = batched(batched(drawn))
    assert again.batch_shape == (1, 1, 50)
    assert json.loads(json.dumps(group_record(drawn, 3)))["draws"] == 5
