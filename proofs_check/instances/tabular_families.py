"""Families of random problems, each made so that some statement's hypotheses hold and its bound is under strain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax

from proofs_check.instances.draws import log_uniform
from theory.bounds import upper_bounds
from theory.constructions.reward_levels import Spread
from theory.constructions.theorem5 import theorem5_fast_rewards, theorem5_slow_rewards
from theory.constructions.theorem6 import theorem6_reward
from theory.tabular.problem import Problem, make_problem


class Family(NamedTuple):
    """A batch of problems with the `gamma` to be reached in each.

    **Fields**: `name`; `problem` (batch shape `(count,)`); `increase` (`gamma`, shape `(count,)`); `good_set` (`Y+`,
    shape `(count, outputs)`, rows without members where the statement chooses; None where it always does).
    """

    name: str
    problem: Problem
    increase: np.ndarray
    good_set: np.ndarray | None = None


def random_log_policies(rng: np.random.Generator, count: int, outputs: int) -> np.ndarray:
    """Log-probabilities from nearly uniform to nearly deterministic, down to 1e-12; shape `(count, outputs)`."""
    temperature = log_uniform(rng, 0.1, 8.0, (count, 1))
    logits = temperature * rng.standard_normal((count, outputs))
    return log_softmax(np.maximum(log_softmax(logits, axis=-1), np.log(1e-12)), axis=-1)


def random_rewards(rng: np.random.Generator, count: int, outputs: int) -> np.ndarray:
    """Rewards in [-1, 1]: spread out, two-valued, or nearly equal (variance down to 1e-24); `(count, outputs)`."""
    spread = rng.uniform(-1, 1, (count, outputs))
    signs = np.where(rng.random((count, outputs)) < rng.random((count, 1)), 1.0, -1.0)
    level = rng.uniform(-0.9, 0.9, (count, 1))
    nearly_equal = level + 0.1 * log_uniform(rng, 1e-11, 1.0, (count, 1)) * spread
    kind = rng.integers(0, 4, (count, 1))
    return np.select([kind <= 1, kind == 2], [spread, signs], nearly_equal)


def _expected(log_policy: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.sum(np.exp(log_policy) * values, axis=-1)


def _attainable_increase(
    rng: np.random.Generator, log_policy: np.ndarray, truth: np.ndarray, limit: np.ndarray
) -> np.ndarray:
    """A `gamma` between a small share and nearly all of `limit - V_G(0)`; of the best reward's where that is
    negative."""
    start = _expected(log_policy, truth)
    gap = np.where(limit - start > 1e-6, limit - start, np.max(truth, axis=-1) - start)
    return np.maximum(gap, 1e-6) * log_uniform(rng, 1e-3, 0.98, start.shape)


def arbitrary_problems(rng: np.random.Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """Any policy, any reward model, a ground truth that agrees with it to any degree.

    `gamma` is mostly below what the flow attains in the end, so that most hitting times are finite.
    """
    log_policy = log_softmax(random_log_policies(rng, count, outputs), axis=-1)
    proxy = random_rewards(rng, count, outputs)
    agreement = rng.random((count, 1))
    own = random_rewards(rng, count, outputs)
    ranked = 2 * (np.argsort(np.argsort(proxy, axis=-1), axis=-1) + 1) / outputs - 1
    truth = np.clip(agreement * ranked + (1 - agreement) * own, -1, 1)
    prompts = rng.integers(1, 20, count)
    if not regularized:
        limit = np.take_along_axis(truth, np.argmax(proxy, axis=-1)[:, None], axis=-1)[:, 0]
        increase = _attainable_increase(rng, log_policy, truth, limit)
        return Family("arbitrary", _problem(log_policy, proxy, truth, 0.0, prompts), increase)
    size = np.ptp(proxy, axis=-1) + 1e-12
    coefficient = size * log_uniform(rng, 1e-4, 1.0, count)
    optimum = log_softmax(log_policy + proxy / coefficient[:, None], axis=-1)
    increase = _attainable_increase(rng, log_policy, truth, _expected(optimum, truth))
    return Family("regularized", _problem(log_policy, proxy, truth, coefficient, prompts), increase)


def nearly_extremal_problems(rng: np.random.Generator, count: int, outputs: int) -> Family:
    """Close to the instance that makes S3 tight: two outputs share the mass evenly, with opposite rewards.

    Further outputs, if any, have small probabilities and any rewards. `gamma` is from 1e-4 to 1.
    """
    minor = log_uniform(rng, 1e-12, 1e-2, (count, outputs))
    uneven = log_uniform(rng, 1e-6, 0.3, count) * rng.choice([-1, 1], count)
    policy = minor
    policy[:, 0], policy[:, 1] = 0.5 * (1 + uneven), 0.5 * (1 - uneven)
    policy /= policy.sum(axis=-1, keepdims=True)
    truth = rng.uniform(-1, 1, (count, outputs))
    truth[:, 0], truth[:, 1] = 1.0, -1.0
    proxy = rng.uniform(-1, 1, (count, outputs))
    proxy[:, 0], proxy[:, 1] = 1.0, -1.0
    proxy *= log_uniform(rng, 1e-10, 1.0, (count, 1))
    log_policy = np.log(policy)
    increase = np.minimum(log_uniform(rng, 1e-4, 1.0, count), 0.98 * (1 - _expected(log_policy, truth)))
    return Family("nearly extremal", _problem(log_policy, proxy, truth, 0.0, rng.integers(1, 20, count)), increase)


class _GoodOutput(NamedTuple):
    log_policy: np.ndarray
    truth: np.ndarray
    best: np.ndarray
    increase: np.ndarray
    share: np.ndarray


def _problems_with_a_good_output(rng: np.random.Generator, count: int, outputs: int) -> _GoodOutput:
    """Policies with an output `y_g` of `r_G > V_G(0) + gamma`, and the `rho` that belongs to it."""
    temperature = log_uniform(rng, 0.1, 3.0, (count, 1))
    log_policy = log_softmax(temperature * rng.standard_normal((count, outputs)), axis=-1)
    truth = random_rewards(rng, count, outputs)
    best = rng.integers(0, outputs, count)
    rows = np.arange(count)
    truth[rows, best] = np.maximum(truth.max(axis=-1), rng.uniform(-0.5, 1, count))
    truth[rows, best] = np.minimum(truth[rows, best] + 1e-3, 1.0)
    lowered = np.where(np.arange(outputs) == best[:, None], truth, np.minimum(truth, 1 - 1e-3))
    start = _expected(log_policy, lowered)
    increase = (lowered[rows, best] - start) * log_uniform(rng, 1e-3, 0.95, count)
    share = (start + increase + 1) / (lowered[rows, best] + 1)
    return _GoodOutput(log_policy, lowered, best, increase, share)


def _kl_coefficients(rng: np.random.Generator, limit: np.ndarray, regularized: bool) -> np.ndarray:
    return limit * rng.uniform(0.05, 1, limit.shape) if regularized else np.zeros(limit.shape)


def theorem_5_problems(
    rng: np.random.Generator, count: int, outputs: int, *, fast: bool, regularized: bool = False
) -> Family:
    """Theorem 5's teachers: narrow rewards in any order (slow), or one output far above the others (fast)."""
    good = _problems_with_a_good_output(rng, count, outputs)
    ranks = np.argsort(rng.random((count, outputs)), axis=-1)
    # Spread evenly, gathered at both ends of the interval that the theorem allows, or crowded at one of them.
    spread = Spread(width=log_uniform(rng, 1e-9, 1.0, count), split=rng.choice([0.0, 0.5, 1.0], count))
    if fast:
        ranks[np.arange(count), good.best] = outputs
        proxy = theorem5_fast_rewards(ranks, good.best, np.exp(good.log_policy), spread=spread)
        probability = np.exp(good.log_policy[np.arange(count), good.best])
        limit = np.asarray(upper_bounds.theorem_5_fast_kl_limit(good.share, probability, good.log_policy.min(axis=-1)))
        coefficient = _kl_coefficients(rng, limit, regularized)
    else:
        proxy = theorem5_slow_rewards(ranks, log_uniform(rng, 1.0, 1e6, count), spread=spread)
        coefficient = np.zeros(count)
    name = "Theorem 5, fast" if fast else "Theorem 5, slow"
    problem = _problem(good.log_policy, proxy, good.truth, coefficient, rng.integers(1, 20, count))
    return Family(name, problem, good.increase)


