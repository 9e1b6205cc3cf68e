"""Rewards of drawn completions: what the policy is taught by, and the truth that judges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.reward import Reward
from sims.llm.rewards.scored_texts import ScoredTexts
from theory.errors import InvalidInputError

from .placement import Placement
from .reference import ReferencePass
from .rollout import Rollout


class Rewarded(NamedTuple):
    """Of each completion: the proxy reward and the truth, NaN where there is none."""

    proxy: Float64[np.ndarray, " rows"]
    truth: Float64[np.ndarray, " rows"]


def scores(reward: Reward, texts: ScoredTexts, placement: Placement) -> Float64[np.ndarray, " completions"]:
    """A reward of every completion; of several processes the first calls it, for all.

    **Raises** what the reward raises; `InvalidInputError` for what are not so many numbers, and in other processes.
    """
    nothing = np.zeros(len(texts.completions))
    return placement.from_first(placement.together(lambda: _called(reward, texts) if placement.writes else nothing))


def _called(reward: Reward, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
    found, wanted = np.asarray(reward(texts), np.float64), (len(texts.completions),)
    if found.shape != wanted:
        remedy = f"Give one number per completion: shape {wanted}."
        raise InvalidInputError(f"reward {reward.name!r}", f"shape {found.shape}", remedy)
    return found


def reward_rollout(
    proxy: Reward,
    truth: Reward,
    rollout: Rollout,
    reference: ReferencePass,
    prompts: Sequence[str],
    placement: Placement,
) -> Rewarded:
    """Both rewards of every completion.

    **Arguments**: `prompts`, the text of each completion's prompt.
    """
    texts = ScoredTexts(tuple(prompts), rollout.completions, reference.features)
    taught_by = scores(proxy, texts, placement)
    return Rewarded(taught_by, taught_by if truth is proxy else scores(truth, texts, placement))
