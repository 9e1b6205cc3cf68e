"""Infima of the inequalities about sampled completions, with the instances that show each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from proofs_check.instances.group_families import batched
from theory.instances.sampled_groups import (
    DrawnGroupInstance,
    GroupInstance,
    ScoredGroupInstance,
    ScoredPromptsInstance,
)
from theory.statements.register import find_statement


@dataclass(frozen=True)
class GroupInfimum:
    """The infimum of the larger over the smaller side, which is one.

    **Fields**: `statement`, its id; `reached`: whether it is attained; `reason`: where; `members`: instances along
    which the ratio falls to it.
    """

    statement: str
    reached: bool
    reason: str
    members: Callable[[], Sequence[GroupInstance]]


def _extremes() -> list[GroupInstance]:
    rewards, kept = np.array([0.0, 0.5, 1.0]), np.array([True, False, True])
    return [ScoredGroupInstance(rewards=rewards, truth=rewards, constant=np.array(0.0), kept=kept)]


def _far_apart() -> list[GroupInstance]:
    rewards = np.array([[0.0, 1.0], [0.0, 1.0]])
    return [ScoredPromptsInstance(rewards=rewards, shift=np.array([0.0, d])) for d in (3.0, 10.0, 100.0)]


def _equal_prompts() -> list[GroupInstance]:
    probabilities = np.array([[0.3, 0.7], [0.3, 0.7]])
    return [DrawnGroupInstance(probabilities=probabilities, rewards=np.array([1.0, 0.0]), draws=4, size=3)]


GROUP_INFIMA = (
    GroupInfimum("largest-variance", True, "the smallest and the largest of three rewards", _extremes),
    GroupInfimum("whitening-shift", False, "two prompts, as the shift of one of them grows", _far_apart),
    GroupInfimum("no-signal-pooling", True, "prompts with the same distribution of rewards", _equal_prompts),
)
"""Of the inequalities about sampled completions, in the order of the register."""


def group_ratios(infimum: GroupInfimum) -> list[float]:
    """The larger over the smaller side at each member."""
    statement = find_statement(infimum.statement)
    found = []
    for member in infimum.members():
        smaller, larger, _ = statement.sides(batched(member))
        found.append(float(np.asarray(larger)[0]) / float(np.asarray(smaller)[0]))
    return found


def group_infimum_in_words(id: str) -> str:
    """What is known of the infimum of a statement about sampled completions; empty for an identity."""
    for infimum in GROUP_INFIMA:
        if infimum.statement == id:
            return f"{'attained' if infimum.reached else 'approached'}: 1 ({infimum.reason})"
    return ""
