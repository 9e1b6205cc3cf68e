"""Local search for a ranking of a wanted accuracy, for any distribution over pairs (paper, Definition 3)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from theory.accuracy.weak_orders import dense_ranks

CLOSE_ENOUGH = 1e-12
"""Accuracies this close are one accuracy: the rounding of a sum of pair probabilities."""

SWEEPS = 40
"""Passes over all outputs; each costs `outputs ** 2`."""


def search_order(
    start_ranks: Int64[np.ndarray, " outputs"],
    truth_ranks: Int64[np.ndarray, " outputs"],
    pair_distribution: Float64[np.ndarray, "outputs outputs"],
    wanted: float,
    *,
    first: int | None = None,
    strictly: bool = False,
    seed: int = 0,
) -> tuple[Int64[np.ndarray, " outputs"], float]:
    """The ranking whose accuracy came closest to `wanted` in a seeded search from `start_ranks`.

    One output at a time is moved to the place, between two levels or tied with one, that brings the accuracy closest;
    when no single move helps, a tenth of the outputs are moved at random and the descent starts again.

    **Arguments**

    - `start_ranks`: where to start; if `first` is given, it is already ranked first there.
    - `pair_distribution`: strictly upper triangular, see `theory.accuracy.pairs.check_pair_distribution`.
    - `first`, `strictly`: an output that stays ranked first (alone).

    **Returns** dense ranks and their accuracy.
    """
    random = np.random.default_rng(seed)
    weights = pair_distribution + pair_distribution.T
    truth_sign = np.sign(truth_ranks[:, None] - truth_ranks[None, :])
    movable = np.array([k for k in range(len(start_ranks)) if k != first], dtype=np.int64)
    ranks = dense_ranks(start_ranks)
    best_ranks, best = ranks, order_accuracy(ranks, truth_sign, weights)
    for _ in range(SWEEPS):
        accuracy = order_accuracy(ranks, truth_sign, weights)
        improved = False
        for output in random.permutation(movable):
            places, accuracies = _moves(ranks, truth_sign, weights, int(output), accuracy, first, strictly)
            chosen = int(np.argmin(np.abs(accuracies - wanted)))
            if abs(accuracies[chosen] - wanted) < abs(accuracy - wanted) - CLOSE_ENOUGH:
                ranks, accuracy, improved = (
                    _move(ranks, int(output), int(places[chosen])),
                    float(accuracies[chosen]),
                    True,
                )
        accuracy = order_accuracy(ranks, truth_sign, weights)
        if abs(accuracy - wanted) < abs(best - wanted):
            best_ranks, best = ranks, accuracy
        if abs(best - wanted) <= CLOSE_ENOUGH:
            break
        if not improved:
            ranks = best_ranks
            for output in random.choice(movable, size=max(2, len(movable) // 10)):
                places, _ = _moves(ranks, truth_sign, weights, int(output), 0.0, first, strictly)
                ranks = _move(ranks, int(output), int(random.choice(places)))
    return best_ranks, best


def order_accuracy(ranks: np.ndarray, truth_sign: np.ndarray, weights: np.ndarray) -> float:
    """The accuracy of a ranking; `weights` is the symmetric matrix with each pair's probability in both places."""
    agree = np.sign(ranks[:, None] - ranks[None, :]) == truth_sign
    return float(np.sum(weights, where=agree) / 2)


def _moves(
    ranks: np.ndarray,
    truth_sign: np.ndarray,
    weights: np.ndarray,
    output: int,
    accuracy: float,
    first: int | None,
    strictly: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """All places for one output, in half levels of the others (`2 l` ties with level `l`), and their accuracies."""
    others, level = _without(ranks, output)
    count = int(level.max()) + 1
    weight, sign = weights[output, others], truth_sign[output, others]

    def per_level(wanted_sign: int) -> np.ndarray:
        return np.bincount(level, weights=weight * (sign == wanted_sign), minlength=count)

    passed = np.concatenate([[0.0], np.cumsum(per_level(1))])
    ahead = np.concatenate([np.cumsum(per_level(-1)[::-1])[::-1], [0.0]])
    gained = np.empty(2 * count + 1)
    gained[0::2] = passed + ahead
    gained[1::2] = passed[:-1] + per_level(0) + ahead[1:]
    places = np.arange(-1, 2 * count)
    now = np.sum(weight, where=np.sign(ranks[output] - ranks[others]) == sign)
    if first is not None:
        allowed = places < 2 * (count - 1) + (0 if strictly else 1)
        places, gained = places[allowed], gained[allowed]
    return places, accuracy - now + gained


def _move(ranks: np.ndarray, output: int, place: int) -> np.ndarray:
    others, level = _without(ranks, output)
    target, tie = (place + 1) // 2, place % 2 == 0
    moved = np.empty_like(ranks)
    moved[others] = level if tie else level + (level >= target)
    moved[output] = target
    return moved


def _without(ranks: np.ndarray, output: int) -> tuple[np.ndarray, np.ndarray]:
    """The other outputs, and their dense ranks among themselves."""
    others = np.delete(np.arange(len(ranks)), output)
    rank, other_ranks = ranks[output], ranks[others]
    alone = not (other_ranks == rank).any()
    return others, other_ranks - (alone & (other_ranks > rank))
