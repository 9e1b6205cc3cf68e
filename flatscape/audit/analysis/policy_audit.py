"""The audit of all reward models on the completions of one policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flatscape.audit.analysis.advantages import Agreement, advantage_agreement
from flatscape.audit.analysis.histogram import VarianceHistogram, variance_histogram
from flatscape.audit.analysis.measured import Found, measured
from flatscape.audit.analysis.rules import ordering
from flatscape.audit.analysis.signal import EnoughSignal, enough_signal
from flatscape.audit.analysis.teaching import Taught, taught
from flatscape.audit.analysis.verdict import Verdict, make_verdict
from flatscape.audit.given.samples import PolicySamples
from flatscape.audit.given.settings import AuditSettings
from flatscape.audit.given.weighting import weighting_report
from sims.hitting import OnFinished
from theory.errors import InvalidInputError
from theory.estimators.reward_variance import prompt_variances

FEW_PROMPTS = 20
"""Prompts below which a bootstrap is not to be relied on: it has too few numbers to draw from."""


@dataclass(frozen=True, eq=False)
class PolicyAudit:
    """Everything found on the completions of one policy.

    **Fields**: `samples`; `found`, all measures; `histogram`, of reward variance; `signal`, the group size that
    suffices; `agreement`, of logged advantages, or None; `taught`, or None if the simulation is not possible;
    `verdict`, or None with it; `notes`, for a reader.
    """

    samples: PolicySamples
    found: tuple[Found, ...]
    histogram: VarianceHistogram
    signal: EnoughSignal
    agreement: Agreement | None
    taught: Taught | None
    verdict: Verdict | None
    notes: tuple[str, ...]

    @property
    def singletons(self) -> int:
        """How many prompts have a single completion: they neither have a signal nor lack one."""
        return int((self.samples.grouped.sizes == 1).sum())


def policy_audit(samples: PolicySamples, settings: AuditSettings, on_finished: OnFinished | None = None) -> PolicyAudit:
    """All measures, the simulation, and the verdict.

    **Arguments**: `on_finished`, called by the simulation with how many more prompts a teacher has finished.

    **Raises** `InvalidInputError` if no two completions of a prompt are scored by one model.
    """
    if samples.most_scored < 2:
        who = "" if samples.policy is None else f" of {samples.policy}"
        raise InvalidInputError("paths_or_frames", f"one scored completion of each prompt{who}", "Sample more of each.")
    notes = _notes(samples, settings)
    found = measured(samples, settings)
    lesson, verdict = None, None
    try:
        lesson = taught(samples, settings, on_finished)
    except InvalidInputError as error:
        notes.append(f"Teaching is not simulated: {error}")
    if lesson is not None:
        verdict = make_verdict(
            samples.models,
            ordering(lesson, settings),
            settings.level,
            found,
            rescaled=settings.teaching.normalisation_in_force == "global",
        )
        notes += _teaching_notes(lesson, samples)
    return PolicyAudit(
        samples=samples,
        found=tuple(found),
        histogram=variance_histogram(prompt_variances(samples.grouped).variance),
        signal=enough_signal(samples, float(settings.no_signal_target)),
        agreement=advantage_agreement(samples, settings.trainer),
        taught=lesson,
        verdict=verdict,
        notes=tuple(notes),
    )


def _notes(samples: PolicySamples, settings: AuditSettings) -> list[str]:
    notes = []
    prompts, most = len(samples.grouped.sizes), samples.most_scored
    if samples.grouped.log_weights is not None:
        notes.append(weighting_report(samples.grouped, settings.weighting).sentence)
    if prompts < FEW_PROMPTS:
        plural = "prompts are" if prompts > 1 else "prompt is"
        notes.append(f"{prompts} {plural} few: intervals over prompts are rough, or not known at all.")
    beyond = [size for size in settings.group_sizes if size > most]
    if beyond:
        sizes = ", ".join(str(size) for size in beyond)
        notes.append(f"P(no signal) in groups of {sizes} cannot be told from at most {most} completions of a prompt.")
    return notes


def _teaching_notes(lesson: Taught, samples: PolicySamples) -> list[str]:
    groups = lesson.groups
    notes = []
    left_out = len(samples.grouped.sizes) - groups.prompts
    if groups.unscored_rows or left_out:
        notes.append(
            f"The simulation leaves out {groups.unscored_rows} completions that not every model and the truth have "
            f"scored, and {left_out} prompts with fewer than two others."
        )
    still = [name for name, own in zip(samples.models, groups.rewards, strict=True) if np.ptp(own) == 0]
    if still:
        notes.append(f"{', '.join(still)}: one value for all completions, which teaches nothing.")
    return notes
