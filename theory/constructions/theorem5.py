"""Teacher pairs of Theorem 5, and the extreme pair of Theorem 2: accurate but slow, inaccurate but fast.

The slow reward model gives every output a reward in `(0, 1/T)`, the fast one gives the output `y_g` 1 and every other
output a reward in `(0, pi0(y_g))`. Inside these intervals only the order matters for accuracy, so both are made from
rankings; how the values are spread is free, and a checker may push it to where the bounds are tightest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from theory.accuracy.attainable import order_with_accuracy
from theory.accuracy.weak_orders import dense_ranks
from theory.arguments.checking import checked_input
from theory.arguments.checks import (
    as_float64,
    as_reward,
    check_finite,
    check_outputs,
    check_positive,
    check_probabilities,
    check_reward,
    check_same_shape,
)
from theory.arguments.index_checks import as_output_index, as_ranks, per_problem
from theory.arguments.number_rules import between
from theory.arguments.object_rules import of_kind
from theory.arguments.rules import Single, Whole
from theory.bounds import upper_bounds
from theory.constructions.reward_levels import EVEN, Spread, place_levels
from theory.errors import InvalidInputError

ONE = Single(between(-np.inf, np.inf, infinite=False))
SPREAD = of_kind(Spread, "Give a theory.constructions.reward_levels.Spread.")


class TeacherPair(NamedTuple):
    """Theorem 5's two reward models for a batch of problems, with what its bounds need.

    **Fields**: `slow_reward` (`r_RM`) and `fast_reward` (`r'_RM`), shape `(*batch, outputs)`, in [-1, 1]; and, of shape
    `(*batch)`, `best_output` (`y_g`), `required_share` (`rho`), `kl_limit` (the largest KL coefficient for which the
    fast bound is claimed).
    """

    slow_reward: Float64[np.ndarray, "*batch outputs"]
    fast_reward: Float64[np.ndarray, "*batch outputs"]
    best_output: Int64[np.ndarray, "*batch"]
    required_share: Float64[np.ndarray, "*batch"]
    kl_limit: Float64[np.ndarray, "*batch"]


@checked_input(spread=SPREAD)
def theorem5_slow_rewards(
    ranks: object, inverse_reward_range: object, *, spread: Spread = EVEN
) -> Float64[np.ndarray, "*batch outputs"]:
    """Rewards `b_y` in `(0, 1/T)` in the order of the ranks (proof of Theorem 5, Appendix D).

    **Arguments**

    - `ranks`: integers of shape `(*batch, outputs)`, the higher the better.
    - `inverse_reward_range`: `T >= 1`, a number or shape `(*batch)`.

    **Raises** `InvalidInputError` for bad input, and for a spread too narrow for float64.

    **Example**

    >>> import theory
    >>> theory.theorem5_slow_rewards([2, 1, 0], 10.0).round(4).tolist()
    [0.075, 0.05, 0.025]
    """
    orders = _rank_array("ranks", ranks)
    length = np.asarray(1 / _inverse_reward_range(inverse_reward_range, orders.shape[:-1]))
    return place_levels("inverse_reward_range", dense_ranks(orders), length, spread)


@checked_input(spread=SPREAD)
def theorem5_fast_rewards(
    ranks: object, best_output: object, initial_probabilities: object, *, spread: Spread = EVEN
) -> Float64[np.ndarray, "*batch outputs"]:
    """Rewards 1 for `y_g` and `c_y` in `(0, pi0(y_g))`, in the order of the ranks, for the rest (proof of Theorem 5).

    **Arguments**

    - `ranks`: integers of shape `(*batch, outputs)`, the higher the better; `y_g` has the highest, alone.
    - `best_output`: the index of `y_g`, a number or shape `(*batch)`.
    - `initial_probabilities`: shape `(*batch, outputs)`.

    **Raises** `InvalidInputError` for bad input, for an output that shares or exceeds the rank of `y_g` (its reward
    would have to be below that of `y_g`), and for a spread too narrow for float64.

    **Example**

    >>> import theory
    >>> rewards = theory.theorem5_fast_rewards([2, 0, 1], 0, [0.2, 0.3, 0.5])
    >>> rewards.round(4).tolist()
    [1.0, 0.0667, 0.1333]
    """
    orders = _rank_array("ranks", ranks)
    policy = _policy(initial_probabilities)
    check_same_shape([("initial_probabilities", policy), ("ranks", orders)])
    best = as_output_index("best_output", best_output, orders.shape[:-1], orders.shape[-1])[..., None]
    is_best = np.arange(orders.shape[-1]) == best
    highest_other = np.max(np.where(is_best, np.iinfo(np.int64).min, orders), axis=-1)
    if (np.take_along_axis(orders, best, axis=-1)[..., 0] <= highest_other).any():
        raise InvalidInputError(
            "ranks",
            "an output ranked as high as best_output",
            "The construction gives best_output alone the highest reward: rank it strictly first.",
        )
    # Moving y_g to the lowest of the others leaves exactly their levels.
    lowest = np.min(orders, axis=-1, keepdims=True)
    others = dense_ranks(np.where(is_best, lowest, orders))
    length = np.asarray(np.take_along_axis(policy, best, axis=-1)[..., 0])
    return np.where(is_best, 1.0, place_levels("initial_probabilities", others, length, spread))


@checked_input(slow_spread=SPREAD, fast_spread=SPREAD)
def theorem5_teachers_from_ranks(
    *,
    initial_probabilities: object,
    ground_truth_reward: object,
    increase: object,
    inverse_reward_range: object,
    slow_ranks: object,
    fast_ranks: object,
    best_output: object | None = None,
    slow_spread: Spread = EVEN,
    fast_spread: Spread = EVEN,
) -> TeacherPair:
    """Theorem 5's teacher pair for a batch of problems and given rankings.

    **Arguments**

    - `initial_probabilities`, `ground_truth_reward`, `slow_ranks`, `fast_ranks`: shape `(*batch, outputs)`.
    - `increase`: `gamma > 0`, a number or shape `(*batch)`; `inverse_reward_range`: `T >= 1`, likewise.
    - `best_output`: `y_g`, an index or shape `(*batch)`; None takes the output of highest ground-truth reward.

    **Raises** `InvalidInputError` for bad input, and unless `r_G(y_g) > V_G(theta(0)) + gamma` and `y_g` is strictly
    first in `fast_ranks`.

    **Example**

    >>> import theory
    >>> teachers = theory.theorem5_teachers_from_ranks(
    ...     initial_probabilities=[0.2, 0.3, 0.5],
    ...     ground_truth_reward=[1.0, -1.0, 0.0],
    ...     increase=0.3,
    ...     inverse_reward_range=100.0,
    ...     slow_ranks=[2, 0, 1],
    ...     fast_ranks=[2, 1, 0],
    ... )
    >>> teachers._fields
    ('slow_reward', 'fast_reward', 'best_output', 'required_share', 'kl_limit')
    """
    policy, truth = _policy_and_truth(initial_probabilities, ground_truth_reward)
    gamma = per_problem("increase", increase, truth.shape[:-1])
    check_positive("increase", gamma)
    best = _best_output(best_output, truth)
    best_truth = np.take_along_axis(truth, best[..., None], axis=-1)[..., 0]
    initial_truth = np.sum(policy * truth, axis=-1)
    short = ~(best_truth > initial_truth + gamma)
    if short.any():
        raise InvalidInputError(
            "best_output",
            f"an output of ground-truth reward {best_truth[short].flat[0]:.6g}, where the initial expected reward plus "
            f"increase is {(initial_truth + gamma)[short].flat[0]:.6g}",
            "Choose an output whose reward is greater than that, or a smaller increase.",
        )
    slow = as_ranks("slow_ranks", slow_ranks, truth.shape)
    fast = as_ranks("fast_ranks", fast_ranks, truth.shape)
    share = upper_bounds.required_share(gamma, initial_truth, best_truth)
    best_probability = np.take_along_axis(policy, best[..., None], axis=-1)[..., 0]
    kl_limit = upper_bounds.theorem_5_fast_kl_limit(share, best_probability, np.log(policy.min(axis=-1)))
    return TeacherPair(
        slow_reward=theorem5_slow_rewards(slow, inverse_reward_range, spread=slow_spread),
        fast_reward=theorem5_fast_rewards(fast, best, policy, spread=fast_spread),
        best_output=best,
        required_share=np.asarray(share),
        kl_limit=np.asarray(kl_limit),
    )


@checked_input(
    increase=ONE,
    inverse_reward_range=ONE,
    slow_accuracy=ONE,
    fast_accuracy=ONE,
    best_output=Whole(0),
    seed=Whole(0),
    slow_spread=SPREAD,
    fast_spread=SPREAD,
)
def theorem5_teachers(
    *,
    initial_probabilities: object,
    ground_truth_reward: object,
    increase: float,
    inverse_reward_range: float,
    slow_accuracy: float,
    fast_accuracy: float,
    best_output: int | None = None,
    pair_distribution: object | None = None,
    exact: bool = True,
    seed: int = 0,
    slow_spread: Spread = EVEN,
    fast_spread: Spread = EVEN,
) -> TeacherPair:
    """Theorem 5's teacher pair for one problem and wanted accuracies `alpha` (slow) and `alpha'` (fast).

    **Arguments** as in `theorem5_teachers_from_ranks`, without a batch, and

    - `slow_accuracy`: attainable; `fast_accuracy`: attainable with `y_g` strictly first.
    - `pair_distribution`, `exact`, `seed`: as in `theory.accuracy.attainable.order_with_accuracy`; without `exact` the
      nearest accuracies that are found serve.

    **Raises** `InvalidInputError` also for an accuracy that is not attained, naming the nearest.

    **Example**

    >>> import theory
    >>> teachers = theory.theorem5_teachers(
    ...     initial_probabilities=[0.2, 0.3, 0.5],
    ...     ground_truth_reward=[1.0, -1.0, 0.0],
    ...     increase=0.3,
    ...     inverse_reward_range=100.0,
    ...     slow_accuracy=1.0,
    ...     fast_accuracy=2 / 3,
    ... )
    >>> teachers._fields
    ('slow_reward', 'fast_reward', 'best_output', 'required_share', 'kl_limit')
    """
    policy, truth = _policy_and_truth(initial_probabilities, ground_truth_reward)
    if truth.ndim != 1:
        raise InvalidInputError(
            "ground_truth_reward", f"shape {truth.shape}", "Give one problem, or rankings for a batch of problems."
        )
    best = int(_best_output(best_output, truth))
    orders = []
    for name, accuracy, first in (("slow_accuracy", slow_accuracy, None), ("fast_accuracy", fast_accuracy, best)):
        try:
            orders.append(
                order_with_accuracy(
                    truth, accuracy, pair_distribution, first=first, strictly=first is not None, exact=exact, seed=seed
                )
            )
        except InvalidInputError as error:
            if error.argument != "accuracy":
                raise
            raise InvalidInputError(name, error.value, error.remedy) from None
    return theorem5_teachers_from_ranks(
        initial_probabilities=policy,
        ground_truth_reward=truth,
        increase=increase,
        inverse_reward_range=inverse_reward_range,
        slow_ranks=orders[0].ranks,
        fast_ranks=orders[1].ranks,
        best_output=best,
        slow_spread=slow_spread,
        fast_spread=fast_spread,
    )


def theorem2_rankings(
    ground_truth_reward: object, best_output: object | None = None
) -> tuple[Int64[np.ndarray, "*batch outputs"], Int64[np.ndarray, "*batch outputs"]]:
    """The rankings of Theorem 2's extreme pair: the ground truth's own, and one that errs on every pair without `y_g`.

    The first has accuracy 1. The second puts `y_g` strictly first and reverses the others; outputs that tie in the
    ground truth are ranked apart, since reversing alone would leave them tied and correct. Its uniform accuracy is
    `b / C(m, 2)`, `b <= m - 1` being the number of outputs with a lower ground-truth reward than `y_g`: at most
    `2 / m`, and exactly that if `y_g` alone has the highest ground-truth reward.

    **Arguments**: `ground_truth_reward`, shape `(*batch, outputs)`; `best_output` as in `theorem5_teachers_from_ranks`.

    **Returns** `slow_ranks` and `fast_ranks` for `theorem5_teachers_from_ranks`.

    **Example**

    >>> import theory
    >>> perfect, wrong = theory.theorem2_rankings([0.9, 0.1, -0.5])
    >>> perfect.tolist(), wrong.tolist()
    ([2, 1, 0], [2, 0, 1])
    """
    truth = as_reward("ground_truth_reward", ground_truth_reward)
    check_outputs("ground_truth_reward", truth)
    check_finite("ground_truth_reward", truth)
    best = _best_output(best_output, truth)[..., None]
    descending = np.argsort(-truth, axis=-1, kind="stable")
    fast = np.empty(truth.shape, dtype=np.int64)
    np.put_along_axis(fast, descending, np.broadcast_to(np.arange(truth.shape[-1]), truth.shape), axis=-1)
    np.put_along_axis(fast, best, truth.shape[-1], axis=-1)
    return dense_ranks(truth), dense_ranks(fast)


def _rank_array(argument: str, ranks: object) -> np.ndarray:
    shape = np.shape(as_float64(argument, ranks))
    orders = as_ranks(argument, ranks, shape)
    check_outputs(argument, orders)
    return orders


def _inverse_reward_range(value: object, batch_shape: tuple[int, ...]) -> np.ndarray:
    numbers = per_problem("inverse_reward_range", value, batch_shape)
    if (numbers < 1).any():
        raise InvalidInputError(
            "inverse_reward_range", f"{numbers.min():.17g}", "Theorem 5 takes T >= 1: rewards lie in (0, 1/T)."
        )
    return numbers


def _policy(initial_probabilities: object) -> np.ndarray:
    policy = as_float64("initial_probabilities", initial_probabilities)
    check_outputs("initial_probabilities", policy)
    check_probabilities("initial_probabilities", policy)
    return policy


def _policy_and_truth(initial_probabilities: object, ground_truth_reward: object) -> tuple[np.ndarray, np.ndarray]:
    policy, truth = _policy(initial_probabilities), as_reward("ground_truth_reward", ground_truth_reward)
    check_same_shape([("initial_probabilities", policy), ("ground_truth_reward", truth)])
    check_reward("ground_truth_reward", truth)
    return policy, truth


def _best_output(best_output: object | None, truth: np.ndarray) -> np.ndarray:
    if best_output is None:
        return np.asarray(np.argmax(truth, axis=-1), dtype=np.int64)
    return as_output_index("best_output", best_output, truth.shape[:-1], truth.shape[-1])
