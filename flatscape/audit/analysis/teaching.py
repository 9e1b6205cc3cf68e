"""Simulated teaching on the completions of one policy, with intervals over its prompts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from flatscape.audit.analysis.levels import expanded_level
from flatscape.audit.analysis.rises import rises_of_curves
from flatscape.audit.analysis.teaching_input import (
    awaited_gains,
    teaching_budget,
    teaching_groups,
    teaching_method,
    teaching_times,
)
from flatscape.audit.given.samples import PolicySamples
from flatscape.audit.given.settings import AuditSettings
from sims.hitting import OnFinished
from sims.teaching import ScoredGroups, TeachingOutcome, simulate_teaching
from theory.estimators.bootstrap import Interval, bootstrap_means, interval


@dataclass(frozen=True, eq=False)
class Taught:
    """What each reward model has made of the policy.

    **Fields**

    - `groups`, which were taught; `outcome`, of the simulation.
    - `reached`: expected truth of each prompt at the last time, or without a truth what each teacher expects there of
      the policy that it taught, NaN for prompts that were not taught: shape `(models, prompts)`.
    - `resampled`: mean truth of resamples of the prompts, `(resamples, models, times)`; None without a truth.
    - `truth_interval`: of the mean truth, ends of shape `(models, times)`; None without a truth.
    - `rise`: when the mean truth has risen by each gain, infinity where it does not, `(gains, models)`;
      `resampled_rise`: the same of resamples, `(gains, resamples, models)`; `rise_interval`: ends.
    """

    groups: ScoredGroups
    outcome: TeachingOutcome
    reached: Float64[np.ndarray, "models prompts"]
    resampled: Float64[np.ndarray, "resamples models times"] | None
    truth_interval: Interval | None
    rise: Float64[np.ndarray, "gains models"]
    resampled_rise: Float64[np.ndarray, "gains resamples models"]
    rise_interval: Interval

    @property
    def budget(self) -> float:
        """The last time."""
        return float(self.outcome.times[-1])


def taught(samples: PolicySamples, settings: AuditSettings, on_finished: OnFinished | None = None) -> Taught:
    """Every reward model teaches the policy of the samples, and the truth is watched.

    **Raises** `InvalidInputError` if no prompt has two completions that all have scored.
    """
    own = settings.teaching
    groups = teaching_groups(samples, own.normalisation_in_force)
    known = groups.truth is not None
    times = teaching_times(own.method, teaching_budget(own, groups), groups.models * groups.prompts)
    outcome = simulate_teaching(
        groups,
        teaching_method(own, settings.trainer),
        times,
        kl_coefficient=float(own.kl_coefficient),
        gains=awaited_gains(groups, own),
        kept_times=np.arange(len(times)) if known else (-1,),
        rises_of_prompts=False,
        on_finished=on_finished,
    )
    return _with_intervals(samples, groups, outcome, settings)


def _with_intervals(
    samples: PolicySamples, groups: ScoredGroups, outcome: TeachingOutcome, settings: AuditSettings
) -> Taught:
    prompts = len(samples.grouped.sizes)
    if outcome.prompt_truth is None or outcome.truth is None:
        assert outcome.prompt_judged is not None
        own = np.einsum("pmmk->mpk", outcome.prompt_judged)[:, :, -1]
        nothing = np.zeros((0, groups.models))
        return Taught(
            groups,
            outcome,
            _of_all(own, groups, prompts),
            None,
            None,
            nothing,
            np.zeros((0, settings.resamples, groups.models)),
            Interval(nothing, nothing),
        )
    # The same prompts are drawn for all measures, those that were not taught included.
    columns = _of_all(np.moveaxis(outcome.prompt_truth, 0, -1), groups, prompts)
    models, count, _ = columns.shape
    found = bootstrap_means(columns.reshape(models * count, prompts), resamples=settings.resamples, seed=settings.seed)
    resampled = found.resampled.reshape(-1, models, count)
    rise, resampled_rise = _rises(outcome, resampled)
    level = expanded_level(settings.level, groups.prompts)
    ends = (1 - level) / 2
    return Taught(
        groups,
        outcome,
        columns[:, -1],
        resampled,
        interval(outcome.truth, resampled, level=level),
        rise,
        resampled_rise,
        # No middle of a finite and an infinite time is taken.
        Interval(
            np.quantile(resampled_rise, ends, axis=1, method="lower"),
            np.quantile(resampled_rise, 1 - ends, axis=1, method="higher"),
        ),
    )


def _of_all(values: np.ndarray, groups: ScoredGroups, prompts: int) -> np.ndarray:
    """Numbers of the prompts that were taught, as numbers of all prompts: NaN for the others."""
    if groups.prompts == prompts:
        return np.ascontiguousarray(values)
    filled = np.full((*values.shape[:-1], prompts), np.nan)
    filled[..., groups.numbers] = values
    return filled


def _rises(outcome: TeachingOutcome, resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times of rises, and those of resamples, which are known only between times: scaled so that both agree."""
    if outcome.mean_rise is None or outcome.truth is None:
        return np.zeros((0, resampled.shape[1])), np.zeros((0, *resampled.shape[:2]))
    exact = np.where(outcome.mean_rise.reached, outcome.mean_rise.time, np.inf)
    rough = rises_of_curves(outcome.times, outcome.truth, outcome.gains)
    found = rises_of_curves(outcome.times, resampled, outcome.gains)
    both = np.isfinite(exact) & np.isfinite(rough) & (rough > 0)
    factor = np.where(both, np.where(both, exact, 1.0) / np.where(both, rough, 1.0), 1.0)
    return exact, found * factor[:, None]
