"""Problems far outside of what is usual: a statement that is false only there is false.

Probabilities go down to 1e-300, reward variances to 1e-24, rewards sit at the ends of [-1, 1], `gamma` goes up to 10
(beyond what any reward can rise by), `lambda` up to 1e3, `|S|` up to 1e6.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from proofs_check.instances.draws import log_uniform
from proofs_check.instances.tabular_families import Family
from theory.tabular.problem import Problem, make_problem

LARGEST_INCREASE = 10.0
LARGEST_COEFFICIENT = 1e3
MOST_PROMPTS = 1e6
RAREST = -690.0
"""The logarithm of the smallest probability, 1e-300."""

SIZES = (2, 3, 4, 5, 6)
"""Numbers of outputs."""


def wide_log_policies(rng: np.random.Generator, count: int, outputs: int) -> np.ndarray:
    """Log-probabilities spread evenly over a range of logarithms that is narrow or wide; `(count, outputs)`."""
    deepest = rng.random((count, 1)) < 0.2
    depth = np.where(deepest, -RAREST, log_uniform(rng, 0.1, -RAREST, (count, 1)))
    return log_softmax(-depth * rng.random((count, outputs)), axis=-1)


def wide_rewards(rng: np.random.Generator, count: int, outputs: int) -> np.ndarray:
    """Rewards within 1e-12 to 1 of a level, which is an end of [-1, 1] or inside; or at both ends; `(count, outputs)`.

    Some are equal to others.
    """
    size = log_uniform(rng, 1e-12, 1.0, (count, 1))
    level = rng.choice([-1.0, 1.0, 0.0, 0.5], (count, 1))
    near = np.clip(level + size * np.round(rng.uniform(-1, 1, (count, outputs)), 2), -1.0, 1.0)
    ends = rng.choice([-1.0, 1.0], (count, outputs))
    kind = rng.integers(0, 3, (count, 1))
    return np.select([kind == 0, kind == 1], [near, ends], rng.uniform(-1, 1, (count, outputs)))


def _prompts(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.floor(log_uniform(rng, 1.0, MOST_PROMPTS, count))


def _coefficients(rng: np.random.Generator, count: int, regularized: bool) -> np.ndarray:
    return log_uniform(rng, 1e-9, LARGEST_COEFFICIENT, count) if regularized else np.zeros(count)


def wide_problems(rng: np.random.Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """Any policy, rewards and `gamma`: a third of what the best reward could rise by, or any number up to 10."""
    log_policy = wide_log_policies(rng, count, outputs)
    proxy, truth = wide_rewards(rng, count, outputs), wide_rewards(rng, count, outputs)
    truth = np.where(rng.random((count, 1)) < 0.5, truth, proxy)
    room = truth.max(axis=-1) - np.sum(np.exp(log_policy) * truth, axis=-1)
    attainable = np.maximum(room, 1e-9) * log_uniform(rng, 1e-3, 1.0, count)
    anything = log_uniform(rng, 1e-9, LARGEST_INCREASE, count)
    increase = np.where(rng.random(count) < 1 / 3, anything, attainable)
    problem = _problem(log_policy, proxy, truth, _coefficients(rng, count, regularized), _prompts(rng, count))
    return Family("wide, regularized" if regularized else "wide", problem, increase)


def wide_teachers(rng: np.random.Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """One good output far above the others, of any probability: as Theorems 5 and 6 and their sharper forms ask for.

    The others are at -1, within a distance of one but apart by the best one's missing probability, or anywhere below
    the average. A KL coefficient, if any, is up to what S-T6 allows, which is the most of all.
    """
    log_policy = wide_log_policies(rng, count, outputs)
    rows, best = np.arange(count), rng.integers(0, outputs, count)
    is_best = np.arange(outputs) == best[:, None]
    own = np.exp(log_policy[rows, best])[:, None]
    depth = rng.random((count, outputs))
    apart = 1 - own + own * (1e-9 + (1 - 2e-9) * depth)
    top = rng.choice([1.0, 0.5, 0.0], (count, 1))
    below = top - log_uniform(rng, 1e-9, 1.0, (count, 1)) * (1 - 1e-3 * depth)
    kind = rng.integers(0, 3, (count, 1))
    others = np.select([kind == 0, kind == 1], [np.full_like(depth, -1.0), top - apart], below)
    proxy = np.where(is_best, np.where(kind == 0, 1.0, top), np.clip(others, -1.0, 1.0))
    truth = wide_rewards(rng, count, outputs)
    truth[rows, best] = np.clip(truth.max(axis=-1) + log_uniform(rng, 1e-6, 2.0, count), -1.0, 1.0)
    policy = np.exp(log_policy)
    room = np.sum(policy * (truth[rows, best][:, None] - truth), axis=-1)
    increase = np.maximum(room * (1 - log_uniform(rng, 1e-6, 1.0, count)), 1e-12)
    limit = 2 / -log_policy.min(axis=-1) / (1 / own[:, 0] + 2 * room / np.maximum(room - increase, 1e-12))
    coefficient = limit * log_uniform(rng, 1e-12, 2.0, count) if regularized else np.zeros(count)
    problem = _problem(log_policy, proxy, truth, coefficient, _prompts(rng, count))
    return Family("wide teachers, regularized" if regularized else "wide teachers", problem, increase)


def _problem(
    log_policy: np.ndarray, proxy: np.ndarray, truth: np.ndarray, coefficient: np.ndarray, prompts: np.ndarray
) -> Problem:
    return make_problem(
        initial_logits=log_policy,
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=coefficient,
        prompts=prompts,
    )
