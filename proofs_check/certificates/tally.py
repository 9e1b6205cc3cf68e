"""Running totals of certified comparisons of hitting times with bounds, and the evidence they amount to."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb

from proofs_check.certificates.claim import BallClaim
from proofs_check.enclosures.balls import certain_ratio
from proofs_check.enclosures.problem import Enclosure
from proofs_check.evidence.evidence import VACUOUS_RATIO, ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling.evaluation import instance_record
from theory.instances.tabular import HittingTimeInstance, ReferenceInstance
from theory.statement import Direction, Statement

FACTOR_ERROR = 1e-12
"""Relative error allowed for in the factor by which a control strengthens its statement, read off in float64."""


def compare(bound: arb, enclosure: Enclosure, direction: Direction) -> tuple[float, bool | None]:
    """Whether a bound holds, and an upper bound on the ratio of the larger to the smaller side.

    **Arguments**: `bound`: a ball; `direction`: `LOWER` for `t_gamma >= bound`.

    **Returns** the ratio (infinite where it is unknown) and True or False where that is certain, otherwise None.
    """
    if direction is Direction.LOWER:
        ratio = certain_ratio(enclosure.upper, bound)
        if enclosure.lower >= bound:
            return ratio, True
        return ratio, False if enclosure.upper < bound else None
    if enclosure.upper <= bound:
        return certain_ratio(bound, enclosure.lower), True
    return certain_ratio(bound, enclosure.lower), False if enclosure.lower > bound else None


class CertifiedTally:
    """Counts for one statement.

    **Arguments**: `statement`: the one whose instances are counted.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.instances = self.certified = self.violations = self.vacuous = self.regularized = 0
        self.tightness: float | None = None
        self.tightest: dict[str, Any] | None = None

    def add(self, claim: BallClaim, enclosure: Enclosure, instance: HittingTimeInstance | ReferenceInstance) -> None:
        """Counts an instance that meets the hypotheses."""
        self.instances += 1
        ratio, holds = compare(claim.bound, enclosure, self.statement.direction)
        if holds is None:
            return
        self.certified += holds
        self.violations += not holds
        self.vacuous += bool(holds and ratio > VACUOUS_RATIO)
        self.regularized += bool(np.any(np.asarray(instance.problem.kl_coefficient) > 0))
        if np.isfinite(ratio) and (self.tightness is None or ratio < self.tightness):
            self.tightness, self.tightest = ratio, instance_record(instance, 0)

    def evidence(self, control: ControlOutcome, scope: dict[str, Any], seed: int, seconds: float) -> Evidence:
        """The verdict from the counts."""
        reason = None
        if self.violations:
            verdict = Verdict.VIOLATED
        elif not self.instances:
            verdict, reason = Verdict.NOT_APPLICABLE, "no instance is certain to meet the hypotheses"
        elif not self.certified:
            verdict, reason = Verdict.UNKNOWN, "no enclosure was narrow enough to decide"
        elif self.vacuous == self.certified:
            verdict = Verdict.VACUOUS
        else:
            verdict = Verdict.CERTIFIED
        return Evidence(
            statement=self.statement.id,
            method=Method.CERTIFIED,
            verdict=verdict,
            control=control,
            instances=self.instances,
            violations=self.violations,
            undecided=self.instances - self.certified - self.violations,
            vacuous=self.vacuous,
            tightness=self.tightness,
            tightest=self.tightest,
            scope=scope | {"certified": self.certified, "with a KL coefficient": self.regularized},
            seed=seed,
            seconds=seconds,
            reason=reason,
        )
