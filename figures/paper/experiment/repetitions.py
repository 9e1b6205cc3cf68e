"""Independent repetitions of an experiment, computed once for all figures that show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import TypeVar

import numpy as np

from figures.figure import Level
from figures.paper.experiment.settings import COMPARISON_EPOCHS, POLICIES, REWARD_MODELS, SIZES, Sizes
from figures.pipeline.resume import keep_arrays, kept_arrays, name_of
from sims.rlhf import PolicyComparison, Replication, Setting, compare_policies, replicate

Result = TypeVar("Result", Replication, PolicyComparison)


@cache
def repetitions(setting: Setting, sizes: Sizes) -> Replication:
    """Experiments of Section 4.1, every field with a first axis of repetitions."""

    def one(number: int) -> Replication:
        return replicate(
            sizes.applied(setting),
            number,
            seeds=sizes.seeds,
            epochs=sizes.epochs,
            evaluation_samples=sizes.evaluation_samples,
        )

    return _stacked(Replication, one, sizes, ["4.1", asdict(setting)])


@cache
def comparisons(setting: Setting, level: Level) -> PolicyComparison:
    """Experiments of Section 4.2, every field with a first axis of repetitions."""
    sizes = SIZES[level]

    def one(number: int) -> PolicyComparison:
        return compare_policies(
            sizes.applied(setting), POLICIES, REWARD_MODELS, number, seeds=sizes.seeds, epochs=COMPARISON_EPOCHS
        )

    return _stacked(PolicyComparison, one, sizes, ["4.2", asdict(setting)])


def _stacked(kind: type[Result], one: Callable[[int], Result], sizes: Sizes, about: list[object]) -> Result:
    """All repetitions together; those that an interrupted run has left are not computed again."""
    found = []
    for number in range(sizes.repetitions):
        name = name_of(*about, asdict(sizes), number)
        kept = kept_arrays(name)
        if kept is None or set(kept) != set(kind._fields):
            kept = one(number)._asdict()
            keep_arrays(name, kept)
        found.append(kept)
    return kind(**{field: np.stack([each[field] for each in found]) for field in kind._fields})
