"""Advantages as trainers compute them from the rewards of a group, and what that does to groups of low variance."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.errors import InvalidInputError
from theory.estimators.group_moments import GroupMoments, divided, group_moments
from theory.estimators.grouped_rewards import GroupedRewards
from theory.estimators.reward_variance import PromptVariances


class AdvantageKind(enum.Enum):
    """What is done to the rewards of a group; the value says it."""

    STANDARDISED = "(r - mean) / (s + eps)"
    CENTRED = "r - mean"
    LEAVE_ONE_OUT = "r - mean of the others"
    STANDARDISED_LEAVE_ONE_OUT = "(r - mean of the others) / deviation of the others, if that is not zero"


class TrainerConvention(NamedTuple):
    """**Fields**: `name`, of the trainer; `ddof`, of the standard deviation `s`; `eps`, added to it; `kind`."""

    name: str
    ddof: int
    eps: float
    kind: AdvantageKind


TRAINER_CONVENTIONS: Mapping[str, TrainerConvention] = {
    convention.name: convention
    for convention in (
        TrainerConvention("trl", 1, 1e-4, AdvantageKind.STANDARDISED),
        TrainerConvention("verl", 1, 1e-6, AdvantageKind.STANDARDISED),
        TrainerConvention("openrlhf", 1, 1e-9, AdvantageKind.STANDARDISED),
        TrainerConvention("skyrl", 1, 1e-6, AdvantageKind.STANDARDISED),
        TrainerConvention("tunix", 1, 1e-6, AdvantageKind.STANDARDISED),
        TrainerConvention("open-instruct", 0, 1e-8, AdvantageKind.CENTRED),
        TrainerConvention("open-instruct-standard", 0, 1e-8, AdvantageKind.STANDARDISED),
        TrainerConvention("nemo-rl", 1, 0.0, AdvantageKind.STANDARDISED_LEAVE_ONE_OUT),
        TrainerConvention("nemo-rl-centred", 1, 0.0, AdvantageKind.LEAVE_ONE_OUT),
    )
}
"""What the trainers do by default in 2026; of two ways that one has, the second has its option's name appended."""


def trainer_convention(name: str) -> TrainerConvention:
    """The convention of a trainer.

    **Raises** `InvalidInputError` for a name that is not in `TRAINER_CONVENTIONS`.

    **Example**

    >>> trainer_convention("trl").eps
    0.0001
    """
    if name not in TRAINER_CONVENTIONS:
        raise InvalidInputError("trainer", name, f"Choose one of {', '.join(TRAINER_CONVENTIONS)}.")
    return TRAINER_CONVENTIONS[name]


def shrink_factors(variances: PromptVariances, convention: TrainerConvention) -> Float64[np.ndarray, "models prompts"]:
    """`s / (s + eps)` for each prompt: how much of a standardised advantage `eps` leaves.

    One where nothing is divided by the deviation, zero for a group of equal rewards that is; NaN where the deviation
    is not defined.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> from theory.estimators.reward_variance import prompt_variances
    >>> data = make_grouped_rewards([[0.0, 0.0002]], [0, 2])
    >>> shrink_factors(prompt_variances(data), trainer_convention("trl")).round(4).tolist()
    [[0.5858]]
    """
    if convention.kind is not AdvantageKind.STANDARDISED:
        return np.where(variances.scored >= 2, 1.0, np.nan)
    deviation = _deviation(variances.scored, variances.sum_of_squares, convention.ddof)
    return np.where(deviation == 0, 0.0, divided(deviation, deviation + convention.eps))


