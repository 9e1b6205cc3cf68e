"""Policies over three outputs: a problem from a few sliders, and its landscape over the plane of logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from scipy.special import softmax

from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.moments import variance
from theory.tabular.policy import objective
from theory.tabular.problem import Problem, make_problem

NAMES = ("best", "middling", "worst")
TRUTH = (1.0, 0.0, -1.0)
"""`r_G` of the three outputs."""

GRID = 81
REACH = 9.0
"""The plane is shown as far as these differences of logits, on all sides."""

Three = Float64[np.ndarray, " three"]


class Scaled(NamedTuple):
    """Rewards of a wanted variance. **Fields**: `reward`; `capped`: the variance would have needed larger rewards."""

    reward: Three
    capped: bool


class Terrain(NamedTuple):
    """The objective over the plane of logits. **Fields**: `axis`, of both differences to the logit of the worst
    output, shape `(GRID,)`; `height`, shape `(GRID, GRID)`, the first axis along the middling output."""

    axis: Float64[np.ndarray, " grid"]
    height: Float64[np.ndarray, "grid grid"]


def initial_policy(best: float, share: float) -> Three:
    """Probabilities of the three outputs.

    **Arguments**: `best`, that of the best one, in (0, 1); `share`, what the middling one has of the rest, in (0, 1).

    >>> initial_policy(0.01, 0.5).round(3).tolist()
    [0.01, 0.495, 0.495]
    """
    for name, value in (("best", best), ("share", share)):
        if not 0 < value < 1:
            raise InvalidInputError(name, value, "Give a number between 0 and 1.")
    return np.array([best, (1 - best) * share, (1 - best) * (1 - share)])


def of_variance(policy: Three, shape: Sequence[float], wanted: float) -> Scaled:
    """Rewards in the proportions of `shape` whose variance under the policy is `wanted`, as far as [-1, 1] allows.

    **Raises** `InvalidInputError` if all rewards are equal.

    >>> of_variance(np.array([0.5, 0.25, 0.25]), [1.0, -1.0, -1.0], 0.01)
    Scaled(reward=array([ 0.1, -0.1, -0.1]), capped=False)
    """
    rewards = np.asarray(shape, np.float64)
    spread = float(variance(policy, rewards))
    if spread <= 0 or np.ptp(rewards) == 0:
        raise InvalidInputError(
            "reward model", "equal rewards", "Give at least two different ones: else nothing moves."
        )
    factor, most = float(np.sqrt(wanted / spread)), 1 / float(np.abs(rewards).max())
    return Scaled(min(factor, most) * rewards, factor > most)


def three_problem(policy: Three, reward: Three, kl_coefficient: float) -> Problem:
    """The problem of one prompt with these rewards, and `TRUTH` as the ground truth."""
    return make_problem(
        initial_probabilities=policy, proxy_reward=reward, ground_truth_reward=TRUTH, kl_coefficient=kl_coefficient
    )


def terrain(problem: Problem) -> Terrain:
    """The objective `E_pi[r_RM] - lambda KL(pi || pi_ref)` over the plane of logits."""
    axis = np.linspace(-REACH, REACH, GRID)
    middling, best = np.meshgrid(axis, axis, indexing="ij")
    logits = np.stack([best, middling, np.zeros_like(best)], axis=-1)
    height = objective(
        logits,
        np.broadcast_to(problem.initial_log_probabilities, logits.shape),
        np.broadcast_to(problem.proxy_reward, logits.shape),
        np.broadcast_to(problem.kl_coefficient, logits.shape[:-1]),
    )
    return Terrain(axis, np.asarray(height))


def on_plane(log_probabilities: Float[AnyArray, "times three"]) -> Float64[np.ndarray, "times two"]:
    """Where policies lie on the plane: the logits of the best and of the middling output less that of the worst.

    >>> on_plane(np.log([[0.5, 0.25, 0.25]])).round(4).tolist()
    [[0.6931, 0.0]]
    """
    logits = np.asarray(log_probabilities)
    return logits[:, :2] - logits[:, 2:]


def true_reward_on_plane(axis: Float64[np.ndarray, " grid"]) -> Float64[np.ndarray, "grid grid"]:
    """`E_pi[r_G]` over the plane, in the order of `Terrain.height`."""
    middling, best = np.meshgrid(axis, axis, indexing="ij")
    policies = softmax(np.stack([best, middling, np.zeros_like(best)], axis=-1), axis=-1)
    return np.asarray(policies @ np.asarray(TRUTH))
