"""The ledger's rows, from which the pages, `docs/ledger.md` and the README's table are all made: statement x method."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from figures.pages.formula import formula
from proofs_check.certificates.simulator import ErrorRow
from proofs_check.evidence.control import ControlStatus, control_is_refuted, control_status
from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.exercise import Exercise, added_up
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import Step, StepMethod
from proofs_check.ledger.ledger import Ledger
from proofs_check.ledger.summary import StatementSummary
from proofs_check.report import wording
from proofs_check.report.formulas import plain
from proofs_check.report.standing_assumptions import standing_assumptions
from proofs_check.search.infima import infimum_in_words
from theory.statement import Relation, Status
from theory.statements.register import REGISTER

_HYPOTHESES = {s.id: s.hypotheses for s in REGISTER}
_ASSUMPTIONS = {s.id: standing_assumptions(s) for s in REGISTER}


@dataclass(frozen=True)
class EvidenceLine:
    """One method's result, as texts.

    **Fields**: `column` of the matrix; `verdict` and `good` (whether it speaks for the statement);
    `sizes`, `instances`, `violations`, `undecided`; `tightness` (the smallest ratio of the larger to the smaller side,
    or an identity's largest error); `control` (what became of the false twin); `seconds`, `seed`, `reason`; `steps` of
    a proof in words, empty for any other method.
    """

    method: Method
    column: Method
    verdict: str
    good: bool
    sizes: str
    instances: str
    violations: str
    undecided: str
    tightness: str
    control: str
    seconds: str
    seed: str
    reason: str
    steps: str


@dataclass(frozen=True)
class StepLine:
    """One step of a proof, as texts; `control` is empty for a written step, and `refuted` tells what became of it."""

    name: str
    claim: str
    method: str
    verdict: str
    scope: str
    text: str
    control: str
    refuted: bool
    rests_on: str
    code: str


@dataclass(frozen=True)
class LedgerRow:
    """A statement and all that is known about it.

    **Fields**

    - `id`, `number`, `title`, `origin`, `section`; `conjecture`: it is not claimed as a theorem.
    - `claim`, and `hypotheses` with their names, as MathML; the standing `assumptions` with theirs. `current`: the
      statement still makes this claim; of one that does not, neither hypotheses nor assumptions are known.
    - `lines`: one per way of knowing; `verdicts`: all of them, the strongest first.
    - `instances`, `violations`: over all methods but the language model's, boxes not counted; `tightness` over the
      same; `language_model`: the same on its problems, empty if none met the hypotheses.
    - `control`: the false twin; `refuted`: some method refuted it, and so did each that has to.
    - `steps` of the proof; `written`: the arguments it rests on; `tightest`: an instance as JSON, with `found`, how.
    - `exercise`: by hypothesis, how many instances were at its edge and failed it alone; `never`: hypotheses at whose
      edge none was; `least_exercised`: that with the fewest, a dash where none has an edge, empty where nobody counted;
      `features`: how many had what makes them hard.
    - `infimum`: whether it is attained, approached or unknown, and where; empty for identities.
    """

    id: str
    number: str
    title: str
    origin: str
    section: str
    conjecture: bool
    claim: Markup
    current: bool
    hypotheses: tuple[tuple[str, Markup], ...]
    assumptions: tuple[tuple[str, str], ...]
    lines: tuple[EvidenceLine, ...]
    verdicts: tuple[str, ...]
    instances: int
    violations: int
    tightness: str
    language_model: str
    control: str
    refuted: bool
    steps: tuple[StepLine, ...]
    written: tuple[str, ...]
    tightest: str
    found: str
    infimum: str
    exercise: dict[str, str]
    never: tuple[str, ...]
    least_exercised: str
    features: str

    def cell(self, column: Method) -> EvidenceLine | None:
        """The line of one of the `columns`; None if that method says nothing of the statement."""
        return next((line for line in self.lines if line.column == column), None)


def ledger_rows(ledger: Ledger) -> list[LedgerRow]:
    """The rows of a ledger, in its order."""
    return [_row(id, evidence, ledger.statements[id]) for id, evidence in ledger.by_statement.items()]


def columns(rows: Sequence[LedgerRow]) -> list[Method]:
    """The methods that occur, in their order; every kind of proof is in one column."""
    return sorted({line.column for row in rows for line in row.lines}, key=lambda method: method.place)


def _row(id: str, found: list[Evidence], statement: StatementSummary) -> LedgerRow:
    evidence = sorted(found, key=lambda e: e.method.column.place)
    relation = statement.relation
    own = [e for e in evidence if e.method is not Method.LANGUAGE_MODEL]
    real = next((e for e in evidence if e.method is Method.LANGUAGE_MODEL and e.instances), None)
    proof = next((e for e in evidence if e.steps is not None), None)
    best = wording.best_instance(evidence, relation)
    counted = added_up(e.exercised for e in evidence)
    exercise = Exercise() if counted is None else counted
    current = statement.is_current(id)
    return LedgerRow(
        id=id,
        number=statement.number,
        title=statement.title,
        origin=statement.origin,
        section=statement.section,
        conjecture=statement.status is Status.CONJECTURE,
        claim=_claim(statement.latex),
        current=current,
        hypotheses=tuple((h.name, formula(h.latex)) for h in _HYPOTHESES[id]) if current else (),
        assumptions=_ASSUMPTIONS[id] if current else (),
        lines=tuple(_line(e, evidence, relation) for e in evidence),
        verdicts=tuple(verdict.value for verdict in wording.strongest(e.verdict for e in evidence)),
        instances=sum(e.instances for e in own if e.method is not Method.BOXES),
        violations=sum(e.violations for e in evidence),
        tightness=_tightness(own, relation),
        language_model=f"{wording.ratio(real.tightness, relation)} ({real.instances:,})" if real else "",
        # The twins of a proof are its steps'; the statement's own is what the other methods try.
        control=next((e for e in evidence if e.steps is None), evidence[0]).control.description,
        refuted=control_is_refuted(evidence),
        steps=tuple(_step(step) for step in proof.steps or ()) if proof else (),
        written=tuple(proof.scope.get("written_steps", ())) if proof else (),
        tightest="" if best is None else json.dumps(best.record),
        found="" if best is None else best.found(relation),
        infimum=infimum_in_words(id),
        exercise={name: wording.exercised(one) for name, one in exercise.hypotheses.items()},
        never=tuple(name for name, one in exercise.hypotheses.items() if one.edge == 0),
        least_exercised=wording.least_exercised(counted),
        features=wording.features(exercise),
    )


def _claim(latex: str) -> Markup:
    # A wide space separates parts of a claim: each gets a line of its own, so that no line is long.
    parts = (Markup('<span class="part">{}</span>').format(formula(part)) for part in re.split(r"\\quad\s*", latex))
    return Markup("").join(parts)


def _tightness(evidence: Sequence[Evidence], relation: Relation) -> str:
    # What boxes give is a bound on the ratio, not an instance's.
    found = [e.tightness for e in evidence if e.tightness is not None and e.method is not Method.BOXES]
    return wording.ratio((max if relation is Relation.EQUAL else min)(found), relation) if found else ""


def _line(one: Evidence, statement: Sequence[Evidence], relation: Relation) -> EvidenceLine:
    return EvidenceLine(
        method=one.method,
        column=one.method.column,
        verdict=one.verdict.value,
        good=one.verdict.favourable,
        sizes=wording.sizes(one.scope),
        instances=wording.instances(one),
        violations=f"{one.violations:,}",
        undecided=f"{one.undecided:,}",
        tightness=wording.ratio(one.tightness, relation),
        control=_outcome_of_control(one, statement),
        seconds=f"{one.seconds:.1f}",
        seed="–" if one.seed is None else str(one.seed),
        reason=one.reason or "",
        steps=wording.steps_by_method(one.steps) if one.steps is not None else "",
    )


def _outcome_of_control(one: Evidence, statement: Sequence[Evidence]) -> str:
    status, count = control_status(one, statement), one.control.violations
    if status is ControlStatus.NOT_NEEDED:
        return "–"
    times = "" if one.steps is not None or not count else " (once)" if count == 1 else f" ({count:,} times)"
    return status.value + (times if status is ControlStatus.REFUTED else "")


def _step(step: Step) -> StepLine:
    return StepLine(
        name=step.name,
        claim=plain(step.claim),
        method=step.method.value,
        verdict=step.verdict.value,
        scope=step.scope,
        text=plain(wording.query(step, whole=False)),
        control="" if step.control is None else step.control.description,
        refuted=step.control is not None and step.control.refuted,
        rests_on="" if step.method is StepMethod.WRITTEN else "; ".join(step.rests_on),
        code=step.code,
    )


SIMULATOR_HEADINGS = (
    "problems drawn",
    "outputs",
    "KL",
    "problems",
    "inside",
    "outside",
    "agree on never",
    "contradictions",
    "undecided",
    "largest true error",
    "largest reported error",
)
"""Columns of the table of the simulator's errors."""


def _place(row: ErrorRow) -> tuple[bool, bool, bool, int]:
    return row.parameter_space, row.corner, row.regularized, row.outputs


def simulator_rows(ledger: Ledger) -> list[list[str]]:
    """How hitting times compare with rigorous enclosures, one row per number of outputs, without and with KL, and
    for the corners."""

    def error(value: float) -> str:
        return "–" if np.isnan(value) else f"{value:.1e}"

    return [
        [
            "corners" if row.corner else "all sorts",
            str(row.outputs) + (", as parameters" if row.parameter_space else ""),
            "yes" if row.regularized else "no",
            *map(str, (row.problems, row.inside, row.outside, row.same, row.contradictions, row.undecided)),
            error(row.true_error),
            error(row.reported_error),
        ]
        for row in sorted([] if ledger.simulator is None else ledger.simulator.rows, key=_place)
    ]
