"""The distances of each output's reward, and of the limit of the flow, from the target: with all digits of the input.

A target near what is attainable makes these gaps small differences of numbers of order one. Whoever subtracts the
initial expectation from a reward in float64 keeps `1e-16` of the reward, which is a large share of such a gap, and the
time of the crossing inherits that share. Here the sums are taken in pairs of float64 numbers (`sims.double_double`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from sims import double_double as dd
from theory.arrays import AnyArray

NEAR = 1e-3
"""Gaps below this share of the largest one are computed in pairs; above, what float64 loses does not matter."""

NOWHERE = -1e4
"""Stands for a log-probability of minus infinity, in places that only fill up an array: its exponential is zero."""

SMALLEST_COEFFICIENT = 1e-280

ROUNDING = float(np.finfo(np.float64).eps)

FEW_OUTPUTS = 256
"""Up to so many outputs any of them counts as one on which the policy may settle; beyond, the proxy reward's best."""


class TargetGaps(NamedTuple):
    """**Fields**: `gaps`: `w - (E_{pi(0)}[w] + gamma)` of the watched reward `w`, shape `(batch, outputs)`; `error`: a
    bound on their absolute errors beyond that of rounding each to float64, shape `(batch,)`."""

    gaps: Float[np.ndarray, "batch outputs"]
    error: Float[np.ndarray, " batch"]


class LimitGap(NamedTuple):
    """**Fields**, shape `(batch,)`: `gap`: what the limit of the watched expectation has above the target; `error`:
    as in `TargetGaps`."""

    gap: Float[np.ndarray, " batch"]
    error: Float[np.ndarray, " batch"]


def target_gaps(
    initial_log_probabilities: Float[AnyArray, "batch outputs"],
    proxy_reward: Float[AnyArray, "batch outputs"],
    watched_reward: Float[AnyArray, "batch outputs"],
    increase: Float[AnyArray, " batch"],
) -> TargetGaps:
    """The gaps of the watched expectation to its target, for each output alone.

    The policy is the softmax of `initial_log_probabilities`, taken as exact. Float64 throughout.
    """
    log_p, watched, gamma = (np.asarray(a, np.float64) for a in (initial_log_probabilities, watched_reward, increase))
    log_p = np.maximum(log_p, NOWHERE)
    proxy = np.asarray(proxy_reward, np.float64)
    most_likely = np.argmax(log_p, axis=-1)[:, None]
    centred = watched - np.take_along_axis(watched, most_likely, axis=-1)
    weights = np.exp(log_p)
    mean = np.einsum("bo,bo->b", weights, centred) / weights.sum(axis=-1)
    gaps = centred - (mean + gamma)[:, None]
    size = np.abs(gaps)
    largest = size.max(axis=-1)
    error = 8 * ROUNDING * largest
    if watched.shape[-1] > FEW_OUTPUTS:
        size = np.where(proxy == proxy.max(axis=-1, keepdims=True), size, np.inf)
    near = np.flatnonzero(size.min(axis=-1) < NEAR * largest)
    if near.size:
        gaps[near] = _precise_gaps(log_p[near], watched[near], gamma[near])[0]
        error[near] = 0.0
    return TargetGaps(gaps, error)


def limit_gap(
    initial_log_probabilities: Float[AnyArray, "batch outputs"],
    proxy_reward: Float[AnyArray, "batch outputs"],
    watched_reward: Float[AnyArray, "batch outputs"],
    increase: Float[AnyArray, " batch"],
    kl_coefficient: Float[AnyArray, " batch"],
) -> LimitGap:
    """The gap of the limit of the watched expectation to the target along the KL-regularised flow.

    The limit is the Gibbs policy `pi(0) exp(r / lambda)`, normalised (`theory.tabular.gibbs_policy`).
    """
    log_p, proxy, watched, gamma, coefficient = (
        np.asarray(a, np.float64)
        for a in (initial_log_probabilities, proxy_reward, watched_reward, increase, kl_coefficient)
    )
    log_p = np.maximum(log_p, NOWHERE)
    # Rewards over a smaller coefficient would overflow; that limit is as good as the one of none at all.
    coefficient = np.maximum(coefficient, SMALLEST_COEFFICIENT)
    gaps = target_gaps(log_p, proxy, watched, gamma)
    exponent = log_p + (proxy - proxy.max(axis=-1, keepdims=True)) / coefficient[:, None]
    highest = exponent.max(axis=-1, keepdims=True)
    weights = np.exp(exponent - highest)
    mass = weights.sum(axis=-1)
    gap = np.einsum("bo,bo->b", weights, gaps.gaps) / mass
    size = np.einsum("bo,bo->b", weights, np.abs(gaps.gaps)) / mass
    strain = np.einsum("bo,bo->b", weights, np.abs(gaps.gaps) * np.abs(exponent)) / mass + size * np.abs(highest[:, 0])
    error = gaps.error + ROUNDING * (8 * size + 2 * strain)
    largest = np.abs(gaps.gaps).max(axis=-1)
    near = np.flatnonzero((np.abs(gap) < NEAR * largest) | (error > 0.01 * np.abs(gap)))
    if near.size:
        chosen = (log_p[near], proxy[near], watched[near], gamma[near], coefficient[near])
        gap[near], error[near] = _precise_limit(*chosen), 0.0
    return LimitGap(gap, error)


def _precise_gaps(log_p: np.ndarray, watched: np.ndarray, gamma: np.ndarray) -> dd.Pair:
    weights = dd.exponential((log_p, np.zeros_like(log_p)))
    mean = dd.divide(dd.total(dd.multiply(weights, (watched, 0.0))), dd.total(weights))
    target = dd.add(mean, (gamma, 0.0))
    return dd.add((watched, 0.0), (-target[0][:, None], -target[1][:, None]))


def _precise_limit(
    log_p: np.ndarray, proxy: np.ndarray, watched: np.ndarray, gamma: np.ndarray, coefficient: np.ndarray
) -> np.ndarray:
    below = dd.two_sum(proxy, -proxy.max(axis=-1, keepdims=True))
    exponent = dd.add(dd.divide(below, (coefficient[:, None], 0.0)), (log_p, 0.0))
    exponent = dd.add(exponent, (-exponent[0].max(axis=-1, keepdims=True), 0.0))
    weights = dd.exponential(exponent)
    # Summed as gaps, so that small ones keep their digits where the limit is a single output.
    gaps = _precise_gaps(log_p, watched, gamma)
    limit = dd.divide(dd.total(dd.multiply(weights, gaps)), dd.total(weights))
    return np.asarray(limit[0])
