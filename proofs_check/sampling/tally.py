"""Running totals of a statement's checks over many batches, and the evidence they amount to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from proofs_check.evidence.evidence import VACUOUS_RATIO, ControlOutcome, Evidence
from proofs_check.evidence.exercise import Flags, added_up, counted, nothing_exercised
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling.judging import Judgement
from theory.statement import Relation, Statement

Record = Callable[[int], dict[str, Any]]


class _Extreme:
    """The instance of extreme ratio so far."""

    def __init__(self, largest: bool) -> None:
        self.largest = largest
        self.ratio: float | None = None
        self.record: dict[str, Any] | None = None

    def offer(self, ratio: np.ndarray, eligible: np.ndarray, record: Record) -> None:
        usable = eligible & np.isfinite(ratio)
        if not usable.any():
            return
        place = int(
            np.argmax(np.where(usable, ratio, -np.inf)) if self.largest else np.argmin(np.where(usable, ratio, np.inf))
        )
        if self._beats(float(ratio[place])):
            self.ratio, self.record = float(ratio[place]), record(place)

    def _beats(self, ratio: float) -> bool:
        return self.ratio is None or (ratio > self.ratio if self.largest else ratio < self.ratio)


class Tally:
    """Counts for one statement and its control.

    **Arguments**

    - `statement`: the statement whose instances are counted.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.instances = self.violations = self.undecided = self.vacuous = self.control_violations = 0
        self.exercised = nothing_exercised(statement)
        identity = statement.relation is Relation.EQUAL
        self._tightest = _Extreme(largest=identity)
        self._worst = _Extreme(largest=identity)
        self._refuting = _Extreme(largest=identity)

    def add(self, applies: np.ndarray, judgement: Judgement, record: Record) -> None:
        """Counts a batch: `applies` and the judgement's fields have shape `(count,)`."""
        violated = applies & judgement.violated
        self.instances += int(applies.sum())
        self.violations += int(violated.sum())
        self.undecided += int((applies & judgement.undecided).sum())
        if self.statement.relation is Relation.AT_MOST:
            self.vacuous += int((applies & np.isfinite(judgement.ratio) & (judgement.ratio > VACUOUS_RATIO)).sum())
        self._tightest.offer(judgement.ratio, applies & ~judgement.undecided, record)
        # A violation by NaN or infinity has to be recorded too: it is as bad as can be.
        extreme = np.finfo(np.float64).max if self.statement.relation is Relation.EQUAL else 0.0
        self._worst.offer(np.nan_to_num(judgement.ratio, nan=extreme, posinf=extreme), violated, record)

    def add_exercise(self, flags: Flags) -> None:
        """Counts which hypotheses a batch exercises."""
        self.exercised = added_up([self.exercised, counted(self.statement, flags)]) or self.exercised

    def add_control(self, applies: np.ndarray, judgement: Judgement, record: Record) -> None:
        """Counts a batch of the control in the same way; a twin that breaks down (NaN, infinity) is not refuted."""
        violated = applies & judgement.violated & np.isfinite(judgement.ratio)
        self.control_violations += int(violated.sum())
        self._refuting.offer(judgement.ratio, violated, record)

    def evidence(self, method: Method, *, scope: dict[str, Any], seed: int | None, seconds: float) -> Evidence:
        """The verdict of `method` from the counts so far."""
        reason = None
        if self.violations:
            verdict = Verdict.VIOLATED
        elif self.instances == 0:
            verdict, reason = Verdict.NOT_APPLICABLE, "no instance met the hypotheses"
        elif self.undecided == self.instances:
            verdict, reason = Verdict.UNKNOWN, "no hitting time was decided within the horizon"
        elif self.vacuous == self.instances - self.undecided:
            verdict = Verdict.VACUOUS
        else:
            verdict = Verdict.SURVIVED
        control = ControlOutcome(
            description=self.statement.control.description,
            refuted=self.control_violations > 0,
            ratio=self._refuting.ratio,
            violations=self.control_violations,
            instance=self._refuting.record,
        )
        extreme = self._worst if self.violations else self._tightest
        return Evidence(
            statement=self.statement.id,
            method=method,
            verdict=verdict,
            control=control,
            instances=self.instances,
            violations=self.violations,
            undecided=self.undecided,
            vacuous=self.vacuous,
            tightness=extreme.ratio,
            tightest=extreme.record,
            scope=scope,
            seed=seed,
            seconds=seconds,
            reason=reason,
            exercised=self.exercised,
        )
