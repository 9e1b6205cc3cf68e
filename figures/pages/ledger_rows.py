"""The ledger's rows, from which the pages, `docs/ledger.md` and the README's table are all made: statement x method."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from figures.pages.formula import formula
from proofs_check.evidence.exercise import Exercise, exercise_of
from proofs_check.report import wording
from proofs_check.report.formulas import plain
from proofs_check.report.standing_assumptions import standing_assumptions
from proofs_check.search.infima import infimum_in_words
from theory.statements.register import REGISTER

PROOF = "proof"
METHODS = (PROOF, "boxes", "certified", "sampling", "search", "language model")
"""The columns of the matrix, in their order: every kind of proof is one of them."""

GOOD = ("proved", "decided", "certified", "survived")
_HYPOTHESES = {s.id: s.hypotheses for s in REGISTER}
_ASSUMPTIONS = {s.id: standing_assumptions(s) for s in REGISTER}


@dataclass(frozen=True)
class EvidenceLine:
    """One method's result, as texts.

    **Fields**: `column` of the matrix, one of `METHODS`; `verdict` and `good` (whether it speaks for the statement);
    `sizes`, `instances`, `violations`, `undecided`; `tightness` (the smallest ratio of the larger to the smaller side,
    or an identity's largest error); `control` (what became of the false twin); `seconds`, `seed`, `reason`; `steps` of
    a proof in words, empty for any other method.
    """

    method: str
    column: str
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

    - `id`, `number`, `title`, `origin`, `section`; `claim`, and `hypotheses` with their names, as MathML; the standing
      `assumptions` with theirs.
    - `lines`: one per way of knowing; `verdicts`: all of them, the strongest first.
    - `instances`, `violations`: over all methods but the language model's, boxes not counted; `tightness` over the
      same; `language_model`: the same on its problems, empty if none met the hypotheses.
    - `control`: the false twin; `refuted`: some method refuted it, and none that has to left it standing.
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
    claim: Markup
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

    def cell(self, column: str) -> EvidenceLine | None:
        """The line of one of the `columns`; None if that method says nothing of the statement."""
        return next((line for line in self.lines if line.column == column), None)


def ledger_rows(ledger: Mapping[str, Any]) -> list[LedgerRow]:
    """The rows of a record that `proofs_check.ledger.ledger.Ledger.to_record` made, in its order."""
    by_statement: dict[str, list[Mapping[str, Any]]] = {}
    for evidence in ledger["evidence"]:
        by_statement.setdefault(evidence["statement"], []).append(evidence)
    return [_row(id, evidence) for id, evidence in by_statement.items()]


def columns(rows: Sequence[LedgerRow]) -> list[str]:
    """The methods that occur, in the order of `METHODS`; those that it does not list come last."""
    found = dict.fromkeys(line.column for row in rows for line in row.lines)
    return [m for m in METHODS if m in found] + [m for m in found if m not in METHODS]


def _column(evidence: Mapping[str, Any]) -> str:
    return PROOF if evidence["steps"] is not None else evidence["method"]


def _row(id: str, evidence: list[Mapping[str, Any]]) -> LedgerRow:
    evidence = sorted(evidence, key=lambda e: (_column(e) not in METHODS, (*METHODS, _column(e)).index(_column(e))))
    first = evidence[0]
    relation = first["relation"]
    own = [e for e in evidence if e["method"] != "language model"]
    real = next((e for e in evidence if e["method"] == "language model" and e["instances"]), None)
    proof = next((e for e in evidence if e["steps"] is not None), None)
    best = wording.best_instance(evidence, relation)
    counted = exercise_of(evidence)
    exercise = Exercise() if counted is None else counted
    return LedgerRow(
        id=id,
        number=first["number"],
        title=first["title"],
        origin=first["origin"],
        section=first["section"],
        # A wide space separates parts of a claim: each gets a line of its own, so that no line is long.
        claim=Markup("").join(
            Markup('<span class="part">{}</span>').format(formula(part))
            for part in re.split(r"\\quad\s*", first["latex"])
        ),
        hypotheses=tuple((h.name, formula(h.latex)) for h in _HYPOTHESES.get(id, ())),
        assumptions=_ASSUMPTIONS.get(id, ()),
        lines=tuple(_line(e, settled=any(other["control"]["refuted"] for other in evidence)) for e in evidence),
        verdicts=tuple(wording.strongest(e["verdict"] for e in evidence)),
        instances=sum(e["instances"] for e in own if "boxes" not in e["scope"]),
        violations=sum(e["violations"] for e in evidence),
        tightness=_tightness(own, relation),
        language_model=f"{wording.ratio(real['tightness'], relation)} ({real['instances']:,})" if real else "",
        # The twins of a proof are its steps'; the statement's own is what the other methods try.
        control=next((e for e in evidence if e["steps"] is None), first)["control"]["description"],
        refuted=wording.control_is_refuted(evidence),
        steps=tuple(_step(step) for step in proof["steps"]) if proof else (),
        written=tuple(proof["scope"].get("written_steps", ())) if proof else (),
        tightest="" if best is None else json.dumps(best["tightest"]),
        found="" if best is None else f"{wording.method(best['method'])}, {wording.ratio(best['tightness'], relation)}",
        infimum=infimum_in_words(id),
        exercise={name: wording.exercised(one) for name, one in exercise.hypotheses.items()},
        never=tuple(name for name, one in exercise.hypotheses.items() if one.edge == 0),
        least_exercised=wording.least_exercised(counted),
        features=wording.features(exercise),
    )


def _tightness(evidence: Sequence[Mapping[str, Any]], relation: str) -> str:
    # What boxes give is a bound on the ratio, not an instance's.
    found = [e["tightness"] for e in evidence if e["tightness"] is not None and "boxes" not in e["scope"]]
    return wording.ratio((max if relation == "==" else min)(found), relation) if found else ""


def _line(evidence: Mapping[str, Any], *, settled: bool) -> EvidenceLine:
    control = evidence["control"]
    # A method that only adds instances need not refute the control, once another one has.
    refuted = "refuted" if control["refuted"] else "–" if settled else "not refuted"
    if control["refuted"] and control["violations"] and evidence["steps"] is None:
        refuted += " (once)" if control["violations"] == 1 else f" ({control['violations']:,} times)"
    return EvidenceLine(
        method=evidence["method"],
        column=_column(evidence),
        verdict=evidence["verdict"],
        good=evidence["verdict"] in GOOD,
        sizes=wording.sizes(evidence["scope"]),
        instances=wording.instances(evidence),
        violations=f"{evidence['violations']:,}",
        undecided=f"{evidence['undecided']:,}",
        tightness=wording.ratio(evidence["tightness"], evidence["relation"]),
        control=refuted,
        seconds=f"{evidence['seconds']:.1f}",
        seed="–" if evidence["seed"] is None else str(evidence["seed"]),
        reason=evidence["reason"] or "",
        steps=wording.steps_by_method(evidence["steps"]) if evidence["steps"] is not None else "",
    )


def _step(step: Mapping[str, Any]) -> StepLine:
    control = step["control"]
    return StepLine(
        name=step["name"],
        claim=plain(step["claim"]),
        method=step["method"],
        verdict=step["verdict"],
        scope=step["scope"],
        text=plain(wording.query(step, whole=False)),
        control="" if control is None else control["description"],
        refuted=control is not None and control["refuted"],
        rests_on="" if step["method"] == "written" else "; ".join(step["rests_on"]),
        code=step["code"],
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


def _place(row: Mapping[str, Any]) -> tuple[bool, bool, bool, int]:
    return bool(row.get("parameter_space")), bool(row.get("corner")), row["regularized"], row["outputs"]


def simulator_rows(ledger: Mapping[str, Any]) -> list[list[str]]:
    """How hitting times compare with rigorous enclosures, one row per number of outputs, without and with KL, and
    for the corners."""
    report = ledger.get("simulator") or {"rows": []}

    def error(value: float | None) -> str:
        return "–" if value is None else f"{value:.1e}"

    return [
        [
            "corners" if row.get("corner") else "all sorts",
            str(row["outputs"]) + (", as parameters" if row.get("parameter_space") else ""),
            "yes" if row["regularized"] else "no",
            *(str(row[name]) for name in ("problems", "inside", "outside", "same", "contradictions", "undecided")),
            error(row["true_error"]),
            error(row["reported_error"]),
        ]
        for row in sorted(report["rows"], key=_place)
    ]
