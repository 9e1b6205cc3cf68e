"""The measures of rewards on sampled completions: variance and accuracy within prompts, with intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from theory.arguments.checks import as_float64
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.estimators.bootstrap import bootstrap_means, interval
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.pairs import pair_sums
from theory.estimators.ranking_accuracy import ranking_accuracy
from theory.estimators.reward_variance import prompt_variances


class MeanOverPrompts(NamedTuple):
    """A mean over prompts for each model, with its uncertainty from which prompts there are.

    **Fields**: `value`, `low` and `high`, the ends of a percentile bootstrap interval, shape `(models,)`; `resampled`,
    the mean over each resample of the prompts, shape `(resamples, models)`. Resamples are the same for all models, so
    that a difference of two models has the interval of the differences of their columns. Where all prompts agree, the
    interval has no length: a bootstrap knows only of what the sample shows.
    """

    value: Float64[np.ndarray, " models"]
    low: Float64[np.ndarray, " models"]
    high: Float64[np.ndarray, " models"]
    resampled: Float64[np.ndarray, "resamples models"]


class PromptMeasures(NamedTuple):
    """The same as `RewardMeasures` of single prompts, each of shape `(models, prompts)`; NaN where there is none."""

    variance: Float64[np.ndarray, "models prompts"]
    accuracy: Float64[np.ndarray, "models prompts"]
    half_credit_accuracy: Float64[np.ndarray, "models prompts"]


class RewardMeasures(NamedTuple):
    """What is measured of rewards.

    **Fields**

    - `variance`: the mean over prompts of the unbiased variance of a prompt's rewards (dividing by their number less
      one), in squared units of the reward: estimates `E_x Var[r]` (Definition 2).
    - `accuracy`: the paper's sign rule (Definition 1), on pairs that the truth distinguishes: a pair is correct if the
      reward orders it as the truth does, and a tie of the reward is wrong.
    - `half_credit_accuracy`: the same, but a tie of the reward counts one half, as a coin would decide it: a reward
      that knows nothing has one half.
    """

    variance: MeanOverPrompts
    accuracy: MeanOverPrompts
    half_credit_accuracy: MeanOverPrompts


def reward_measures(
    rewards: Float[AnyArray, "models prompts completions"],
    truth: Float[AnyArray, "prompts completions"],
    *,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.95,
) -> RewardMeasures:
    """Variance and accuracy of each model's rewards, each with a bootstrap interval over prompts.

    **Arguments**

    - `rewards`: NaN for a completion that a model did not score; the model is measured on the others.
    - `truth`: the ground truth; a completion with NaN is left out of accuracies.
    - `seed`: of the resamples. `resamples`: their number, at least 1.
    - `level`: of the intervals, between 0 and 1.

    **Returns** means over the prompts where a measure exists: at least two rewards for the variance, at least one pair
    that the truth distinguishes for accuracies; NaN for a model without such a prompt, and for the interval of one of
    which a resample has none.

    **Raises** `InvalidInputError` for arrays that do not fit or are infinite, and numbers out of range.

    **Source**: Razin et al. 2025 (arXiv 2503.15477), Definitions 1 and 2; percentile intervals: B. Efron and
    R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, Section 13.3.

    >>> import numpy as np
    >>> from sims.llm import reward_measures
    >>> truth = np.array([[0.0, 0.5, 1.0], [0.2, 0.2, 0.4]])
    >>> found = reward_measures(np.stack([truth, np.zeros((2, 3))]), truth)
    >>> found.accuracy.value.tolist(), found.half_credit_accuracy.value.tolist()
    ([1.0, 0.0], [1.0, 0.5])
    """
    columns = prompt_measures(rewards, truth)
    found = bootstrap_means(np.concatenate(columns), resamples=resamples, seed=seed)
    ends = interval(found.means, found.resampled, level=level)
    parts = [np.split(values, 3, axis=-1) for values in (found.means, *ends, found.resampled)]
    return RewardMeasures(*(MeanOverPrompts(*own) for own in zip(*parts, strict=True)))


def prompt_measures(
    rewards: Float[AnyArray, "models prompts completions"], truth: Float[AnyArray, "prompts completions"]
) -> PromptMeasures:
    """The measures of each prompt, of which `reward_measures` takes the means; arguments and errors as there."""
    given, known = as_float64("rewards", rewards), as_float64("truth", truth)
    if known.ndim != 2 or 0 in known.shape:
        raise InvalidInputError("truth", f"shape {known.shape}", "Give one number per prompt and completion.")
    if given.ndim != 3 or not len(given) or given.shape[1:] != known.shape:
        shape = f"(models, {known.shape[0]}, {known.shape[1]})"
        raise InvalidInputError("rewards", f"shape {given.shape}", f"Give the shape {shape}.")
    offsets = np.arange(len(known) + 1) * known.shape[1]
    grouped = make_grouped_rewards(given.reshape(len(given), -1), offsets, truth=known.ravel())
    sums = pair_sums(grouped)
    accuracies = (ranking_accuracy(sums, rule).of_prompts for rule in ("strict", "half_credit"))
    return PromptMeasures(prompt_variances(grouped).variance, *accuracies)
