"""Random instances of statements about sampled completions: rewards of many kinds, policies, subsets and shifts."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from proofs_check.instances.draws import log_uniform
from theory.instances.sampled_groups import (
    DrawnGroupInstance,
    GroupInstance,
    ScoredGroupInstance,
    ScoredPromptsInstance,
)

GRID = 2.0**-32

InstanceT = TypeVar("InstanceT", bound=GroupInstance)


def random_rewards(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Rewards of shape `(count, ..., rows)`: spread out, 0 or 1, of few levels, nearly equal, or with an outlier."""
    kind = rng.integers(0, 5, (shape[0], *(1,) * (len(shape) - 1)))
    spread = rng.standard_normal(shape)
    rare = (rng.random(shape) < log_uniform(rng, 0.01, 1.0, kind.shape)).astype(np.float64)
    levels = rng.integers(0, 4, shape) / 3
    nearly = 0.35 + 1e-9 * spread
    outlier = np.where(rng.random(shape) < 1 / shape[-1], 30.0, 0.01) * spread
    return np.select([kind == 0, kind == 1, kind == 2, kind == 3], [spread, rare, levels, nearly], outlier)


def scored_groups(rng: np.random.Generator, count: int, rows: int) -> ScoredGroupInstance:
    """Groups of `rows` completions, truths of up to four levels, and subsets of two or more: any, or of extremes."""
    rewards = random_rewards(rng, (count, rows))
    size = rng.integers(2, rows + 1, (count, 1))
    place = np.argsort(np.argsort(rng.random((count, rows)), axis=-1), axis=-1)
    ranks = np.argsort(np.argsort(rewards, axis=-1, kind="stable"), axis=-1)
    lowest = rng.integers(0, size + 1)
    extremes = (ranks < lowest) | (ranks >= rows - (size - lowest))
    kept = np.where(rng.random((count, 1)) < 0.5, place < size, extremes)
    truth = np.where(rng.random((count, 1)) < 0.5, np.round(rewards), rng.integers(0, 4, (count, rows)))
    return ScoredGroupInstance(rewards=rewards, truth=truth, constant=rng.standard_normal(count), kept=kept)


def scored_prompts(rng: np.random.Generator, count: int, prompts: int, rows: int) -> ScoredPromptsInstance:
    """Groups of several prompts, with shifts from a thousandth to a thousand of their rewards."""
    shift = rng.standard_normal((count, prompts)) * log_uniform(rng, 1e-3, 1e3, (count, 1))
    return exactly_shifted(random_rewards(rng, (count, prompts, rows)), shift)


def exactly_shifted(rewards: np.ndarray, shift: np.ndarray) -> ScoredPromptsInstance:
    """Rewards and shifts rounded to multiples of `GRID`, so that their sums are exact: rounding would change the
    variance of rewards that nearly agree."""
    return ScoredPromptsInstance(rewards=GRID * np.round(rewards / GRID), shift=GRID * np.round(shift / GRID))


def drawn_groups(
    rng: np.random.Generator, count: int, *, prompts: int, outputs: int, draws: int, size: int
) -> DrawnGroupInstance:
    """Policies from nearly even to nearly certain, over outputs some of which have equal rewards."""
    weights = rng.random((count, prompts, outputs)) ** log_uniform(rng, 0.1, 10.0, (count, 1, 1))
    weights += 1e-12
    probabilities = weights / weights.sum(axis=-1, keepdims=True)
    return DrawnGroupInstance(
        probabilities=probabilities, rewards=random_rewards(rng, (count, outputs)), draws=draws, size=size
    )


def batched(instance: InstanceT) -> InstanceT:
    """A single instance as a batch of one."""
    arrays: dict[str, Any] = {
        f.name: getattr(instance, f.name)[None]
        for f in fields(instance)  # type: ignore[arg-type]
        if isinstance(getattr(instance, f.name), np.ndarray)
    }
    return replace(instance, **arrays)  # type: ignore[type-var]


def group_record(instance: GroupInstance, place: int) -> dict[str, Any]:
    """One instance of a batch as a record."""
    found = {f.name: getattr(instance, f.name) for f in fields(instance)}  # type: ignore[arg-type]
    return {name: v[place].tolist() if isinstance(v, np.ndarray) else v for name, v in found.items()}
