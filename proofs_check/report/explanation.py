"""All that is known of one statement, in words for a reviewer: claim, proof step by step, evidence, instances."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proofs_check.evidence.control import ControlStatus, control_status
from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.exercise import EDGE, Exercise, added_up
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import Step, StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.report import wording
from proofs_check.report.formal_theorem import formal_section
from proofs_check.report.formulas import plain
from proofs_check.report.sections import Line, Section, make_section
from proofs_check.report.standing_assumptions import standing_assumptions
from proofs_check.report.tightness import SHARPENED
from proofs_check.search.group_infima import group_infimum_in_words
from proofs_check.search.infima import infimum_in_words
from theory.statement import Relation, Statement, Status
from theory.statements.register import REGISTER

LONGEST_LIST = 16
"""Of an instance with more outputs only the sizes are shown, unless all of it is asked for."""


def explain_statement(
    statement: Statement[Any],
    proof: Evidence | None,
    evidence: Sequence[Evidence],
    *,
    source: str,
    made_now: Sequence[Evidence] = (),
    changed: bool = False,
    whole: bool = False,
) -> list[Section]:
    """The explanation of a registered statement: `stated_sections`, then `checked_sections`, which has the
    arguments."""
    return [
        *stated_sections(statement, evidence),
        *checked_sections(statement, proof, evidence, source=source, made_now=made_now, changed=changed, whole=whole),
    ]


def stated_sections(statement: Statement[Any], evidence: Sequence[Evidence]) -> list[Section]:
    """What a registered statement says, for which nothing has to be checked. **Arguments**: `evidence` from a ledger,
    which counts how many instances were at the edge of each hypothesis."""
    lines = [Line(f"{wording.origin_in_words(statement)} Its id is {statement.id}.")]
    if statement.status is Status.CONJECTURE:
        lines.append(Line(wording.CONJECTURE))
    lines += [Line(text) for text in _relatives(statement)]
    sections = [
        make_section(f"{statement.number}: {statement.title}", lines, top=True),
        make_section("Claim", [Line(plain(part)) for part in re.split(r"\\quad\s*", statement.latex)]),
    ]
    if statement.hypotheses:
        exercised = added_up(e.exercised for e in evidence)
        sections.append(make_section("Hypotheses", _hypothesis_lines(statement, exercised)))
    assumed = [Line(f"{name}: {what}") for name, what in standing_assumptions(statement)]
    if assumed:
        sections.append(make_section("Standing assumptions", assumed))
    return sections


def checked_sections(
    statement: Statement[Any],
    proof: Evidence | None,
    evidence: Sequence[Evidence],
    *,
    source: str,
    made_now: Sequence[Evidence] = (),
    changed: bool = False,
    whole: bool = False,
) -> list[Section]:
    """The formal theorem and the proof of a registered statement, and all other evidence.

    **Arguments**

    - `proof`: the evidence that its proof amounts to, checked now; None if it has none.
    - `evidence` of the other ways of knowing, from a ledger; `source`: in words, where that comes from.
    - `made_now`: what was found out now: boxes that were decided, the formal theorem; `changed`: the ledger is about
      another claim of that name.
    - `whole`: every query with its script, rather than abridged.
    """
    sections = formal_section(statement.id, [*evidence, *made_now])
    covered = any(item.verdict is Verdict.FORMAL for item in [*evidence, *made_now])
    sections.append(_proof_section(proof, registered=True, whole=whole, covered=covered))
    sections.append(_evidence_section(evidence, made_now, source, statement, changed=changed))
    sections += _tightest_section([*evidence, *made_now], statement, whole=whole)
    infimum = infimum_in_words(statement.id) or group_infimum_in_words(statement.id)
    if infimum:
        sections.append(make_section("Infimum of larger over smaller side", [Line(infimum)]))
    sections.append(_control_section(statement, [*([proof] if proof else []), *evidence, *made_now], whole=whole))
    return sections


def _hypothesis_lines(statement: Statement[Any], exercise: Exercise | None) -> Iterator[Line]:
    counts = {} if exercise is None else exercise.hypotheses
    for hypothesis in statement.hypotheses:
        yield Line(f"{hypothesis.name}: {plain(hypothesis.latex)}")
        if hypothesis.name in counts:
            yield Line(f"Instances: {wording.exercised(counts[hypothesis.name])}", 2)
    if exercise is None:
        yield Line("How many instances were at the edge of each was not counted, or there are none.")
        return
    yield Line(f"At its edge: all hypotheses hold, and this one within {EDGE:.0%} of what is compared.")
    if exercise.features:
        yield Line(f"Of the instances that meet them: {wording.features(exercise)}.")


def explain_auxiliary(id: str, about: str, proof: Evidence, *, whole: bool = False) -> list[Section]:
    """The explanation of a proof whose claim is not in the register: nothing but the proof is known of it.

    **Arguments**: `about`: a sentence on what it is, empty if there is none; `proof` as in `checked_sections`.
    """
    return [auxiliary_heading(id, about), auxiliary_proof(proof, whole=whole)]


def auxiliary_heading(id: str, about: str) -> Section:
    """What there is of it before its proof is checked. **Arguments** as in `explain_auxiliary`."""
    number = re.fullmatch(r"lem(\d+)", id)
    name = f"Lemma {number[1]}" if number else id
    lines = [Line(about)] if about else []
    lines.append(Line("It is not in the register: it speaks of no problem that could be sampled, or is only cited."))
    return make_section(f"{name}: a claim that proofs cite", lines, top=True)


def auxiliary_proof(proof: Evidence, *, whole: bool = False) -> Section:
    """Its proof. **Arguments** as in `explain_auxiliary`."""
    return _proof_section(proof, registered=False, whole=whole)


def _relatives(statement: Statement[Any]) -> Iterator[str]:
    """The parts, steps and sharper forms that are statements of their own."""
    stem = statement.number.partition(",")[0]
    near = [s for s in REGISTER if s.number.partition(",")[0] == stem and s.id != statement.id]
    if near:
        yield "Belongs with " + "; ".join(f"{s.id} ({s.title})" for s in near) + "."
    if statement.id in SHARPENED:
        yield f"Sharpened by {', '.join(SHARPENED[statement.id])}."
    weaker = [paper for paper, sharper in SHARPENED.items() if statement.id in sharper]
    if weaker:
        yield f"Sharpens {', '.join(weaker)}."


def _proof_section(proof: Evidence | None, *, registered: bool, whole: bool, covered: bool = False) -> Section:
    if proof is None:
        return make_section("Proof", [Line("None is registered: what follows is evidence on instances, not a proof.")])
    steps = proof.steps or ()
    formal = ", 1 formal" if covered else ""
    lines = [Line(f"{proof.verdict.message} Steps: {wording.steps_by_method(steps)}{formal}.")]
    if proof.reason:
        lines.append(Line(f"Not proved: {proof.reason}."))
    if registered and not any(step.code for step in steps):
        lines.append(Line("No step is compared with the sides that the register computes."))
    for place, step in enumerate(steps, start=1):
        lines += _step_lines(place, step, whole=whole)
    written = proof.scope["written_steps"]
    checked = "the formal theorem above covers" if covered else "no machine checks"
    lines.append(
        Line(f"All of it rests on these written arguments, which {checked}: {'; '.join(written)}.")
        if written
        else Line("No written argument is needed: every step, and every step of what it cites, is checked by machine.")
    )
    return make_section(f"Proof: {proof.verdict.value}, checked now in {proof.seconds:.1f} s", lines)


_TEXT_OF_A_STEP = {
    StepMethod.SMT: "Query",
    StepMethod.SYMBOLIC: "Identity",
    StepMethod.BALLS: "Boxes",
    StepMethod.WRITTEN: "Argument",
}


def _step_lines(place: int, step: Step, *, whole: bool) -> Iterator[Line]:
    scope = f", {step.scope}" if step.scope else ""
    yield Line(f"{place}. {step.name} [{step.method.value}: {step.verdict.value}{scope}]")
    if step.method is StepMethod.CITED:
        yield Line(f"{step.text} (flatscape explain {step.name.removeprefix('cites ')})", 2)
    else:
        yield Line(f"Claim: {plain(step.claim)}", 2)
        label = _TEXT_OF_A_STEP[step.method]
        text = wording.query(step, whole=whole)
        text = text if whole else plain(text)
        yield Line(f"{label}:\n{text}" if whole and "\n" in text else f"{label}: {text}", 2, whole and "\n" in text)
    if step.reason:
        yield Line(f"Open: {step.reason}", 2)
    if step.control is not None:
        control = step.control
        outcome = "refuted" if control.refuted else "NOT REFUTED"
        witness = f" ({_numbers(control.witness)})" if control.witness else ""
        yield Line(f"Control {outcome}: {control.description}{witness}", 2)
        if whole and control.text:
            yield Line(f"Control's text:\n{control.text}", 2, verbatim=True)
    # A written step rests on itself, which its method says already.
    if step.rests_on and step.method is not StepMethod.WRITTEN:
        yield Line(f"Rests on written steps: {'; '.join(step.rests_on)}", 2)
    if step.code:
        yield Line(f"Compared with the code: {step.code}", 2)


def _numbers(witness: Mapping[str, Any]) -> str:
    def said(name: str, value: object) -> str:
        if name in ("where", "origin"):
            return str(value)
        number = f"{value:.6g}" if isinstance(value, float) else value
        return f"{name} = {number if isinstance(number, str) else json.dumps(number)}"

    return "; ".join(said(name, value) for name, value in witness.items())


def _evidence_section(
    evidence: Sequence[Evidence],
    made_now: Sequence[Evidence],
    source: str,
    statement: Statement[Any],
    *,
    changed: bool,
) -> Section:
    lines = [Line(source)]
    if changed and evidence:
        lines.append(Line("The statement has changed since: run flatscape verify again."))
    if not evidence and not made_now:
        lines.append(Line("There is none here."))
    lines += [_evidence_line(item, statement, now="") for item in evidence]
    lines += [_evidence_line(item, statement, now=" now") for item in made_now]
    return make_section("Other evidence", lines)


def _evidence_line(item: Evidence, statement: Statement[Any], *, now: str) -> Line:
    parts = [f"{item.method.label}: {item.verdict.value}{now}"]
    if item.instances:
        parts.append(f"{wording.instances(item)}{'' if item.method is Method.BOXES else ' instances'}")
        parts.append(f"{item.violations:,} violated, {item.undecided:,} undecided")
    if item.tightness is not None:
        identity = statement.relation is Relation.EQUAL
        found = wording.ratio(item.tightness, statement.relation)
        parts.append(f"largest {found}" if identity else f"smallest ratio of larger to smaller side {found}")
    parts.append(wording.sizes(item.scope))
    if item.seed is not None:
        parts.append(f"seed {item.seed}")
    parts.append(f"{item.seconds:.1f} s")
    return Line("; ".join(parts) + (f" ({item.reason})" if item.reason else ""))


def _tightest_section(evidence: Sequence[Evidence], statement: Statement[Any], *, whole: bool) -> Iterator[Section]:
    best = wording.best_instance(evidence, statement.relation)
    if best is None:
        return
    what = "Violating instance" if best.violating else "Tightest instance"
    lines = list(_instance_lines(best.record, 1, whole=whole))
    if "problem" in best.record:
        lines.append(Line("The problem is what --instance FILE writes and flatscape simulate FILE reads."))
    yield make_section(f"{what} ({best.found(statement.relation)})", lines)


def _instance_lines(instance: Mapping[str, Any], indent: int, *, whole: bool) -> Iterator[Line]:
    """The problem, and what else belongs to the instance; long lists are counted unless `whole`."""
    rest = {name: value for name, value in instance.items() if name != "problem"}
    for part in (instance.get("problem"), rest):
        lists = {name: v for name, v in part.items() if isinstance(v, list)} if isinstance(part, dict) else {}
        if isinstance(part, dict) and any(len(v) > LONGEST_LIST for v in lists.values()) and not whole:
            counted = {name: f"[{len(v)} entries]" for name, v in lists.items()}
            yield Line(f"{json.dumps(part | counted)} (--text shows all of it)", indent)
        elif part:
            yield Line(json.dumps(part), indent, verbatim=True)


def _control_section(statement: Statement[Any], evidence: Sequence[Evidence], *, whole: bool) -> Section:
    lines = [Line(f"False twin: {statement.control.description}.")]
    refuting = [e for e in evidence if control_status(e, evidence) is ControlStatus.REFUTED]
    if not refuting:
        lines.append(Line("It is not refuted by what is shown here." if evidence else "It was not tried here."))
    for item in refuting:
        if item.method.is_proof:
            lines.append(Line("proof: the twin of every machine-checked step is refuted, as shown above"))
            continue
        control, count = item.control, item.control.violations
        times = f" on {count:,} instance{'' if count == 1 else 's'}" if count else ""
        below = "" if control.ratio is None else f", {_of_control(control.ratio, statement)}"
        lines.append(Line(f"{item.method.label}: refuted{times}{below}"))
    recorded = next((e.control.instance for e in refuting if not e.method.is_proof and e.control.instance), None)
    if recorded is not None:
        lines.append(Line("Refuting instance:"))
        lines += _instance_lines(recorded, 2, whole=whole)
    return make_section("Control", lines)


def _of_control(ratio: float, statement: Statement[Any]) -> str:
    identity = statement.relation is Relation.EQUAL
    return f"error up to {ratio:.2g}" if identity else f"ratio down to {ratio:.5g} where 1 is allowed"
