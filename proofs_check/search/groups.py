"""Evidence by adversarial search for inequalities about completions: an evolution strategy drives each to violation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from scipy.special import softmax

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.instances.group_families import exactly_shifted
from proofs_check.sampling.campaign import Campaign
from proofs_check.sampling.groups import evaluate_groups
from proofs_check.search.tabular import DECAY, GROWTH
from theory.instances.sampled_groups import (
    DrawnGroupInstance,
    GroupInstance,
    ScoredGroupInstance,
)
from theory.statement import Relation, Statement, Subject

ROWS, PROMPTS, OUTPUTS, DRAWS, SIZE = 5, 2, 3, 4, 3
"""Of the instances that are searched: completions of a group, prompts, outputs, draws, and the size of groups."""

GROUP_SEARCH_LEVELS = {"quick": (20, 60), "full": (100, 600)}
"""Restarts of each inequality, and generations."""


def _group(free: np.ndarray) -> GroupInstance:
    rewards, chosen = free[:, :ROWS], free[:, ROWS : 2 * ROWS]
    ranks = np.argsort(np.argsort(-chosen, axis=-1), axis=-1)
    return ScoredGroupInstance(
        rewards=rewards,
        truth=np.round(chosen),
        constant=free[:, -1],
        kept=ranks < (chosen > 0).sum(-1, keepdims=True).clip(2),
    )


def _prompts(free: np.ndarray) -> GroupInstance:
    rewards = free[:, : PROMPTS * ROWS].reshape(-1, PROMPTS, ROWS)
    return exactly_shifted(rewards, 10 * free[:, PROMPTS * ROWS :])


def _draws(free: np.ndarray) -> GroupInstance:
    logits = free[:, : PROMPTS * OUTPUTS].reshape(-1, PROMPTS, OUTPUTS)
    return DrawnGroupInstance(
        probabilities=softmax(3 * logits, axis=-1), rewards=free[:, PROMPTS * OUTPUTS :], draws=DRAWS, size=SIZE
    )


_SPACES: dict[Subject, tuple[int, Callable[[np.ndarray], GroupInstance]]] = {
    Subject.GROUP: (2 * ROWS + 1, _group),
    Subject.PROMPTS: (PROMPTS * ROWS + PROMPTS, _prompts),
    Subject.DRAWS: (PROMPTS * OUTPUTS + OUTPUTS, _draws),
}
"""How many free numbers an instance has, and the batch of instances of free numbers."""


def search_groups(statements: Sequence[Statement[Any]], level: str, seed: int) -> list[Evidence]:
    """Tries to violate the inequalities among the statements; their controls are counted as well.

    **Returns** one `Evidence` for each inequality, in their order.
    """
    chosen = [s for s in statements if s.subject.grouped and s.relation is Relation.AT_MOST]
    restarts, generations = GROUP_SEARCH_LEVELS[level]
    campaign = Campaign(Method.SEARCH, chosen, seed=seed)
    with jax.enable_x64(True):
        for place, statement in enumerate(chosen):
            rng = np.random.default_rng([seed, place, 22])
            _drive(campaign, statement, restarts, generations, rng)
    return campaign.evidence({"restarts": restarts, "generations": generations})


def _drive(
    campaign: Campaign, statement: Statement[Any], restarts: int, generations: int, rng: np.random.Generator
) -> None:
    dimension, build = _SPACES[statement.subject]
    free = rng.standard_normal((restarts, dimension))
    step, best = np.ones((restarts, 1)), np.full(restarts, -np.inf)
    for generation in range(generations + 1):
        change = rng.standard_normal(free.shape) * (rng.random(free.shape) < 0.5)
        proposed = free + (generation > 0) * step * change
        applies, sides = evaluate_groups(campaign.tallies, [statement], build(proposed))[statement.id]
        smaller, larger = (np.asarray(side).reshape(restarts, -1) for side in sides[:2])
        ratio = np.divide(smaller, larger, out=np.full(smaller.shape, -np.inf), where=larger > 0).max(axis=-1)
        score = np.where(applies, ratio, -np.inf)
        better = score > best
        free = np.where(better[:, None], proposed, free)
        best = np.maximum(best, score)
        step = np.clip(step * np.where(better, GROWTH, DECAY)[:, None], 1e-9, 3.0)
