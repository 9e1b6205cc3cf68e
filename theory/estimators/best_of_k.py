"""Best-of-k from n scored completions: the expected truth of the one that a reward model ranks best among k."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from theory.errors import InvalidInputError
from theory.estimators.group_moments import group_sums
from theory.estimators.grouped_rewards import GroupedRewards, required_truth
from theory.estimators.ranks import Ranks, ranks, subset_shares


def best_of_k_rewards(
    grouped: GroupedRewards, k: int, places: Ranks | None = None
) -> Float64[np.ndarray, "models prompts"]:
    """The expected largest reward of `k` completions, `sum_i x_(i) C(i-1, k-1) / C(n, k)` with `x` ascending.

    The mean over all subsets of `k` of the `n` scored completions, and so unbiased; draws with replacement from the
    same `n` are biased to the low side.

    **Arguments**: `k`, at least 1; `places`, of `ranks(grouped)`, if they are known already.

    **Returns** NaN for prompts with fewer than `k` scored completions.

    **Raises** `InvalidInputError` for a `k` that is not a whole number of at least 1.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> best_of_k_rewards(make_grouped_rewards([[-1.0, 0.2, 0.5, 3.0]], [0, 4]), 2).round(6).tolist()
    [[1.7]]
    """
    places = ranks(grouped) if places is None else places
    return _expected_pick(grouped, places, grouped.rewards, k)


def best_of_k_truths(
    grouped: GroupedRewards, k: int, places: Ranks | None = None
) -> Float64[np.ndarray, "models prompts"]:
    """The expected truth of that completion, among `k`, which a reward model ranks best; ties are broken evenly.

    Completions without a truth are left out.

    **Arguments**: `k`, at least 1; `places`, of `ranks(grouped, with_truth_only=True)`, if they are known already.

    **Returns** NaN for prompts with fewer than `k` completions that have both a reward and a truth.

    **Raises** `InvalidInputError` without a truth, and as `best_of_k_rewards`.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 1.0, 0.0]], [0, 3], truth=[1.0, 0.0, 0.5])
    >>> best_of_k_truths(data, 3).tolist()
    [[0.5]]
    """
    truth = required_truth(grouped)
    places = ranks(grouped, with_truth_only=True) if places is None else places
    return _expected_pick(grouped, places, truth[None], k)


def _expected_pick(grouped: GroupedRewards, places: Ranks, values: np.ndarray, k: int) -> np.ndarray:
    if places.below.shape != grouped.rewards.shape:
        raise InvalidInputError("places", f"shape {places.below.shape}", "Give the ranks of these rewards.")
    shares = subset_shares(places.scored, k)
    # Of all subsets, those whose largest reward is this row's, divided among the rows that share it.
    chance = shares.of(places.at_most, places.row_scored)
    chance -= shares.of(places.below, places.row_scored)
    chance /= np.maximum(places.equal, 1)
    known = np.where(np.isnan(values), 0.0, values)
    return group_sums(chance * known, grouped.offsets)
