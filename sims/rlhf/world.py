"""Prompts, outputs, features, ground truth and initial policy, drawn from a setting."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.special import log_softmax

from sims.rlhf.setting import Setting
from theory.policies import LogLinearPolicy, log_linear_policy

OTHER_STYLE_LOGIT = 3.0
"""The logit of outputs of its own style in the other distribution, all features aside."""


class World(NamedTuple):
    """**Fields**

    - `policy`, log-linear in the visible features and the style, shared by all prompts; `parameters`, the initial ones,
      shape `(features + 1,)`.
    - `log_policy`, `log_off_policy`: log-probabilities of the initial policy and of the other distribution, shape
      `(prompts, outputs)`.
    - `ground_truth_reward`: the same shape, in units of its standard deviation under the initial policy.
    - `features`: what reward models see of an output, shape `(prompts, outputs, features + 1)`; the style comes last.
    - `prompt_features`: what they see of a prompt, shape `(prompts, features + 1)`.
    - `taught`: the numbers of the prompts that the policy is taught on, shape `(taught,)`; `trained`: of the others.
    """

    policy: LogLinearPolicy
    parameters: Float64[np.ndarray, " dimension"]
    log_policy: Float64[np.ndarray, "prompts outputs"]
    log_off_policy: Float64[np.ndarray, "prompts outputs"]
    ground_truth_reward: Float64[np.ndarray, "prompts outputs"]
    features: Float64[np.ndarray, "prompts outputs dimension"]
    prompt_features: Float64[np.ndarray, "prompts dimension"]
    taught: np.ndarray
    trained: np.ndarray


def draw_world(setting: Setting, rng: np.random.Generator) -> World:
    """A world of the setting.

    The ground truth is `mean + between(x) + scale * (w_style . z(x, y) + bonus + unseen(x, y))`: `z` are normal
    features, `w` what they are worth in the output's style, and `scale` is such that the mean reward variance under the
    initial policy is `within_variance`. `between`, normal, has the variance that is left, `1 - within_variance`.

    >>> import numpy as np
    >>> from sims.rlhf import Setting, draw_world
    >>> setting = Setting(prompts=20, batch_size=4)
    >>> world = draw_world(setting, np.random.default_rng(0))
    >>> world.features.shape, len(world.taught)
    ((20, 24, 25), 4)
    """
    other = np.arange(setting.outputs) >= setting.own_outputs
    half = setting.features // 2
    meant_for_other = np.arange(setting.features) >= half
    scales = np.where(other[:, None] == meant_for_other[None, :], 1.0, setting.minor_scale)
    features = scales * rng.standard_normal((setting.prompts, setting.outputs, setting.features))
    worth = _worth(setting, rng, meant_for_other)
    explained = np.where(other, features @ worth[1], features @ worth[0]) + setting.other_bonus * other
    unexplained = setting.unseen * rng.standard_normal(explained.shape)

    shown = np.arange(setting.features) % half < setting.visible_features // 2
    style = np.broadcast_to(other[:, None], (*explained.shape, 1))
    visible_features = np.concatenate([features * shown, style], axis=-1)
    weights = setting.temperature / np.sqrt(half) * rng.standard_normal(setting.features)
    parameters = np.append(weights + setting.initial_alignment * worth[0], -setting.style_logit)
    policy = log_linear_policy(visible_features)
    log_policy = log_softmax(visible_features @ parameters, axis=-1)
    truth = _scaled(setting, explained + unexplained, np.exp(log_policy))
    truth += setting.mean + np.sqrt(1 - setting.within_variance) * rng.standard_normal((setting.prompts, 1))
    return World(
        policy=policy,
        parameters=parameters,
        log_policy=log_policy,
        log_off_policy=np.broadcast_to(log_softmax(OTHER_STYLE_LOGIT * other), explained.shape),
        ground_truth_reward=truth,
        features=visible_features,
        prompt_features=np.append(
            shown * rng.standard_normal((setting.prompts, setting.features)), np.zeros((setting.prompts, 1)), axis=1
        ),
        taught=np.arange(setting.trained_prompts, setting.prompts),
        trained=np.arange(setting.trained_prompts),
    )


def with_policy(world: World, parameters: Float64[np.ndarray, " dimension"]) -> World:
    """The same world for another initial policy of the same features."""
    log_policy = log_softmax(world.features @ parameters, axis=-1)
    return world._replace(policy=replace(world.policy), parameters=parameters, log_policy=log_policy)


def _worth(
    setting: Setting, rng: np.random.Generator, meant_for_other: np.ndarray
) -> Float64[np.ndarray, "2 features"]:
    """What features are worth among own outputs and among the others."""
    worth = np.zeros((2, setting.features))
    for style in (0, 1):
        (mine,) = np.nonzero(meant_for_other == bool(style))
        first, second = np.linalg.qr(rng.standard_normal((len(mine), 2)))[0].T if len(mine) > 1 else np.ones((2, 1))
        size = setting.other_worth if style else 1.0
        worth[style, mine] = size * first
        worth[1 - style, mine] = size * (setting.transfer * first + np.sqrt(1 - setting.transfer**2) * second)
    return worth


def _scaled(setting: Setting, reward: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """Rewards of mean zero for every prompt and of the mean reward variance that the setting wants."""
    centred = reward - np.sum(policy * reward, axis=-1, keepdims=True)
    variance = np.mean(np.sum(policy * centred**2, axis=-1))
    return centred * np.sqrt(setting.within_variance / variance)
