"""Reward variance between and within classes of equally good completions: the latter is noise to a policy gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.estimators.group_moments import defined_mean, divided, group_moments, group_sums
from theory.estimators.grouped_rewards import GroupedRewards, required_truth


class TruthClassVariance(NamedTuple):
    """Reward variance of each prompt, split by classes of equal truth; all of shape `(models, prompts)`, NaN where
    fewer than two completions have both a reward and a truth.

    **Fields**

    - `total`: unbiased (`ddof=1`).
    - `between`: squared differences of the class means from the prompt's mean, `within`: those of the rewards from
      their class means, both summed over completions and divided by their number minus one. They add up to `total`.
      With few completions for each class `within` is too small: a class of one has none.
    - `equal_truth`: half the mean over all pairs of completions of the squared difference of their rewards, pairs of
      unequal truth counting as zero. This is an unbiased estimate of `E[(r - r')^2 1{t = t'}] / 2`, and `total` less
      this one of the part of the pairs of unequal truth (Definition 2 of the paper, pair by pair).
    """

    total: Float64[np.ndarray, "models prompts"]
    between: Float64[np.ndarray, "models prompts"]
    within: Float64[np.ndarray, "models prompts"]
    equal_truth: Float64[np.ndarray, "models prompts"]

    @property
    def within_share(self) -> Float64[np.ndarray, " models"]:
        """The part of the mean reward variance that lies within classes of equal truth."""
        return divided(defined_mean(self.within), defined_mean(self.total))


def truth_class_variance(grouped: GroupedRewards) -> TruthClassVariance:
    """The variance of rewards between and within classes of equal truth (total variance decomposition).

    **Raises** `InvalidInputError` without a truth.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[3.0, 1.0, 0.0, 0.0]], [0, 4], truth=[1.0, 1.0, 0.0, 0.0])
    >>> found = truth_class_variance(data)
    >>> found.total.tolist(), found.within.round(6).tolist(), found.equal_truth.round(6).tolist()
    ([[2.0]], [[0.666667]], [[0.333333]])
    """
    truth, scores = required_truth(grouped), grouped.jointly_scored
    prompts = np.repeat(np.arange(len(grouped.sizes)), grouped.sizes)
    order = np.lexsort((truth, prompts))
    changes = (np.diff(truth[order]) != 0) | (np.diff(prompts[order]) != 0)
    class_starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    class_offsets = np.append(class_starts, len(truth))
    classes = group_moments(scores[:, order], class_offsets)
    # Classes of a prompt stand side by side, too: their sums over each prompt.
    of_prompts = np.append(np.searchsorted(class_starts, grouped.starts), len(class_starts))
    within = group_sums(classes.sum_of_squares, of_prompts)
    equal = group_sums(classes.counts * classes.sum_of_squares, of_prompts)
    whole = group_moments(scores, grouped.offsets)
    defined = whole.counts >= 2
    fewer = np.where(defined, whole.counts - 1.0, np.nan)
    # The classes cannot have more than the whole, whatever is rounded.
    within = np.minimum(within, whole.sum_of_squares)
    return TruthClassVariance(
        total=whole.sum_of_squares / fewer,
        between=(whole.sum_of_squares - within) / fewer,
        within=within / fewer,
        equal_truth=equal / (fewer * np.maximum(whole.counts, 1)),
    )