def trainer_advantages(grouped: GroupedRewards, convention: TrainerConvention) -> Float64[np.ndarray, "models rows"]:
    """The advantage of each completion under each reward model alone, before clipping and masks.

    **Returns** NaN for unscored rows, and where the trainer divides by a deviation that is not defined. A prompt with a
    single scored row has the leave-one-out advantage zero.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0, 0.0]], [0, 3])
    >>> trainer_advantages(data, trainer_convention("nemo-rl-centred")).tolist()
    [[1.0, -0.5, -0.5]]
    """
    moments = group_moments(grouped.rewards, grouped.offsets)
    centred = grouped.rewards - _to_rows(grouped, moments.mean)
    if convention.kind is AdvantageKind.CENTRED:
        return centred
    if convention.kind is AdvantageKind.STANDARDISED:
        deviation = _deviation(moments.counts, moments.sum_of_squares, convention.ddof)
        divisor = deviation + convention.eps
        # Zero over zero, for a trainer without eps.
        return np.where(np.isnan(centred), np.nan, divided(centred, _to_rows(grouped, divisor)))
    count = _to_rows(grouped, moments.counts)
    # r - (n m - r) / (n - 1) = (r - m) n / (n - 1).
    others = np.where(count > 1, centred * count / np.maximum(count - 1, 1), centred)
    if convention.kind is AdvantageKind.LEAVE_ONE_OUT:
        return others
    deviation = _deviation_of_others(grouped, moments, centred, count)
    return np.where(deviation > 0, divided(others, deviation), others)


def _to_rows(grouped: GroupedRewards, values: np.ndarray) -> np.ndarray:
    return np.repeat(values, grouped.sizes, axis=-1)


def _deviation(counts: np.ndarray, sum_of_squares: np.ndarray, ddof: int) -> np.ndarray:
    return np.where(counts > ddof, np.sqrt(sum_of_squares / np.maximum(counts - ddof, 1)), np.nan)


def _deviation_of_others(
    grouped: GroupedRewards, moments: GroupMoments, centred: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Of the rewards of the group without this row, `ddof=1`; zero for fewer than two others."""
    squares = _to_rows(grouped, moments.sum_of_squares)
    # Without the row the sum of squares is less by (r - m)^2 n / (n - 1).
    rest = squares - centred**2 * count / np.maximum(count - 1, 1)
    # What rounding leaves of others that are equal is no deviation.
    rest = np.where(rest > 1e-13 * squares, rest, 0.0)
    return np.where(count > 2, np.sqrt(rest / np.maximum(count - 2, 1)), 0.0)


class AdvantageAgreement(NamedTuple):
    """**Fields**, each of shape `(models,)`: `compared`, the number of rows with both advantages; `largest_difference`
    between them; `agreeing`, the part of the rows that differ by no more than the tolerance. NaN where none is."""

    compared: Float64[np.ndarray, " models"]
    largest_difference: Float64[np.ndarray, " models"]
    agreeing: Float64[np.ndarray, " models"]


def compare_advantages(
    grouped: GroupedRewards,
    given: Float64[np.ndarray, " rows"],
    convention: TrainerConvention,
    *,
    tolerance: float = 1e-3,
) -> AdvantageAgreement:
    """Advantages from a log against those that a trainer's convention gives for each reward model alone.

    **Arguments**: `given`, NaN where there is none; `tolerance`, relative to the largest given advantage of all.

    **Raises** `InvalidInputError` for another shape and a negative tolerance.

    **Example**

    >>> import numpy as np
    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0], [0.0, 1.0]], [0, 2])
    >>> compare_advantages(data, np.array([0.5, -0.5]), trainer_convention("open-instruct")).agreeing.tolist()
    [1.0, 0.0]
    """
    if given.shape != grouped.rewards.shape[1:]:
        raise InvalidInputError("given", f"shape {given.shape}", f"Give one per row: {grouped.rewards.shape[1:]}.")
    if not tolerance >= 0:
        raise InvalidInputError("tolerance", tolerance, "Give a number of at least 0.")
    differences = np.abs(trainer_advantages(grouped, convention) - given)
    compared = ~np.isnan(differences)
    limit = tolerance * np.abs(np.where(np.isnan(given), 0.0, given)).max()
    count = compared.sum(axis=-1).astype(np.float64)
    largest = np.where(compared, differences, -1.0).max(axis=-1)
    agreeing = (compared & (differences <= limit)).sum(axis=-1).astype(np.float64)
    return AdvantageAgreement(count, np.where(count > 0, largest, np.nan), divided(agreeing, count))
