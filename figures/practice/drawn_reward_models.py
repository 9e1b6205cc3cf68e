"""Reward models of a wanted accuracy and a wanted reward variance, otherwise drawn at random."""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float64, Int64

from theory.accuracy.pairs import uniform_accuracy
from theory.accuracy.weak_orders import all_weak_orders
from theory.errors import InvalidInputError


@cache
def strict_rankings(outputs: int) -> Int64[np.ndarray, "rankings outputs"]:
    """Every ranking without ties, as rows of ranks from 0, the lowest; read-only.

    **Raises** `InvalidInputError` for more outputs than `theory.accuracy.weak_orders.all_weak_orders` lists.
    """
    orders = all_weak_orders(outputs)
    rankings = orders[orders.max(axis=1) == outputs - 1].astype(np.int64)
    rankings.setflags(write=False)
    return rankings


def rankings_by_accuracy(
    ground_truth: Float64[np.ndarray, " outputs"],
) -> dict[float, Int64[np.ndarray, "rankings outputs"]]:
    """The rankings without ties at every accuracy that one of them attains, ascending (paper, Definition 1)."""
    rankings = strict_rankings(len(ground_truth))
    accuracy = uniform_accuracy(rankings, np.broadcast_to(ground_truth, rankings.shape))
    return {float(value): rankings[accuracy == value] for value in np.unique(accuracy)}


def largest_variances(
    rankings: Int64[np.ndarray, "rankings outputs"], policy: Float64[np.ndarray, " outputs"]
) -> Float64[np.ndarray, " rankings"]:
    """The supremum of the reward variance of rewards in [-1, 1] with each ranking.

    Variance is convex in the reward, so it is largest at an extreme point of the monotone ones: all outputs above some
    rank have reward 1 and the others -1, which has variance `4 P (1 - P)` with `P` the mass above. Without ties it is
    approached and not attained.
    """
    return np.asarray(_two_levels(rankings, policy)[1])


def _two_levels(rankings: np.ndarray, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each ranking the rewards -1 and 1 of the largest variance, and that variance."""
    thresholds = np.arange(1, rankings.shape[1])
    rewards = np.where(rankings[:, None, :] >= thresholds[:, None], 1.0, -1.0)
    variances = 1 - (rewards @ policy) ** 2
    best = np.argmax(variances, axis=1)
    chosen = np.arange(len(rankings))
    return rewards[chosen, best], variances[chosen, best]


def rewards_of_variance(
    rng: np.random.Generator,
    rankings: Int64[np.ndarray, "models outputs"],
    policy: Float64[np.ndarray, " outputs"],
    wanted: float,
) -> Float64[np.ndarray, "models outputs"]:
    """One reward in [-1, 1] for each ranking, of the wanted variance under the policy.

    Values are uniform on [-1, 1], sorted, and stretched to that interval. If they vary more than wanted, they are
    shrunk; if less, they are mixed with the rewards -1 and 1 of the largest variance, which keeps the ranking.

    **Raises** `InvalidInputError` for a variance that is not positive or that a ranking cannot have.
    """
    ends, largest = _two_levels(rankings, policy)
    if not 0 < wanted < largest.min():
        raise InvalidInputError(
            "wanted", f"{wanted:.17g}", f"Give a variance between 0 and {largest.min():.17g}, which all rankings have."
        )
    values = np.sort(rng.uniform(-1, 1, rankings.shape), axis=1)
    low, high = values[:, :1], values[:, -1:]
    drawn = np.take_along_axis(2 * (values - low) / (high - low) - 1, rankings, axis=1)
    # Var((1 - a) u + a b) = wanted is quadratic in a; its larger root lies in (0, 1) if Var(u) < wanted < Var(b).
    centred, centred_ends = drawn - (drawn @ policy)[:, None], ends - (ends @ policy)[:, None]
    spread = centred**2 @ policy
    cross = (centred * centred_ends) @ policy
    square, linear = spread + largest - 2 * cross, cross - spread
    root = np.sqrt(np.maximum(linear**2 - square * (spread - wanted), 0.0))
    share = np.where(spread < wanted, (root - linear) / square, 0.0)[:, None]
    scale = np.where(spread < wanted, 1.0, np.sqrt(wanted / spread))[:, None]
    return np.asarray(np.clip(scale * ((1 - share) * drawn + share * ends), -1.0, 1.0))
