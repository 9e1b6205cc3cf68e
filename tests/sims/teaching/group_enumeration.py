"""Mean updates of a tabular policy by enumeration of all groups of samples: what closed forms are compared with."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np


def mean_update(
    policy: np.ndarray, rewards: np.ndarray, group_size: int, advantages: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """`E[mean over the group of A_g grad ln pi(y_g)]`, by all `outputs ** group_size` sequences of samples."""
    outputs = len(policy)
    sequences = np.array(list(itertools.product(range(outputs), repeat=group_size)))
    weights = policy[sequences].prod(axis=1)
    given = np.asarray(advantages(rewards[sequences]))
    scores = np.eye(outputs)[sequences] - policy
    return np.einsum("s,sg,sgo->o", weights, given, scores) / group_size


def conditional_advantages(
    policy: np.ndarray, rewards: np.ndarray, group_size: int, epsilon: float, lost_degrees: int
) -> np.ndarray:
    """`E[(r_i - mean) / (deviation + epsilon) | the first sample is i]`, by all sequences of the others."""
    outputs = len(policy)
    others = np.array(list(itertools.product(range(outputs), repeat=group_size - 1)))
    weights = policy[others].prod(axis=1)
    found = []
    for own in range(outputs):
        group = np.concatenate([np.full((len(others), 1), rewards[own]), rewards[others]], axis=1)
        scale = group.std(axis=1, ddof=lost_degrees) + epsilon
        equal = np.ptp(group, axis=1) == 0
        advantage = np.where(equal, 0.0, (rewards[own] - group.mean(axis=1)) / np.where(equal, 1.0, scale))
        found.append(weights @ advantage)
    return np.array(found)