def theorem_6_problems(rng: np.random.Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """Theorem 6's teachers: +1 on one of two good outputs, -1 elsewhere; the other good output may be likelier.

    Needs three outputs or more: with two, both good, nothing is left to gain.
    """
    good = _problems_with_a_good_output(rng, count, outputs)
    rows = np.arange(count)
    other = (good.best + 1 + rng.integers(0, outputs - 1, count)) % outputs
    truth = good.truth.copy()
    truth[rows, other] = truth[rows, good.best]
    start = _expected(good.log_policy, truth)
    increase = (truth[rows, good.best] - start) * log_uniform(rng, 1e-3, 0.95, count)
    increase = np.maximum(increase, 1e-9)
    share = (start + increase + 1) / (truth[rows, good.best] + 1)
    proxy = theorem6_reward(good.best, outputs)
    probability = np.exp(good.log_policy[rows, good.best])
    limit = np.asarray(upper_bounds.theorem_6_fast_kl_limit(share, probability, good.log_policy.min(axis=-1)))
    coefficient = _kl_coefficients(rng, limit, regularized)
    problem = _problem(good.log_policy, proxy, truth, coefficient, rng.integers(1, 20, count))
    return Family("Theorem 6", problem, increase)


def proposition_4_problems(rng: np.random.Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """A set of good outputs that the reward model ranks first within a small spread, the rest below average."""
    good = _problems_with_a_good_output(rng, count, outputs)
    rows = np.arange(count)
    is_good = np.arange(outputs) == good.best[:, None]
    is_good |= rng.random((count, outputs)) < 0.3
    is_good[rows, (good.best + 1) % outputs] = False
    highest = good.truth[rows, good.best][:, None]
    truth = np.where(is_good, highest - 1e-3 * rng.random((count, outputs)) * (1 + highest), good.truth)
    truth = np.where(is_good, truth, np.minimum(truth, highest - 0.01))
    truth = np.clip(truth, -1, 1)
    start = _expected(good.log_policy, truth)
    lowest_good = np.min(np.where(is_good, truth, np.inf), axis=-1)
    increase = np.maximum((lowest_good - start) * log_uniform(rng, 1e-3, 0.9, count), 1e-9)
    share = (start + increase + 1) / (lowest_good + 1)
    spread = 0.1 * (1 - np.minimum(share, 0.999))[:, None] * rng.random((count, 1))
    low = rng.uniform(-1, 0, (count, 1))
    mass = np.sum(np.where(is_good, np.exp(good.log_policy), 0), axis=-1, keepdims=True)
    bad_part = 0.2 * mass * rng.random((count, outputs))
    proxy = np.where(is_good, 1 - spread * rng.random((count, outputs)), low + bad_part)
    policy = np.exp(good.log_policy)
    proxy_mean = np.sum(policy * proxy, axis=-1)
    highest_proxy = np.max(proxy, axis=-1)
    margin = (1 - share) * (highest_proxy - proxy_mean) - (
        highest_proxy - np.min(np.where(is_good, proxy, np.inf), axis=-1)
    )
    limit = np.asarray(
        upper_bounds.proposition_4_kl_limit(
            share,
            np.maximum(margin, 0),
            mass[:, 0],
            is_good.sum(axis=-1, dtype=np.float64),
            good.log_policy.min(axis=-1),
        )
    )
    coefficient = _kl_coefficients(rng, np.maximum(limit, 0), regularized)
    problem = _problem(good.log_policy, proxy, truth, coefficient, rng.integers(1, 20, count))
    return Family("Proposition 4", problem, increase)


def _problem(
    log_policy: np.ndarray, proxy: np.ndarray, truth: np.ndarray, coefficient: object, prompts: np.ndarray
) -> Problem:
    return make_problem(
        initial_logits=log_policy,
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=coefficient,
        prompts=prompts,
    )
