"""A family of tabular problems whose expected ground-truth reward rises to the target, and falls, before rising again.

Outputs take turns: the better one is liked by the reward model, the less likely it is to begin with, so that the mass
moves from output to output. The ground truth likes some on the way. A target just below the crest of the first bump is
reached for a short while only, and a solver that looks at the ends of its steps finds a later time, or none.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from proofs_check.instances.tabular_families import Family
from theory.tabular.problem import make_problem

GRID = 400
"""Points of the curve at which a crest is looked for, and at which the one found is looked at again."""

LEAST = 1e-3
"""How far the expected reward rises to a crest, and falls after it, at least."""

DRAWN = 4
"""Candidates drawn for each problem that is still wanted; most have no crest."""


def bump_problems(rng: np.random.Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """Problems with a target from a millionth of a bump's height below its crest to half of it.

    **Arguments**: `outputs`, at least three, for two never make a bump; `regularized`, with a KL coefficient so small
    that most bumps stay.
    """
    kept: list[tuple[np.ndarray, ...]] = []
    while sum(len(part[0]) for part in kept) < count:
        candidates = DRAWN * count
        spacing = rng.uniform(0.4, 1.6, (candidates, outputs - 1))
        log_policy = log_softmax(np.cumsum(np.pad(-np.log(10) * spacing, ((0, 0), (1, 0))), axis=1), axis=1)
        ranks = np.linspace(-1, 1, outputs) + rng.uniform(-0.2, 0.2, (candidates, outputs)) / outputs
        proxy = np.exp(rng.uniform(np.log(1e-3), 0, (candidates, 1))) * np.clip(ranks, -1, 1)
        truth = rng.uniform(-1, 1, (candidates, outputs))
        rise, depth, has_crest = _crest(log_policy, proxy, truth)
        below = np.minimum(rise, depth) * np.exp(rng.uniform(np.log(1e-6), np.log(0.5), candidates))
        kept.append(tuple(array[has_crest] for array in (log_policy, proxy, truth, rise - below)))
    log_policy, proxy, truth, increase = (np.concatenate(parts)[:count] for parts in zip(*kept, strict=True))
    coefficient = np.zeros(count)
    if regularized:
        coefficient = np.ptp(proxy, axis=-1) * np.exp(rng.uniform(np.log(1e-6), np.log(1e-3), count))
    problem = make_problem(
        initial_logits=log_policy,
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=coefficient,
        prompts=np.ones(count, int),
    )
    return Family("bumps, regularized" if regularized else "bumps", problem, increase)


def _crest(log_policy: np.ndarray, proxy: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far the expected reward rises to its first crest, how deep it falls afterwards, and whether there is one.

    All of shape `(count,)`; from the exact curve of the flow without KL term.
    """
    policy = np.exp(log_policy)
    start = np.sum(policy * truth, axis=-1)
    # From before the first output is overtaken until long after the last one is (`theory.tabular.integrable`).
    clocks = np.geomspace(0.01, 1e3 / policy.min(axis=-1), GRID, axis=-1) / np.ptp(proxy, axis=-1, keepdims=True)
    values = _expected(policy, proxy, truth, clocks)
    inner = values[:, 1:-1]
    highest = np.maximum.accumulate(values, axis=-1)
    lowest = np.minimum.accumulate(values[:, ::-1], axis=-1)[:, ::-1]
    crest = (inner >= highest[:, :-2]) & (inner > values[:, 2:])
    crest &= (inner > start[:, None] + LEAST) & (lowest[:, 2:] < inner - LEAST)
    place = 1 + np.argmax(crest, axis=-1)
    rows = np.arange(len(policy))
    closer = np.linspace(clocks[rows, place - 1], clocks[rows, place + 1], GRID, axis=-1)
    height = _expected(policy, proxy, truth, closer).max(axis=-1)
    return height - start, height - lowest[rows, place], np.asarray(crest.any(axis=-1))


def _expected(policy: np.ndarray, proxy: np.ndarray, truth: np.ndarray, clocks: np.ndarray) -> np.ndarray:
    """The expected ground-truth reward at points of the exact curve, shape `(count, points)`."""
    policy, proxy, truth = (array[:, None, :] for array in (policy, proxy, truth))
    clock = clocks[..., None]
    low, high = np.max(proxy * clock - 1 / policy, axis=-1), proxy.max(axis=-1) * clocks
    for _ in range(80):
        middle = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            invariant = np.sum(np.log(1 + policy * (middle[..., None] - proxy * clock)), axis=-1)
        above = invariant >= 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    weights = policy / (1 + policy * (high[..., None] - proxy * clock))
    return np.sum(weights * truth, axis=-1) / weights.sum(axis=-1)
