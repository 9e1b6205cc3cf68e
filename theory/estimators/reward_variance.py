"""Reward variance of each prompt, estimated without bias, raw and in the units in which teachers are compared."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from theory.errors import InvalidInputError
from theory.estimators.group_moments import defined_mean, divided, group_moments
from theory.estimators.grouped_rewards import GroupedRewards

NEAR_ZERO = 1e-6
"""A variance is called near zero if its root is at most this part of the deviation over all prompts."""


class PromptVariances(NamedTuple):
    """Reward variance under the policy that the completions were drawn from; all of shape `(models, prompts)`.

    **Fields**

    - `variance`: unbiased (`ddof=1`), in squared units of the reward; NaN where fewer than two rows are scored: such a
      prompt neither has a signal nor lacks one.
    - `constant`: 1 where all scored rows are equal (the largest is the smallest), 0 where not, NaN as `variance`.
    - `mean`: of the scored rows, NaN without any.
    - `scored`: their number.
    - `sum_of_squares`: of their differences from their mean.
    """

    variance: Float64[np.ndarray, "models prompts"]
    constant: Float64[np.ndarray, "models prompts"]
    mean: Float64[np.ndarray, "models prompts"]
    scored: Int64[np.ndarray, "models prompts"]
    sum_of_squares: Float64[np.ndarray, "models prompts"]


def prompt_variances(grouped: GroupedRewards) -> PromptVariances:
    """Reward variance of every prompt (paper, Definition 2, with the unbiased estimate for its expectation).

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> prompt_variances(make_grouped_rewards([[1.0, 0.0, 0.5, 0.5]], [0, 2, 4])).variance.tolist()
    [[0.5, 0.0]]
    """
    moments = group_moments(grouped.rewards, grouped.offsets)
    defined = moments.counts >= 2
    variance = np.where(defined, moments.sum_of_squares / np.maximum(moments.counts - 1, 1), np.nan)
    constant = np.where(defined, (moments.smallest == moments.largest).astype(np.float64), np.nan)
    return PromptVariances(variance, constant, moments.mean, moments.counts, moments.sum_of_squares)


class SampleMoments(NamedTuple):
    """What the mean and variance over the rows of all prompts are made of, each of shape `(models, prompts)`.

    **Fields**: `counts`, of scored rows; `total`, the sum of their differences from the model's mean over all rows;
    `squares`, the sum of the squares of these.
    """

    counts: Float64[np.ndarray, "models prompts"]
    total: Float64[np.ndarray, "models prompts"]
    squares: Float64[np.ndarray, "models prompts"]

    @property
    def variance(self) -> Float64[np.ndarray, " models"]:
        """Over the rows of all prompts, `ddof=1`."""
        counts, total, squares = (column.sum(axis=-1) for column in self)
        return sample_variance(counts, total, squares, 1.0)


def sample_moments(found: PromptVariances) -> SampleMoments:
    """Sums from which the variance over all rows follows, prompt by prompt."""
    count = found.scored.astype(np.float64)
    own_mean = np.where(found.scored > 0, found.mean, 0.0)
    middle = divided((own_mean * count).sum(axis=-1), count.sum(axis=-1))
    gap = np.where(found.scored > 0, own_mean - middle[:, None], 0.0)
    return SampleMoments(count, count * gap, found.sum_of_squares + count * gap**2)


def sample_variance(
    count: Float64[np.ndarray, "*shape"],
    total: Float64[np.ndarray, "*shape"],
    squares: Float64[np.ndarray, "*shape"],
    prompts: float,
) -> Float64[np.ndarray, "*shape"]:
    """The variance (`ddof=1`) over all rows, from means over prompts of `SampleMoments` and the number of prompts."""
    rows = count * prompts
    return divided(prompts * squares - divided((prompts * total) ** 2, rows), rows - 1)


def near_zero(found: PromptVariances, *, tolerance: float = NEAR_ZERO) -> Float64[np.ndarray, "models prompts"]:
    """1 where the deviation within the prompt is at most `tolerance` times that over all rows, 0 where not, NaN as
    `variance`. A tolerance of zero leaves the constant prompts.

    **Raises** `InvalidInputError` for a negative tolerance.
    """
    if not tolerance >= 0:
        raise InvalidInputError("tolerance", tolerance, "Give a number of at least 0.")
    limit = tolerance * np.sqrt(sample_moments(found).variance)
    small = (np.sqrt(found.variance) <= limit[:, None]).astype(np.float64)
    return np.where(np.isnan(found.variance), np.nan, small)


def whitened_variances(found: PromptVariances) -> Float64[np.ndarray, "models prompts"]:
    """Reward variance after dividing each model by its deviation over all rows (paper, Section 4.1, Appendix F.1).

    Not invariant to shifts of single prompts, which change no advantage: see `within_prompt_share`. NaN for a model
    that does not vary.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> found = prompt_variances(make_grouped_rewards([[1.0, 2, 3, 4, 10, 10, 10, 10]], [0, 4, 8]))
    >>> round(float(whitened_variances(found).mean()), 6)
    0.049645
    """
    return divided(found.variance, np.broadcast_to(sample_moments(found).variance[:, None], found.variance.shape))


def unit_mean_variances(found: PromptVariances) -> Float64[np.ndarray, "models prompts"]:
    """Reward variance after dividing each model by the root of its mean reward variance (paper, Figure 11).

    The mean over the prompts is one for every model; what is left is how unevenly the prompts have it.
    """
    return divided(found.variance, np.broadcast_to(defined_mean(found.variance)[:, None], found.variance.shape))


def within_prompt_share(found: PromptVariances) -> Float64[np.ndarray, " models"]:
    """`E Var_within / (E Var_within + Var of means)`: the part of the variance that a policy gradient can use.

    Means over prompts with two or more scored rows; the variance of their means has `ddof=1`.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> found = prompt_variances(make_grouped_rewards([[1.0, 2, 3, 4, 10, 10, 10, 10]], [0, 4, 8]))
    >>> within_prompt_share(found).round(5).tolist()
    [0.02878]
    """
    within, mean, square = (defined_mean(column) for column in share_columns(found))
    return variance_share(within, mean, square, defined_prompts(found))


def share_columns(found: PromptVariances) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns `(models, prompts)` whose means give the within-prompt share: variance, mean, and its square."""
    means = np.where(np.isnan(found.variance), np.nan, found.mean)
    centred = means - defined_mean(means)[:, None]
    return found.variance, centred, centred**2


def defined_prompts(found: PromptVariances) -> Float64[np.ndarray, " models"]:
    """The number of prompts with a defined variance."""
    return (~np.isnan(found.variance)).sum(axis=-1).astype(np.float64)


def variance_share(
    within: Float64[np.ndarray, "*shape"],
    mean: Float64[np.ndarray, "*shape"],
    mean_square: Float64[np.ndarray, "*shape"],
    prompts: Float64[np.ndarray, "*shape"],
) -> Float64[np.ndarray, "*shape"]:
    """The within-prompt share, from means of `share_columns` and the number of prompts."""
    between = np.maximum(mean_square - mean**2, 0.0) * divided(prompts, prompts - 1)
    return divided(within, within + between)
