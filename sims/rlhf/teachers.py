"""The seven reward models of Section 4.1: five learnt from preferences, the flattened ground truth, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Bool, Float64

from sims.reward_models import (
    LinearRewardModel,
    PreferencePairs,
    flatten_prompts,
    mean_reward_variance,
    normalise_by_samples,
    normalise_by_variance,
    policy_accuracy,
    sample_pairs,
    train_reward_models,
)
from sims.rlhf.setting import Setting
from sims.rlhf.world import World

ON_POLICY_SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
FLAT, TRUTH = "perfect accuracy, low reward variance", "ground truth"
TEACHERS = (*(f"{share:.0%} on-policy" for share in ON_POLICY_SHARES), FLAT, TRUTH)
"""The reward models in the order of the paper's Table 1."""


class Teachers(NamedTuple):
    """Reward models with what the paper measures of them, over the prompts that the policy is taught on.

    **Fields**

    - `rewards`: as used for training, shape `(models, prompts, outputs)`; `ground_truth_reward`: normalised by samples,
      the unit of increases, shape `(prompts, outputs)`.
    - `reward_variance`: of rewards normalised by samples, whichever normalisation is used (as in Table 9).
    - `on_policy_accuracy`, `off_policy_accuracy`: exact (Definition 1), shape `(models,)` like the variance.
    """

    rewards: Float64[np.ndarray, "models prompts outputs"]
    ground_truth_reward: Float64[np.ndarray, "prompts outputs"]
    reward_variance: Float64[np.ndarray, " models"]
    on_policy_accuracy: Float64[np.ndarray, " models"]
    off_policy_accuracy: Float64[np.ndarray, " models"]


def train_teachers(setting: Setting, world: World, key: jax.Array) -> Teachers:
    """The reward models named in `TEACHERS`.

    **Raises** `InvalidInputError` for a setting without a single preference pair, or naming a model that diverges.

    >>> import jax, numpy as np
    >>> from sims.rlhf import TEACHERS, Setting, draw_world, train_teachers
    >>> setting = Setting(prompts=20, batch_size=4)
    >>> world = draw_world(setting, np.random.default_rng(0))
    >>> teachers = train_teachers(setting, world, jax.random.key(0))
    >>> TEACHERS[-1], teachers.on_policy_accuracy.shape, round(float(teachers.on_policy_accuracy[-1]), 3)
    ('ground truth', (7,), 1.0)
    """
    pairs_key, flat_key, normal_key = jax.random.split(key, 3)
    learnt = learn_rewards(
        setting,
        world,
        pairs_key,
        on_policy_shares=ON_POLICY_SHARES,
        prompt_components=[setting.prompt_component] * len(ON_POLICY_SHARES),
    )
    truth = world.ground_truth_reward
    flat = flatten_prompts(
        flat_key, truth, factor=setting.flattening, share=setting.flattened_share, prompts=world.taught
    )
    return measured(np.concatenate([learnt, flat[None], truth[None]]), world, normal_key, setting.normalisation)


def learn_rewards(
    setting: Setting,
    world: World,
    key: jax.Array,
    *,
    on_policy_shares: Sequence[float],
    prompt_components: Sequence[float],
    mislabelled: Sequence[float] | None = None,
) -> Float64[np.ndarray, "models prompts outputs"]:
    """Reward models that are linear in the features, by gradient descent on the Bradley-Terry loss from zero.

    A reward model also sees features of the prompt, with the same weights. They cancel in the loss, which compares
    outputs of one prompt, so that what they add is whatever the other weights make of it.

    **Arguments**, one entry per model

    - `on_policy_shares`: of its pairs.
    - `prompt_components`: the size of the prompt's features, those of outputs being one.
    - `mislabelled`: the share of pairs whose label is wrong; none if not given.
    """
    pairs_key, flip_key = jax.random.split(key)
    pairs = sample_pairs(
        pairs_key,
        log_policy=world.log_policy,
        log_off_policy=world.log_off_policy,
        ground_truth_reward=world.ground_truth_reward,
        on_policy_shares=list(on_policy_shares),
        pairs_per_prompt=setting.pairs_per_prompt,
        prompts=world.trained,
    )
    if mislabelled is not None:
        chances = np.asarray(jax.random.uniform(flip_key, np.shape(pairs.prompt)[1:]))
        pairs = _exchanged(pairs, chances < np.asarray(mislabelled)[:, None])
    found = train_reward_models(
        key,
        LinearRewardModel(jnp.asarray(world.features)),
        pairs,
        optimizer=_descent(setting.reward_model_learning_rate),
        steps=setting.reward_model_steps,
    )
    of_prompts = found.parameters @ world.prompt_features.T
    return found.rewards + np.asarray(prompt_components)[:, None, None] * of_prompts[:, :, None]


@cache
def _descent(learning_rate: float) -> optax.GradientTransformation:
    # The same object compiles once.
    return optax.sgd(learning_rate)


def _exchanged(pairs: PreferencePairs, wrong: Bool[np.ndarray, "models pairs"]) -> PreferencePairs:
    chosen, rejected = np.asarray(pairs.chosen), np.asarray(pairs.rejected)
    return pairs._replace(chosen=np.where(wrong, rejected, chosen), rejected=np.where(wrong, chosen, rejected))


def measured(
    rewards: Float64[np.ndarray, "models prompts outputs"], world: World, key: jax.Array, normalisation: str
) -> Teachers:
    """Reward models, the last of which is the ground truth, normalised and measured under the initial policy."""
    taught, truth = world.taught, world.ground_truth_reward
    by_samples = normalise_by_samples(key, rewards, world.log_policy, prompts=taught)
    used = by_samples
    if normalisation == "variance":
        used = normalise_by_variance(rewards, world.log_policy, prompts=taught)
    return Teachers(
        rewards=used,
        ground_truth_reward=by_samples[-1],
        reward_variance=np.asarray(mean_reward_variance(by_samples, world.log_policy, prompts=taught)),
        on_policy_accuracy=np.asarray(policy_accuracy(rewards, truth, world.log_policy, prompts=taught)),
        off_policy_accuracy=np.asarray(policy_accuracy(rewards, truth, world.log_off_policy, prompts=taught)),
    )
