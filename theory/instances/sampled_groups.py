"""Instances of statements about sampled completions: groups that are scored, and policies that they are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from theory.estimators.grouped_rewards import GroupedRewards, make_grouped_rewards


class GroupInstance:
    """What a statement about sampled completions speaks about, or a batch of such things (NumPy, float64)."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch; `()` for a single instance."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoredGroupInstance(GroupInstance):
    """A group of completions of one prompt.

    **Fields**: `rewards` and `truth`, shape `(*batch, rows)`; `constant`, shape `(*batch)`, which a second reward and
    the first add up to; `kept`, a subset of two or more rows, shape `(*batch, rows)`.
    """

    rewards: Float64[np.ndarray, "*batch rows"]
    truth: Float64[np.ndarray, "*batch rows"]
    constant: Float64[np.ndarray, "*batch"]
    kept: Bool[np.ndarray, "*batch rows"]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch."""
        return self.rewards.shape[:-1]

    @property
    def grouped(self) -> GroupedRewards:
        """All groups of the batch, as prompts, with their truth."""
        return as_groups(self.rewards, self.truth)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoredPromptsInstance(GroupInstance):
    """Groups of several prompts.

    **Fields**: `rewards`, shape `(*batch, prompts, rows)`; `shift`, which is added to all rewards of a prompt, shape
    `(*batch, prompts)`.
    """

    rewards: Float64[np.ndarray, "*batch prompts rows"]
    shift: Float64[np.ndarray, "*batch prompts"]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch."""
        return self.rewards.shape[:-2]

    @property
    def shifted(self) -> Float64[np.ndarray, "*batch prompts rows"]:
        """The rewards with the shifts added."""
        return self.rewards + self.shift[..., None]


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnGroupInstance(GroupInstance):
    """Policies over a few outputs, one for each prompt, and how many completions are drawn from them.

    **Fields**: `probabilities`, shape `(*batch, prompts, outputs)`; `rewards` of the outputs, the same for all prompts,
    shape `(*batch, outputs)`; `draws`, how many independent completions of a prompt there are; `size`, of a group or of
    the sample that the best is taken of, at most `draws`.
    """

    probabilities: Float64[np.ndarray, "*batch prompts outputs"]
    rewards: Float64[np.ndarray, "*batch outputs"]
    draws: int
    size: int

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch."""
        return self.rewards.shape[:-1]

    @property
    def rewards_by_prompt(self) -> Float64[np.ndarray, "*batch prompts outputs"]:
        """The rewards, repeated for every prompt."""
        return np.broadcast_to(self.rewards[..., None, :], self.probabilities.shape)


def as_groups(
    rewards: Float64[np.ndarray, "*batch rows"], truth: Float64[np.ndarray, "*batch rows"] | None = None
) -> GroupedRewards:
    """One reward model's rewards of many groups of equal size, in the form that estimators take."""
    rows = rewards.shape[-1]
    offsets = np.arange(0, rewards.size + 1, rows)
    return make_grouped_rewards(rewards.reshape(1, -1), offsets, truth=None if truth is None else truth.reshape(-1))
