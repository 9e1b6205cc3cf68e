"""The seven reward models: accuracy, variance and what becomes of a setting that cannot teach."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from sims.rlhf import TEACHERS, Setting, draw_world, train_teachers
from sims.rlhf.teachers import FLAT, TRUTH, learn_rewards
from theory.errors import InvalidInputError

SETTING = Setting(prompts=200, batch_size=10)


@pytest.fixture(scope="module")
def world():
    return draw_world(SETTING, np.random.default_rng(1))


@pytest.fixture(scope="module")
def teachers(world):
    return train_teachers(SETTING, world, jax.random.key(0))


def test_perfect_models_are_perfect_and_the_flat_one_has_the_lowest_variance(teachers) -> None:
    flat, truth = TEACHERS.index(FLAT), TEACHERS.index(TRUTH)
    for accuracy in (teachers.on_policy_accuracy, teachers.off_policy_accuracy):
        np.testing.assert_allclose(accuracy[[flat, truth]], 1, atol=1e-12)
        assert (accuracy[:5] < 0.9).all()
    assert np.argmin(teachers.reward_variance) == flat
    np.testing.assert_array_equal(teachers.rewards[truth], teachers.ground_truth_reward)


def test_models_are_accurate_where_their_pairs_come_from(teachers) -> None:
    assert teachers.on_policy_accuracy[0] > teachers.on_policy_accuracy[4]
    assert teachers.off_policy_accuracy[0] < teachers.off_policy_accuracy[4]


def test_flattening_leaves_half_of_the_prompts_alone(world, teachers) -> None:
    spread = np.ptp(teachers.rewards[TEACHERS.index(FLAT)][world.taught], axis=1)
    truth = np.ptp(teachers.ground_truth_reward[world.taught], axis=1)
    ratio = spread / truth
    assert np.sum(ratio < 0.01 * ratio.max()) == len(world.taught) / 2


def test_a_component_of_the_prompt_changes_no_preference(world) -> None:
    key = jax.random.key(2)
    plain, shifted = (
        learn_rewards(SETTING, world, key, on_policy_shares=[0.5], prompt_components=[size]) for size in (0.0, 2.0)
    )
    difference = shifted - plain
    np.testing.assert_allclose(difference, np.broadcast_to(difference[..., :1], difference.shape), atol=1e-12)
    assert np.ptp(difference[0, :, 0]) > 0.1


def test_wrong_labels_cost_accuracy(world) -> None:
    """With every label wrong a linear model from zero learns exactly the negative."""
    right, wrong = learn_rewards(
        SETTING,
        world,
        jax.random.key(3),
        on_policy_shares=[0.5, 0.5],
        prompt_components=[0.6, 0.6],
        mislabelled=[0.0, 1.0],
    )
    np.testing.assert_allclose(right, -wrong, rtol=1e-9, atol=1e-12)


def test_normalising_by_variance_equalises_it_but_not_what_is_reported(world) -> None:
    by_variance = train_teachers(replace(SETTING, normalisation="variance"), world, jax.random.key(0))
    policy = np.exp(world.log_policy)[world.taught]
    rewards = by_variance.rewards[:, world.taught]
    means = np.sum(policy * rewards, axis=-1, keepdims=True)
    variances = np.sum(policy * (rewards - means) ** 2, axis=-1).mean(axis=-1)
    np.testing.assert_allclose(variances, 1, rtol=1e-9)
    assert np.ptp(by_variance.reward_variance) > 0.1


def test_no_pairs_and_diverging_models_are_said(world) -> None:
    with pytest.raises(InvalidInputError, match="no pair"):
        train_teachers(replace(SETTING, pairs_per_prompt=0), world, jax.random.key(0))
    with pytest.raises(InvalidInputError, match="diverging"):
        train_teachers(replace(SETTING, reward_model_learning_rate=1e4), world, jax.random.key(0))
