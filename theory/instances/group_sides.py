"""The two sides of each statement about sampled completions: what the estimators compute, and what it has to equal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from jaxtyping import Float64, Int64

from theory.estimators.best_of_k import best_of_k_rewards
from theory.estimators.grouped_rewards import GroupedRewards
from theory.estimators.no_signal import no_signal_probabilities
from theory.instances.sampled_groups import DrawnGroupInstance, as_groups

Estimate = Callable[[GroupedRewards, int], Float64[np.ndarray, "models groups"]]
"""An estimate from each group of completions, for a size of groups or samples."""


def expected_estimate(instance: DrawnGroupInstance, estimate: Estimate) -> Float64[np.ndarray, "*batch prompts"]:
    """The exact expectation, over all outcomes of the independent draws, of an estimate of each prompt."""
    outcomes = _outcomes(instance.probabilities.shape[-1], instance.draws)
    drawn = np.stack([np.repeat(np.arange(outcomes.shape[1]), row) for row in outcomes])
    found = estimate(as_groups(instance.rewards[..., drawn]), instance.size)
    found = found.reshape(*instance.batch_shape, 1, len(outcomes))
    chance = np.prod(instance.probabilities[..., None, :] ** outcomes, axis=-1)
    return np.asarray((_orders(outcomes) * chance * found).sum(axis=-1))


@lru_cache(maxsize=32)
def _outcomes(outputs: int, draws: int) -> Int64[np.ndarray, "outcomes outputs"]:
    """Every way of how often each output can have been drawn."""

    def ways(places: int, left: int) -> Iterator[tuple[int, ...]]:
        if places == 1:
            yield (left,)
            return
        for first in range(left + 1):
            for rest in ways(places - 1, left - first):
                yield (first, *rest)

    return np.array(list(ways(outputs, draws)), dtype=np.int64)


def _orders(outcomes: Int64[np.ndarray, "outcomes outputs"]) -> Float64[np.ndarray, " outcomes"]:
    """In how many orders each outcome can have been drawn."""
    return np.array([math.factorial(sum(row)) / math.prod(map(math.factorial, row)) for row in outcomes.tolist()])


def no_signal(
    probabilities: Float64[np.ndarray, "*batch outputs"], rewards: Float64[np.ndarray, "*batch outputs"], size: int
) -> Float64[np.ndarray, "*batch"]:
    """The probability that `size` independent draws have equal rewards, `sum_y p_y P(r = r_y)^(size - 1)`."""
    equal = rewards[..., :, None] == rewards[..., None, :]
    same = (equal * probabilities[..., None, :]).sum(axis=-1)
    return np.asarray((probabilities * same ** (size - 1)).sum(axis=-1))


def expected_largest(
    probabilities: Float64[np.ndarray, "*batch outputs"], rewards: Float64[np.ndarray, "*batch outputs"], size: int
) -> Float64[np.ndarray, "*batch"]:
    """The expected largest reward of `size` independent draws."""
    order = np.argsort(rewards, axis=-1)
    ascending = np.take_along_axis(rewards, order, axis=-1)
    below = np.cumsum(np.take_along_axis(probabilities, order, axis=-1), axis=-1) ** size
    return np.asarray((ascending * np.diff(below, axis=-1, prepend=0.0)).sum(axis=-1))


def with_replacement(grouped: GroupedRewards, size: int) -> Float64[np.ndarray, "models groups"]:
    """P(no signal) of draws with replacement from the completions at hand: the biased estimate."""
    rewards = grouped.rewards.reshape(len(grouped.sizes), -1)
    even = np.full(rewards.shape, 1 / rewards.shape[-1])
    return no_signal(even, rewards, size)[None]


def largest_with_replacement(grouped: GroupedRewards, size: int) -> Float64[np.ndarray, "models groups"]:
    """The expected largest reward of draws with replacement from the completions at hand: biased to the low side."""
    rewards = grouped.rewards.reshape(len(grouped.sizes), -1)
    even = np.full(rewards.shape, 1 / rewards.shape[-1])
    return expected_largest(even, rewards, size)[None]


def no_signal_sides(
    instance: DrawnGroupInstance, estimate: Estimate = no_signal_probabilities
) -> tuple[Float64[np.ndarray, "*batch prompts"], Float64[np.ndarray, "*batch prompts"]]:
    """What is estimated on average, and P(no signal), for each prompt."""
    truth = no_signal(instance.probabilities, instance.rewards_by_prompt, instance.size)
    return expected_estimate(instance, estimate), truth


def pooled_no_signal(instance: DrawnGroupInstance) -> Float64[np.ndarray, "*batch"]:
    """P(no signal) as if all prompts were one, whose rewards have the mean of their distributions."""
    return no_signal(instance.probabilities.mean(axis=-2), instance.rewards, instance.size)


def best_of_k_sides(
    instance: DrawnGroupInstance, estimate: Estimate = best_of_k_rewards
) -> tuple[Float64[np.ndarray, "*batch prompts"], Float64[np.ndarray, "*batch prompts"]]:
    """What is estimated on average, and the expected largest reward, for each prompt."""
    truth = expected_largest(instance.probabilities, instance.rewards_by_prompt, instance.size)
    return expected_estimate(instance, estimate), truth


def truth_class_parts(
    rewards: Float64[np.ndarray, "*batch rows"],
    truth: Float64[np.ndarray, "*batch rows"],
    *,
    each_class_once: bool = False,
) -> Float64[np.ndarray, "*batch parts"]:
    """Unbiased variance of each group as `within + between`, and the two parts, from class means.

    **Arguments**: `each_class_once`: the squared differences of class means count once for each class instead of once
    for each of its completions.
    """
    shifted = rewards - rewards[..., :1]
    equal = (truth[..., :, None] == truth[..., None, :]).astype(np.float64)
    members = equal.sum(axis=-1)
    of_class = (equal * shifted[..., None, :]).sum(axis=-1) / members
    fewer = rewards.shape[-1] - 1
    within = ((shifted - of_class) ** 2).sum(axis=-1) / fewer
    apart = (of_class - shifted.mean(axis=-1, keepdims=True)) ** 2
    between = (apart / members if each_class_once else apart).sum(axis=-1) / fewer
    return np.stack([within + between, within, between], axis=-1)


def between_prompts(rewards: Float64[np.ndarray, "*batch prompts rows"]) -> Float64[np.ndarray, "*batch"]:
    """The sum over all completions of the squared difference of their prompt's mean from the mean of all."""
    means = rewards.mean(axis=-1)
    return np.asarray(rewards.shape[-1] * ((means - means.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1))
