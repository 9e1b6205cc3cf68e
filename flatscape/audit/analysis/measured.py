"""All measures of the reward models of one policy, with intervals that are paired between models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flatscape.audit.analysis.catalogue import Described, described
from flatscape.audit.analysis.levels import expanded_level
from flatscape.audit.given.samples import PolicySamples
from flatscape.audit.given.settings import AuditSettings
from theory.comparison.measures import Measure, audit_measures
from theory.comparison.relative_flatness import relative_flatness
from theory.comparison.teachers import MeasuredTeachers, measured_teachers
from theory.estimators.bootstrap import Interval

GRADIENT_BOUND = "relative gradient bound"

TEACHING_VARIANCE = {"none": "reward variance", "global": "whitened reward variance"}
"""The variance that bounds on gradients and times are about, by the normalisation with which rewards teach."""


class Found(NamedTuple):
    """**Fields**: `about`, what is measured; `values`, of all models, with intervals and paired differences."""

    about: Described
    values: MeasuredTeachers


def measured(samples: PolicySamples, settings: AuditSettings) -> list[Found]:
    """All measures that the completions allow; group sizes and subset sizes that no prompt allows are left out.

    The bounds on gradients and times are in the units in which rewards teach in the simulation. Of a single prompt no
    interval is known.
    """
    most = samples.most_scored
    measures = audit_measures(
        samples.grouped,
        subset_sizes=[k for k in settings.subset_sizes if k <= most],
        group_sizes=[size for size in settings.group_sizes if size <= most],
        trainer=settings.trainer,
    )
    found = measured_teachers(
        _in_teaching_units(measures, settings.teaching.normalisation_in_force),
        resamples=settings.resamples,
        seed=settings.seed,
        level=expanded_level(settings.level, len(samples.grouped.sizes)),
    )
    if len(samples.grouped.sizes) < 2:
        found = [_without_intervals(values) for values in found]
    listed = []
    for values in found:
        listed.append(Found(described(values.name), values))
        if values.name == GRADIENT_BOUND:
            listed.append(Found(described("relative time bound"), _time_bound(values)))
    return listed


def _in_teaching_units(measures: list[Measure], normalisation: str) -> list[Measure]:
    """The measures, with the bound on the gradient from the variance in the units in which rewards teach."""
    variance = next(m for m in measures if m.name == TEACHING_VARIANCE[normalisation])

    def bound(*means: np.ndarray) -> np.ndarray:
        return relative_flatness(variance.statistic(*means)).gradient

    own = Measure(GRADIENT_BOUND, variance.columns, bound)
    return [own if m.name == GRADIENT_BOUND else m for m in measures]


def _time_bound(steepness: MeasuredTeachers) -> MeasuredTeachers:
    """The inverse of the bound on the gradient: infinite bounds are NaN, and differences are left to the latter."""
    with np.errstate(divide="ignore"):
        estimate, high, low = (1 / ends for ends in (steepness.estimate, *steepness.interval))
    known = [np.where(np.isinf(ends), np.nan, ends) for ends in (estimate, low, high)]
    nothing = np.full_like(steepness.difference, np.nan)
    return MeasuredTeachers(
        "relative time bound",
        known[0],
        Interval(known[1], known[2]),
        nothing,
        Interval(nothing, nothing),
        steepness.order.T,
    )


def _without_intervals(values: MeasuredTeachers) -> MeasuredTeachers:
    def unknown(ends: Interval) -> Interval:
        return Interval(*(np.full_like(end, np.nan) for end in ends))

    return values._replace(
        interval=unknown(values.interval),
        difference_interval=unknown(values.difference_interval),
        order=np.full_like(values.order, np.nan),
    )
