"""Several initial policies, each taught by the same few reward models (paper, Section 4.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float64

from sims.rlhf.replication import check_repetition, summary, teach
from sims.rlhf.setting import Setting, check_one_number
from sims.rlhf.teachers import learn_rewards, measured
from sims.rlhf.world import draw_world, with_policy
from theory.errors import InvalidInputError


@dataclass(frozen=True)
class InitialPolicy:
    """**Fields**: `name`; `style_logit`, how much it prefers its own style; `temperature`, the standard deviation of
    its logits within a style.

    **Raises** `InvalidInputError` naming the field, for numbers that are not finite or out of range."""

    name: str
    style_logit: float
    temperature: float = 0.7

    def __post_init__(self) -> None:
        for name in ("style_logit", "temperature"):
            check_one_number(name, getattr(self, name))
        if self.temperature < 0:
            raise InvalidInputError("temperature", self.temperature, "Give a number of at least zero.")


@dataclass(frozen=True)
class PublicRewardModel:
    """A reward model made without knowing the policies that it will teach.

    **Fields**: `name`; `own_share`, of its pairs in the own style, the rest being in the other; `prompt_component`, how
    much its reward differs between prompts; `mislabelled`, the share of its pairs with the wrong label.

    **Raises** `InvalidInputError` naming the field, for numbers that are not finite or out of range.
    """

    name: str
    own_share: float
    prompt_component: float
    mislabelled: float = 0.0

    def __post_init__(self) -> None:
        for name, highest in (("own_share", 1.0), ("mislabelled", 1.0), ("prompt_component", math.inf)):
            value = getattr(self, name)
            check_one_number(name, value)
            if not 0 <= value <= highest:
                least = "of at least zero" if math.isinf(highest) else "in [0, 1]"
                raise InvalidInputError(name, value, f"Give a number {least}.")


class PolicyComparison(NamedTuple):
    """What one repetition gives, from start to end of training.

    **Fields**

    - `reward_variance`, `on_policy_accuracy`, `off_policy_accuracy`: shape `(policies, models)`.
    - `proxy_increase`, `ground_truth_increase`: exact, shape `(policies, models, seeds)`; `sampled_proxy_increase`,
      `sampled_ground_truth_increase`: as the paper evaluates.
    - `kl_divergence`: at the end, nats.
    """

    reward_variance: Float64[np.ndarray, "policies models"]
    on_policy_accuracy: Float64[np.ndarray, "policies models"]
    off_policy_accuracy: Float64[np.ndarray, "policies models"]
    proxy_increase: Float64[np.ndarray, "policies models seeds"]
    ground_truth_increase: Float64[np.ndarray, "policies models seeds"]
    sampled_proxy_increase: Float64[np.ndarray, "policies models seeds"]
    sampled_ground_truth_increase: Float64[np.ndarray, "policies models seeds"]
    kl_divergence: Float64[np.ndarray, "policies models seeds"]


def compare_policies(
    setting: Setting,
    policies: Sequence[InitialPolicy],
    models: Sequence[PublicRewardModel],
    number: int,
    *,
    seeds: int,
    epochs: int,
) -> PolicyComparison:
    """Repetition `number`: one world, in which every policy is taught by every reward model.

    Pairs of the own style come from the setting's own initial policy. Reward models and ground truth are normalised
    anew for each policy.

    **Raises** `InvalidInputError` for no policies or models, or as `replicate` does.

    >>> from sims.rlhf import InitialPolicy, PublicRewardModel, Setting, compare_policies
    >>> setting = Setting(prompts=20, batch_size=4)
    >>> policies = [InitialPolicy("own style", 3.0), InitialPolicy("other style", -3.0)]
    >>> models = [PublicRewardModel("broad", own_share=0.5, prompt_component=0.6)]
    >>> found = compare_policies(setting, policies, models, 0, seeds=2, epochs=1)
    >>> found.ground_truth_increase.shape  # policies, models, seeds
    (2, 1, 2)
    """
    for name, given in (("policies", policies), ("models", models)):
        if not given:
            raise InvalidInputError(name, "none", "Give at least one.")
    check_repetition(number, seeds=seeds, epochs=epochs)
    rng = np.random.default_rng([number, 1])
    world = draw_world(setting, rng)
    learn_key, normal_key = jax.random.split(jax.random.key(number))
    learnt = learn_rewards(
        setting,
        world,
        learn_key,
        on_policy_shares=[model.own_share for model in models],
        prompt_components=[model.prompt_component for model in models],
        mislabelled=[model.mislabelled for model in models],
    )
    rewards = np.concatenate([learnt, world.ground_truth_reward[None]])
    found = []
    for policy in policies:
        scale = policy.temperature / np.sqrt(setting.features // 2)
        own = with_policy(world, np.append(scale * rng.standard_normal(setting.features), -policy.style_logit))
        teachers = measured(rewards, own, normal_key, setting.normalisation)
        only = teachers._replace(**{name: getattr(teachers, name)[:-1] for name in _PER_MODEL})
        one = summary(only, teach(setting, own, only, number, seeds=seeds, epochs=epochs))
        found.append([np.asarray(values)[..., -1] if np.ndim(values) == 3 else values for values in one])
    return PolicyComparison(*(np.stack(columns) for columns in zip(*found, strict=True)))


_PER_MODEL = ("rewards", "reward_variance", "on_policy_accuracy", "off_policy_accuracy")
