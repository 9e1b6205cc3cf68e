"""Pairs of completions of one prompt, counted or weighted by how a reward model and the truth order them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.errors import InvalidInputError
from theory.estimators.blocks import blocks
from theory.estimators.group_moments import group_moments
from theory.estimators.grouped_rewards import GroupedRewards, required_log_weights, required_truth

MEAN_ROUNDING = 2.0**-48
"""A reward is below a mean if it is by more than this part of the prompt's largest reward: the rest is rounding."""


class PairSums(NamedTuple):
    """Sums over the unordered pairs of completions of a prompt that have both a reward and a truth.

    A pair weighs one, or the product of the weights of its completions. All fields have shape `(models, prompts)`.

    **Fields**

    - `pairs`: all of them; `distinguished`: those that the truth orders strictly.
    - `concordant`: the model orders them strictly as the truth does; `discordant`: strictly the other way.
    - `tied_in_both`: neither orders them.
    - `harmless`: distinguished, and concordant or with a worse completion that the model puts below its mean.
    - `squared_weights`: the sum of the squared weights of the distinguished pairs.
    - `log_scale`: what is to be added to the logarithms of the sums of a prompt to have those in the weights as given.
    """

    pairs: Float64[np.ndarray, "models prompts"]
    distinguished: Float64[np.ndarray, "models prompts"]
    concordant: Float64[np.ndarray, "models prompts"]
    discordant: Float64[np.ndarray, "models prompts"]
    tied_in_both: Float64[np.ndarray, "models prompts"]
    harmless: Float64[np.ndarray, "models prompts"]
    squared_weights: Float64[np.ndarray, "models prompts"]
    log_scale: Float64[np.ndarray, " prompts"]


def pair_sums(
    grouped: GroupedRewards,
    *,
    weighted: bool = False,
    policy_means: Float64[np.ndarray, "models prompts"] | None = None,
) -> PairSums:
    """Sums over the pairs of every prompt.

    **Arguments**

    - `grouped`: with a truth.
    - `weighted`: whether a pair weighs the product of its completions' weights (the largest of a prompt being scaled
      to one) instead of one.
    - `policy_means`: each model's mean reward under the policy. If not given, the mean over all completions that the
      model has scored, which estimates it if they were drawn from the policy.

    **Raises** `InvalidInputError` without a truth, for weights that are asked for and not there, and for means of
    another shape.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0, 1.0, 0.5, 0.5]], [0, 3, 5], truth=[1.0, 0.0, 0.0, 1.0, 0.0])
    >>> found = pair_sums(data)
    >>> found.distinguished.tolist(), found.concordant.tolist()
    ([[2.0, 1.0]], [[1.0, 0.0]])
    """
    truth, scores = required_truth(grouped), grouped.jointly_scored
    limits = _limits(grouped, policy_means)
    sums = np.zeros((7, *limits.shape))
    weights, log_scale = _row_weights(grouped) if weighted else (None, np.zeros(limits.shape[1]))
    some_missing = bool(np.isnan(scores).any())
    for block in blocks(grouped):
        own = scores[:, block.rows]
        own_truth = truth[block.rows][None]
        if some_missing:
            own_truth = np.where(np.isnan(own), np.nan, own_truth)
        below = own < limits[:, None, block.prompts]
        row_weights = None if weights is None else weights[block.rows][None]
        sums[:, :, block.prompts] = _block_sums(own, own_truth, below, row_weights)
    return PairSums._make([*sums, log_scale])


def _limits(grouped: GroupedRewards, given: np.ndarray | None) -> np.ndarray:
    """The means that rewards are to be below; less a few digits, for scores in tenths often equal their mean."""
    shape = (len(grouped.rewards), len(grouped.starts))
    if given is None:
        given = group_moments(grouped.rewards, grouped.offsets).mean
    if given.shape != shape:
        raise InvalidInputError("policy_means", f"shape {given.shape}", f"Give one mean per model and prompt: {shape}.")
    return given - MEAN_ROUNDING * np.fmax.reduceat(np.abs(grouped.rewards), grouped.starts, axis=-1)


def _row_weights(grouped: GroupedRewards) -> tuple[np.ndarray, np.ndarray]:
    logs = required_log_weights(grouped)
    largest = np.maximum.reduceat(logs, grouped.starts)
    return np.exp(logs - np.repeat(largest, grouped.sizes)), 2 * largest


def _block_sums(own: np.ndarray, truth: np.ndarray, below: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """The sums of a block. All pairs at one distance are compared at once: arrays `(models, size, prompts)`."""
    models, size, prompts = own.shape
    sums = np.zeros((7, models, prompts))
    narrow = np.int8 if size <= 127 else np.int32
    no_rows_missing = not np.isnan(truth).any()
    for distance in range(1, size):
        later, earlier = slice(distance, None), slice(None, -distance)
        up, down = own[:, later] > own[:, earlier], own[:, later] < own[:, earlier]
        better, worse = truth[:, later] > truth[:, earlier], truth[:, later] < truth[:, earlier]
        concordant = (up & better) | (down & worse)
        distinguished = better | worse
        spared = (better & below[:, earlier]) | (worse & below[:, later])
        if no_rows_missing:
            valid = np.ones((1, size - distance, prompts), dtype=bool)
        else:
            valid = ~(np.isnan(truth[:, later]) | np.isnan(truth[:, earlier]))
        marks = (
            valid,
            distinguished,
            concordant,
            (up & worse) | (down & better),
            valid & ~(up | down | distinguished),
            concordant | spared,
        )
        if weights is None:
            for total, mark in zip(sums, marks, strict=False):
                total += mark.view(np.int8).sum(axis=1, dtype=narrow)
            continue
        products = weights[:, later] * weights[:, earlier]
        for total, mark in zip(sums, marks, strict=False):
            total += (mark * products).sum(axis=1)
        sums[6] += (distinguished * products**2).sum(axis=1)
    if weights is None:
        sums[6] = sums[1]
    return sums
