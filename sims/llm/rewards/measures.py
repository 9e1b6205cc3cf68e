"""The measures of rewards on sampled completions: variance and accuracy within prompts, with intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from theory.accuracy.pairs import count_pairs
from theory.arguments.checks import as_float64, check_whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError


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
    confidence: float = 0.95,
) -> RewardMeasures:
    """Variance and accuracy of each model's rewards, each with a bootstrap interval over prompts.

    **Arguments**

    - `rewards`: NaN for a completion that a model did not score; the model is measured on the others.
    - `truth`: the ground truth; a completion with NaN is left out of accuracies.
    - `seed`: of the resamples. `resamples`: their number, at least 1.
    - `confidence`: of the intervals, between 0 and 1.

    **Returns** means over the prompts where a measure exists: at least two rewards for the variance, at least one pair
    that the truth distinguishes for accuracies; NaN for a model without such a prompt.

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
    given, known = as_float64("rewards", rewards), as_float64("truth", truth)
    if known.ndim != 2 or 0 in known.shape:
        raise InvalidInputError("truth", f"shape {known.shape}", "Give one number per prompt and completion.")
    if given.ndim != 3 or not len(given) or given.shape[1:] != known.shape:
        shape = f"(models, {known.shape[0]}, {known.shape[1]})"
        raise InvalidInputError("rewards", f"shape {given.shape}", f"Give the shape {shape}.")
    for argument, array in (("rewards", given), ("truth", known)):
        if np.isinf(array).any():
            raise InvalidInputError(argument, "an infinite one", "Give finite numbers, or NaN for what was not scored.")
    if not 0 < confidence < 1:
        raise InvalidInputError("confidence", confidence, "Give a number between 0 and 1.")
    draws = np.random.default_rng(check_whole("seed", seed, least=0))
    count, prompts = check_whole("resamples", resamples, least=1), len(known)
    # How often each resample has each prompt.
    often = draws.multinomial(prompts, np.full(prompts, 1 / prompts), count)
    strict, half = _accuracies(given, known)
    return RewardMeasures(*(_over_prompts(values, often, confidence) for values in (_variances(given), strict, half)))


def _variances(rewards: np.ndarray) -> np.ndarray:
    """Of each prompt, shape `(models, prompts)`; NaN where fewer than two rewards are there."""
    scored = ~np.isnan(rewards)
    count = scored.sum(axis=-1)
    mean = np.where(scored, rewards, 0.0).sum(axis=-1) / np.maximum(count, 1)
    squares = np.where(scored, rewards - mean[..., None], 0.0) ** 2
    return np.where(count > 1, squares.sum(axis=-1) / np.maximum(count - 1, 1), np.nan)


def _accuracies(rewards: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the sign rule, and with half credit for ties; shape `(models, prompts)`, NaN where no pair is there."""
    strict = np.full(rewards.shape[:2], np.nan)
    half = strict.copy()
    if truth.shape[-1] < 2:
        return strict, half
    whole = ~(np.isnan(rewards).any(axis=(0, 2)) | np.isnan(truth).any(axis=1))
    if whole.any():
        compared = rewards[:, whole]
        strict[:, whole], half[:, whole] = _on_pairs(compared, np.broadcast_to(truth[whole], compared.shape))
    for prompt in np.flatnonzero(~whole):
        for model, row in enumerate(rewards[:, prompt]):
            scored = ~(np.isnan(row) | np.isnan(truth[prompt]))
            if scored.sum() > 1:
                strict[model, prompt], half[model, prompt] = _on_pairs(row[scored], truth[prompt, scored])
    return strict, half


def _on_pairs(rewards: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts = count_pairs(rewards, truth)
    distinguished = counts.pairs - counts.tied_in_truth
    ties = counts.tied_in_proxy - counts.tied_in_both
    number = np.where(distinguished > 0, distinguished, np.nan)
    return np.asarray(counts.concordant / number), np.asarray((counts.concordant + ties / 2) / number)


def _over_prompts(values: np.ndarray, often: np.ndarray, confidence: float) -> MeanOverPrompts:
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    sums, numbers = often @ filled.T, often @ there.T.astype(np.float64)
    # A resample may have no prompt at all where a measure exists.
    resampled = np.divide(sums, numbers, out=np.full(sums.shape, np.nan), where=numbers > 0)
    count = there.sum(axis=1)
    value = np.divide(filled.sum(axis=1), count, out=np.full(len(values), np.nan), where=count > 0)
    ends = np.full((2, len(values)), np.nan)
    tail = (1 - confidence) / 2
    for model in np.flatnonzero(count):
        drawn = resampled[~np.isnan(resampled[:, model]), model]
        if drawn.size:
            ends[:, model] = np.quantile(drawn, [tail, 1 - tail])
    return MeanOverPrompts(value, ends[0], ends[1], resampled)
