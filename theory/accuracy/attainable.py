"""Attainable accuracies, and reward rankings that attain them (paper, Definition 3).

An accuracy is attainable for a distribution `D` over pairs and a ground truth `r_G` if some reward model has it, and
attainable subject to `y` being ranked first if some reward model with `y` in its argmax has it. Only the weak order
that the reward model induces matters. Up to `LARGEST_ENUMERATION` outputs all weak orders are tried; beyond, a ranking
of a wanted accuracy is built (uniform `D`, see `order_construction`) or searched for (`order_search`).

Definition 3 lets `y` share the first place. The construction that proves Theorem 5 does not: there `y_g` alone gets the
highest reward. `strictly=True` asks for that, and attains less in some cases.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from theory.accuracy.order_construction import build_order
from theory.accuracy.order_search import CLOSE_ENOUGH, search_order
from theory.accuracy.pairs import check_pair_distribution
from theory.accuracy.weak_orders import LARGEST_ENUMERATION, all_weak_orders, dense_ranks, ranked_first
from theory.arguments.checking import checked_input
from theory.arguments.checks import as_reward, check_finite, check_outputs
from theory.arguments.index_checks import as_output_index
from theory.arguments.number_rules import between
from theory.arguments.rules import Indices, Single, Whole
from theory.arguments.shape_rules import outputs_of_truth, single
from theory.errors import InvalidInputError

LARGEST_SEARCH = 256
"""The most outputs for which a search polishes what the construction for uniform pairs could not reach."""


class AttainableAccuracies(NamedTuple):
    """**Fields**: `accuracies`, ascending and distinct, and `witnesses`: for each one a ranking that has it."""

    accuracies: Float64[np.ndarray, " accuracies"]
    witnesses: Int64[np.ndarray, "accuracies outputs"]


class AttainedOrder(NamedTuple):
    """**Fields**: `ranks` (dense ranks, 0 the lowest, ties equal), `accuracy` (that of the ranking), `is_nearest`
    (whether it is proven that no attainable accuracy is closer to the wanted one)."""

    ranks: Int64[np.ndarray, " outputs"]
    accuracy: float
    is_nearest: bool


@checked_input(first=Indices(outputs_of_truth, single))
def attainable_accuracies(
    ground_truth_reward: object,
    pair_distribution: object | None = None,
    *,
    first: int | None = None,
    strictly: bool = False,
) -> AttainableAccuracies:
    """Every attainable accuracy with a witness, by trying all weak orders (paper, Definition 3).

    **Arguments**

    - `ground_truth_reward`: shape `(outputs,)`, at most `LARGEST_ENUMERATION` outputs; only its order matters.
    - `pair_distribution`: strictly upper triangular, see `theory.accuracy.pairs.check_pair_distribution`; None is
      uniform.
    - `first`: an output that must be in the argmax; with `strictly`, alone.

    **Returns** accuracies closer than 1e-12 as one.

    **Raises** `InvalidInputError` for bad input, and for more outputs than can be enumerated.

    **Example**

    >>> import theory
    >>> found = theory.attainable_accuracies([0.9, 0.1, -0.5])
    >>> found.accuracies.tolist()
    [0.0, 0.3333333333333333, 0.6666666666666666, 1.0]
    """
    truth_ranks, weights = _check_setting(ground_truth_reward, pair_distribution)
    _check_first(first, strictly, len(truth_ranks))
    orders = all_weak_orders(len(truth_ranks))
    if first is not None:
        orders = orders[ranked_first(orders, first, strictly=strictly)]
    accuracies = _accuracies_of_orders(orders, truth_ranks, weights)
    ascending = np.argsort(accuracies, kind="stable")
    in_order = accuracies[ascending]
    new = np.concatenate([[True], np.diff(in_order) > CLOSE_ENOUGH])
    return AttainableAccuracies(in_order[new], orders[ascending[new]].astype(np.int64))


@checked_input(
    accuracy=Single(between(-CLOSE_ENOUGH, 1 + CLOSE_ENOUGH)), first=Indices(outputs_of_truth, single), seed=Whole(0)
)
def order_with_accuracy(
    ground_truth_reward: object,
    accuracy: float,
    pair_distribution: object | None = None,
    *,
    first: int | None = None,
    strictly: bool = False,
    exact: bool = False,
    seed: int = 0,
) -> AttainedOrder:
    """A ranking of the outputs with the wanted accuracy, or with the nearest that is found (paper, Definition 3).

    Up to `LARGEST_ENUMERATION` outputs the nearest attainable accuracy is returned. Beyond, with uniform pairs and a
    ground truth without ties, too, at a cost of `outputs * log(outputs)`; with ties the ranking is built greedily, and
    with another distribution it is searched for, so that `is_nearest` may be False.

    **Arguments** as in `attainable_accuracies`, for any number of outputs, and

    - `accuracy`: in [0, 1].
    - `exact`: refuse a ranking whose accuracy is more than 1e-12 away.
    - `seed`: of the search.

    **Raises** `InvalidInputError` for bad input and, with `exact`, naming the nearest accuracy found.

    **Example**

    >>> import theory
    >>> found = theory.order_with_accuracy([0.9, 0.1, -0.5], 2 / 3)
    >>> found.ranks.tolist(), round(found.accuracy, 4)
    ([1, 1, 0], 0.6667)
    """
    truth_ranks, weights = _check_setting(ground_truth_reward, pair_distribution)
    _check_first(first, strictly, len(truth_ranks))
    wanted = accuracy
    if len(truth_ranks) <= LARGEST_ENUMERATION:
        attainable = attainable_accuracies(truth_ranks, weights, first=first, strictly=strictly)
        nearest = int(np.argmin(np.abs(attainable.accuracies - wanted)))
        found = AttainedOrder(attainable.witnesses[nearest], float(attainable.accuracies[nearest]), True)
    else:
        found = _construct(truth_ranks, weights, wanted, first, strictly, seed)
    if exact and abs(found.accuracy - wanted) > CLOSE_ENOUGH:
        kind = "attainable" if found.is_nearest else "that was found"
        raise InvalidInputError(
            "accuracy", f"{wanted:.17g}", f"The nearest {kind} is {found.accuracy:.17g}: give that."
        )
    return found


def _construct(
    truth_ranks: np.ndarray, weights: np.ndarray | None, wanted: float, first: int | None, strictly: bool, seed: int
) -> AttainedOrder:
    outputs = len(truth_ranks)
    pairs = outputs * (outputs - 1) // 2
    built = build_order(truth_ranks, round(wanted * pairs), first=first, strictly=strictly)
    found = AttainedOrder(built.ranks, built.correct / pairs, built.is_nearest)
    if weights is None and (built.is_nearest or outputs > LARGEST_SEARCH):
        return found
    # The order built for uniform pairs has roughly the wanted accuracy under others too: a good start.
    chances = np.triu(np.full((outputs, outputs), 1 / pairs), 1) if weights is None else weights
    ranks, searched = search_order(built.ranks, truth_ranks, chances, wanted, first=first, strictly=strictly, seed=seed)
    return AttainedOrder(ranks, searched, abs(searched - wanted) <= CLOSE_ENOUGH)


def _check_setting(
    ground_truth_reward: object, pair_distribution: object | None
) -> tuple[np.ndarray, np.ndarray | None]:
    truth = as_reward("ground_truth_reward", ground_truth_reward)
    check_outputs("ground_truth_reward", truth)
    check_finite("ground_truth_reward", truth)
    if truth.ndim != 1:
        raise InvalidInputError("ground_truth_reward", f"shape {truth.shape}", "Give one prompt at a time.")
    if pair_distribution is None:
        return dense_ranks(truth), None
    weights = check_pair_distribution(pair_distribution, len(truth))
    if weights.ndim != 2:
        raise InvalidInputError("pair_distribution", f"shape {weights.shape}", "Give one prompt at a time.")
    return dense_ranks(truth), weights


def _check_first(first: int | None, strictly: bool, outputs: int) -> None:
    if first is not None:
        as_output_index("first", first, (), outputs)
    elif strictly:
        raise InvalidInputError("strictly", True, "Name in `first` the output that is to be strictly first.")


def _accuracies_of_orders(orders: np.ndarray, truth_ranks: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """The accuracy of each row; uniform pairs are counted in integers, and divided once."""
    outputs = orders.shape[1]
    total = np.zeros(len(orders), dtype=np.int64 if weights is None else np.float64)
    for i in range(outputs):
        for j in range(i + 1, outputs):
            correct = np.sign(orders[:, i] - orders[:, j]) == np.sign(truth_ranks[i] - truth_ranks[j])
            total += correct * (1 if weights is None else weights[i, j])
    return np.asarray(total / (outputs * (outputs - 1) // 2) if weights is None else total)
