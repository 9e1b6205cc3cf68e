"""Advantages in a log against a recomputation: a check of which reward and which convention a run was trained with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from flatscape.audit.given.samples import PolicySamples
from theory.comparison.trainer_conventions import (
    TRAINER_CONVENTIONS,
    TrainerConvention,
    compare_advantages,
    trainer_convention,
)
from theory.estimators.grouped_rewards import GroupedRewards

AGREEING = 0.999
"""The part of the rows that has to agree."""


class Agreement(NamedTuple):
    """**Fields**: `convention` and `reward`, whose advantages come nearest; `agree`; `largest_difference` from those in
    the log; `agreeing`, the part of the rows that differ by no more than a thousandth of the largest advantage; `rows`,
    how many were compared."""

    convention: str
    reward: str
    agree: bool
    largest_difference: float
    agreeing: float
    rows: int


def advantage_agreement(samples: PolicySamples, trainer: str) -> Agreement | None:
    """Whether the logged advantages are those that a trainer's convention gives for a reward, or for their sum.

    If they are not, all other conventions are tried, and the nearest is told.

    **Returns** None without advantages in the log, or if none can be compared.
    """
    given = samples.advantage
    if given is None:
        return None
    candidates, names = _candidates(samples)
    own = _best(candidates, names, given, [trainer_convention(trainer)])
    if own is not None and own.agree:
        return own
    return _best(candidates, names, given, list(TRAINER_CONVENTIONS.values())) or own


def _candidates(samples: PolicySamples) -> tuple[GroupedRewards, list[str]]:
    rewards, names = samples.grouped.rewards, list(samples.models)
    if len(names) > 1:
        # TRL adds up its reward functions.
        rewards, names = np.concatenate([rewards, rewards.sum(axis=0, keepdims=True)]), [*names, "sum of all"]
    return samples.grouped._replace(rewards=rewards), names


def _best(
    candidates: GroupedRewards,
    names: list[str],
    given: Float64[np.ndarray, " rows"],
    conventions: list[TrainerConvention],
) -> Agreement | None:
    found = []
    for convention in conventions:
        compared = compare_advantages(candidates, given, convention)
        for name, rows, largest, agreeing in zip(names, *compared, strict=True):
            if rows > 0:
                agree = bool(agreeing >= AGREEING)
                found.append(Agreement(convention.name, name, agree, float(largest), float(agreeing), int(rows)))
    return max(found, key=lambda one: (one.agreeing, -one.largest_difference), default=None)
