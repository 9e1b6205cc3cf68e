"""P(no signal): how often all rewards of a group are equal, so that its advantages are zero."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError
from theory.estimators.group_moments import defined_mean, group_sums
from theory.estimators.grouped_rewards import GroupedRewards
from theory.estimators.ranks import Ranks, ranks, subset_shares


def no_signal_probabilities(
    grouped: GroupedRewards, group_size: int, places: Ranks | None = None
) -> Float64[np.ndarray, "models prompts"]:
    """The probability that a group of completions of a prompt has equal rewards, `sum_v C(c_v, G) / C(n, G)`.

    `c_v` of the `n` scored completions have the reward `v`. The mean over all subsets of `G`, and so unbiased for each
    prompt. It is not to be computed from rewards of several prompts together: they differ more.

    **Arguments**: `group_size`, `G`, at least 1; `places`, of `ranks(grouped)`, if they are known already.

    **Returns** NaN for prompts with fewer than `G` scored completions: they do not tell.

    **Raises** `InvalidInputError` for a `group_size` that is not a whole number of at least 1.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]], [0, 8])
    >>> [no_signal_probabilities(data, size).round(4).item() for size in (2, 4)]
    [0.5714, 0.2143]
    """
    check_whole("group_size", group_size, least=1)
    places = ranks(grouped) if places is None else places
    if places.below.shape != grouped.rewards.shape:
        raise InvalidInputError("places", f"shape {places.below.shape}", "Give the ranks of these rewards.")
    shares = subset_shares(places.scored, group_size)
    equal = places.equal
    chance = shares.of(equal, places.row_scored) / np.maximum(equal, 1)
    return group_sums(chance, grouped.offsets)


def smallest_group_with_signal(
    grouped: GroupedRewards, target: float, largest: int, places: Ranks | None = None
) -> Float64[np.ndarray, " models"]:
    """The smallest group size for which the mean P(no signal) is below `target`, at most `largest`.

    All sizes are compared on the same prompts, those with at least `largest` scored completions, where P(no signal)
    never rises with the size.

    **Returns** one number per model; NaN if `largest` is not enough, or if no prompt has as many completions.

    **Raises** `InvalidInputError` for a target outside (0, 1], or a `largest` that is not a whole number of at least 2.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]], [0, 8])
    >>> smallest_group_with_signal(data, 0.25, 8).tolist()
    [4.0]
    """
    check_whole("largest", largest, least=2)
    if not 0 < target <= 1:
        raise InvalidInputError("target", target, "Give a probability above 0 and of at most 1.")
    places = ranks(grouped) if places is None else places

    def mean_probability(size: int) -> np.ndarray:
        found = no_signal_probabilities(grouped, size, places)
        return defined_mean(np.where(places.scored >= largest, found, np.nan))

    enough = mean_probability(largest) < target
    low, high = np.ones(len(enough), dtype=np.int64), np.full(len(enough), largest)
    # The probability at one is one, which is never below the target: it is kept above `low`.
    while (high - low > 1).any():
        middle = (low + high) // 2
        found = np.array([mean_probability(int(size))[model] for model, size in enumerate(middle)])
        below = found < target
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    return np.where(enough, high.astype(np.float64), np.nan)


def expected_batches(no_signal: Float64[np.ndarray, "*batch"]) -> Float64[np.ndarray, "*batch"]:
    """How many groups are sampled for each that is kept, `1 / (1 - P)`, when groups without signal are sampled anew.

    This is DAPO's dynamic sampling (arXiv 2503.14476). **Arguments**: `no_signal`, probabilities. **Returns** infinity
    where none is ever kept.

    **Raises** `InvalidInputError` for numbers outside [0, 1].

    **Example**

    >>> import numpy as np
    >>> expected_batches(np.array([0.0, 0.75, 1.0])).tolist()
    [1.0, 4.0, inf]
    """
    if ((no_signal < 0) | (no_signal > 1)).any():
        raise InvalidInputError("no_signal", no_signal, "Give probabilities: at least 0 and at most 1.")
    with np.errstate(divide="ignore"):
        return 1 / (1 - np.asarray(no_signal))
