"""The rules by which teachers are ordered: one number for each of them, with resamples of the prompts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from flatscape.audit.analysis.first_gradient import gradient_squares, truth_slopes
from flatscape.audit.analysis.teaching import Taught
from flatscape.audit.given.settings import AuditSettings
from theory.estimators.bootstrap import bootstrap_means


class Ordering(NamedTuple):
    """What teachers are ordered by.

    **Fields**

    - `rule`: in words; `verb`: what the first of two does better.
    - `shown`: each teacher's number in words; `unit` of a difference between two.
    - `estimate`: the higher the better; `resampled`: of resamples of the prompts.
    - `columns`, of single prompts, as `ordered_pairs` takes them; `are_means`, whether the estimates are their means.
    - `of_teaching`: whether the better teacher is ordered first, rather than the stronger one.
    """

    rule: str
    verb: str
    shown: tuple[str, ...]
    unit: str
    estimate: Float64[np.ndarray, " models"]
    resampled: Float64[np.ndarray, "resamples models"]
    columns: Float64[np.ndarray, "models prompts"]
    are_means: bool = True
    of_teaching: bool = True


def ordering(found: Taught, settings: AuditSettings) -> Ordering:
    """The numbers of the rule in force: without a truth it is the strength of the first gradient.

    Where no gain is waited for, because the truth never changes, what is reached within the budget decides.
    """
    if found.groups.truth is None:
        return _by_strength(found, settings)
    rule = settings.rule
    if rule == "time" and not len(found.rise):
        rule = "truth"
    return _RULES[rule](found, settings)


def _by_truth(found: Taught, settings: AuditSettings) -> Ordering:
    assert found.outcome.truth is not None
    assert found.resampled is not None
    reached = found.outcome.truth[:, -1]
    own = settings.teaching
    return Ordering(
        rule=f"simulated truth within the budget: the expected truth after {found.budget:g} {own.units}",
        verb="reaches more truth within the budget than",
        shown=tuple(f"{value:.4g}" for value in reached),
        unit="truth",
        estimate=reached,
        resampled=found.resampled[:, :, -1],
        columns=found.reached,
    )


def _by_time(found: Taught, settings: AuditSettings) -> Ordering:
    units, gain = settings.teaching.units, found.outcome.gains[0]
    return Ordering(
        rule=f"simulated time to the first gain: the {units} until the expected truth has risen by {gain:g}",
        verb=f"raises the expected truth by {gain:g} sooner than",
        shown=tuple(f"{t:.4g} {units}" if np.isfinite(t) else "not within the budget" for t in found.rise[0]),
        unit="natural logarithm of the ratio of times",
        estimate=-np.log(found.rise[0]),
        resampled=-np.log(found.resampled_rise[0]),
        columns=found.reached,
        are_means=False,
    )


def _by_gradient(found: Taught, settings: AuditSettings) -> Ordering:
    columns = _of_all(truth_slopes(found.groups), found)
    means = bootstrap_means(columns, resamples=settings.resamples, seed=settings.seed)
    return Ordering(
        rule="first gradient: how fast the expected truth rises when teaching begins (plain policy gradient)",
        verb="raises the truth faster in the beginning than",
        shown=tuple(f"{value:.3g}" for value in means.means),
        unit="truth per unit of time",
        estimate=means.means,
        resampled=means.resampled,
        columns=columns,
    )


def _by_strength(found: Taught, settings: AuditSettings) -> Ordering:
    columns = _of_all(gradient_squares(found.groups), found)
    means = bootstrap_means(columns, resamples=settings.resamples, seed=settings.seed)
    return Ordering(
        rule=(
            "first gradient, without a truth: how strongly a reward model moves the policy when teaching begins (mean "
            "squared norm of the policy gradient), wherever to"
        ),
        verb="moves the policy more strongly in the beginning than",
        shown=tuple(f"{value:.3g}" for value in means.means),
        unit="squared norm of the gradient",
        estimate=means.means,
        resampled=means.resampled,
        columns=columns,
        of_teaching=False,
    )


_RULES: Mapping[str, Callable[[Taught, AuditSettings], Ordering]] = {
    "truth": _by_truth,
    "time": _by_time,
    "gradient": _by_gradient,
}


def _of_all(values: np.ndarray, found: Taught) -> np.ndarray:
    """Numbers of all prompts, so that the same prompts are drawn as for all other measures."""
    filled = np.full_like(found.reached, np.nan)
    filled[:, found.groups.numbers] = values
    return filled
