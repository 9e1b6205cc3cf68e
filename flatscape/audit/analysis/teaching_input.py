"""Scored completions as the groups of a simulation, and the method of teaching that settings ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from flatscape.audit.given.samples import PolicySamples
from flatscape.audit.given.settings import TeachingSettings
from sims.teaching import ScoredGroups, TeachingMethod, exact_ascent, exact_flow, expected_grpo, expected_rloo
from sims.teaching import scored_groups as checked_groups
from theory.comparison.trainer_conventions import AdvantageKind, trainer_convention
from theory.errors import InvalidInputError

GAIN_SHARES = (0.05, 0.1)
"""Rises of the truth that are waited for where none are given, as parts of its range."""

TIME_PER_COMPLETION = 3.0
"""The end of teaching where none is given, in units of the number of completions: a completion of probability `1 / n`
and advantage one begins with a logit that rises by this much in that time."""

MOST_STEPS = 10_000
"""Steps that are taken at most where no number is given."""

FEWEST_TIMES, MOST_TIMES = 9, 25
MOST_NUMBERS = 2**24
"""Numbers that are kept of all prompts: models times prompts times times."""


def teaching_groups(samples: PolicySamples, normalisation: str) -> ScoredGroups:
    """The completions that all models have scored, with rewards in the units in which they teach.

    A model with one value for all of them teaches nothing, whatever its units.

    **Raises** `InvalidInputError` if no prompt has two such completions.
    """
    rewards, logs = samples.grouped.rewards, samples.grouped.log_weights
    if logs is not None:
        absent = np.isneginf(logs)
        rewards, logs = np.where(absent, np.nan, rewards), np.where(absent, 0.0, logs)
    groups = checked_groups(
        rewards, samples.grouped.offsets, truth=samples.grouped.truth, initial_log_probabilities=logs
    )
    if normalisation == "none":
        return groups
    return replace(groups, rewards=np.stack([_unit_deviation(own) for own in groups.rewards]))


def _unit_deviation(rewards: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
    if np.ptp(rewards) == 0:
        return np.zeros_like(rewards)
    centred = rewards - rewards.mean()
    return centred / centred.std()


def teaching_method(settings: TeachingSettings, trainer: str) -> TeachingMethod:
    """The method of `sims.teaching`; GRPO as the trainer computes its advantages.

    **Raises** `InvalidInputError` for a trainer whose GRPO has no mean update that is known.
    """
    step = float(settings.step_size)
    if settings.method == "flow":
        return exact_flow()
    if settings.method == "ascent":
        return exact_ascent(step)
    convention = trainer_convention(trainer)
    if settings.method == "rloo" or convention.kind is AdvantageKind.LEAVE_ONE_OUT:
        return expected_rloo(step)
    if convention.kind is AdvantageKind.CENTRED:
        return expected_grpo(step, settings.group_size, standardise=False)
    if convention.kind is AdvantageKind.STANDARDISED:
        return expected_grpo(step, settings.group_size, epsilon=convention.eps, lost_degrees=convention.ddof)
    remedy = "Its mean update is not known: choose another method or trainer."
    raise InvalidInputError("trainer", f"{trainer} with the method grpo", remedy)


def awaited_gains(groups: ScoredGroups, settings: TeachingSettings) -> Float64[np.ndarray, " gains"]:
    """The rises of the mean truth that are waited for; none without a truth, or if it is the same for all."""
    if groups.truth is None:
        return np.zeros(0)
    if settings.gains is not None:
        return np.array([float(gain) for gain in settings.gains])
    extent = float(np.ptp(groups.truth))
    return extent * np.array(GAIN_SHARES) if extent > 0 else np.zeros(0)


def teaching_budget(settings: TeachingSettings, groups: ScoredGroups) -> float:
    """The time of the flow, or the number of steps, at which teaching ends.

    >>> groups = checked_groups(np.array([[1.0, 0.0, 0.5, 0.2]]), np.array([0, 4]))
    >>> teaching_budget(TeachingSettings(), groups), teaching_budget(TeachingSettings(method="ascent"), groups)
    (12.0, 120.0)
    """
    if settings.budget is not None:
        return float(settings.budget)
    time = TIME_PER_COMPLETION * float(np.median(groups.sizes))
    if settings.method == "flow":
        return time
    return float(np.clip(round(time / settings.step_size), 1, MOST_STEPS))


def teaching_times(method: str, end: float, numbers: int) -> Float64[np.ndarray, " times"]:
    """Times from zero to the budget by equal ratios, whole ones of steps.

    **Arguments**: `end`, the budget; `numbers`, kept at each time; the more, the fewer times.
    """
    count = int(np.clip(MOST_NUMBERS // max(numbers, 1), FEWEST_TIMES, MOST_TIMES)) - 1
    if method == "flow":
        return np.concatenate([[0.0], np.geomspace(end / 100, end, count)])
    return np.unique(np.concatenate([[0.0], np.geomspace(1.0, end, count).round(), [end]]))
