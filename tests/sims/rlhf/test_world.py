"""A world is what its setting says, checked by computing the setting's numbers back from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sims.rlhf import Setting, draw_world
from sims.rlhf.world import with_policy
from theory.policies.policy import output_log_probabilities

SETTING = Setting(prompts=400, batch_size=10)


def _drawn(**changed: object):
    return draw_world(replace(SETTING, **changed), np.random.default_rng(0))  # type: ignore[arg-type]


def test_the_ground_truth_has_the_variance_and_mean_of_the_setting() -> None:
    world = _drawn()
    policy = np.exp(world.log_policy)
    means = np.sum(policy * world.ground_truth_reward, axis=1)
    within = np.sum(policy * (world.ground_truth_reward - means[:, None]) ** 2, axis=1)
    assert within.mean() == pytest.approx(SETTING.within_variance, rel=1e-12)
    error = np.sqrt((1 - SETTING.within_variance) / SETTING.prompts)
    assert means.mean() == pytest.approx(SETTING.mean, abs=4 * error)
    assert means.var() == pytest.approx(1 - SETTING.within_variance, rel=0.3)


def test_log_probabilities_are_those_of_the_policy() -> None:
    world = _drawn()
    np.testing.assert_allclose(
        output_log_probabilities(world.policy, world.parameters), world.log_policy, rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(np.exp(world.log_off_policy).sum(axis=1), 1, rtol=1e-12)


def test_the_initial_policy_prefers_its_own_style_and_the_other_distribution_the_other() -> None:
    world = _drawn()
    own = np.arange(SETTING.outputs) < SETTING.own_outputs
    assert np.exp(world.log_policy)[:, own].sum(axis=1).mean() > 0.9
    assert np.exp(world.log_off_policy)[:, own].sum(axis=1).mean() < 0.1


def test_hidden_features_are_not_seen() -> None:
    world = _drawn(visible_features=12)
    varies = np.ptp(world.features.reshape(-1, 25), axis=0) > 0
    assert varies[:24].sum() == 12
    assert varies[:12].sum() == 6
    assert varies[24], "the style is always seen"


def test_features_told_apart_by_style_are_worth_the_same_only_if_they_transfer() -> None:
    """Least squares on either kind of outputs recovers what features are worth there."""
    for transfer, same in ((1.0, True), (0.0, False)):
        world = _drawn(transfer=transfer, unseen=0.0, other_bonus=0.0)
        own = np.arange(SETTING.outputs) < SETTING.own_outputs
        fits = [
            np.linalg.lstsq(
                (world.features[:, chosen, :24] - world.features[:, chosen, :24].mean(axis=1, keepdims=True)).reshape(
                    -1, 24
                ),
                (
                    world.ground_truth_reward[:, chosen]
                    - world.ground_truth_reward[:, chosen].mean(axis=1, keepdims=True)
                ).ravel(),
                rcond=None,
            )[0]
            for chosen in (own, ~own)
        ]
        own_fit, other_fit = fits
        assert np.allclose(own_fit, other_fit, atol=1e-8) == same


def test_another_policy_leaves_the_world_as_it_is() -> None:
    world = _drawn()
    other = with_policy(world, -world.parameters)
    assert other.ground_truth_reward is world.ground_truth_reward
    np.testing.assert_allclose(
        output_log_probabilities(other.policy, other.parameters), other.log_policy, rtol=1e-12, atol=1e-12
    )
