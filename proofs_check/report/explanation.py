"""All that is known of one statement, in words for a reviewer: claim, proof step by step, evidence, instances."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proofs_check.evidence.evidence import Verdict
from proofs_check.evidence.exercise import EDGE, Exercise, exercise_of
from proofs_check.evidence.proof import Method, Proof, to_evidence
from proofs_check.report import wording
from proofs_check.report.formulas import plain
from proofs_check.report.standing_assumptions import standing_assumptions
from proofs_check.report.tightness import SHARPENED
from proofs_check.search.infima import infimum_in_words
from theory.statements.register import REGISTER
from theory.statements.statement import Statement

LONGEST_LIST = 16
"""Of an instance with more outputs only the sizes are shown, unless all of it is asked for."""


@dataclass(frozen=True)
class Line:
    """One paragraph. **Fields**: `text`; `indent` in levels; `verbatim`: its line breaks are kept."""

    text: str
    indent: int = 1
    verbatim: bool = False


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, every character printable. **Fields**: `top`: it begins a statement."""

    heading: str
    lines: tuple[Line, ...]
    top: bool = False


def _section(heading: str, lines: Iterable[Line], *, top: bool = False) -> Section:
    cleaned = (Line(wording.printable(line.text), line.indent, line.verbatim) for line in lines)
    return Section(wording.printable(heading), tuple(cleaned), top)


def explain_statement(
    statement: Statement[Any],
    proof: Mapping[str, Any] | None,
    evidence: Sequence[Mapping[str, Any]],
    *,
    source: str,
    whole: bool = False,
) -> list[Section]:
    """The explanation of a registered statement.

    **Arguments**

    - `proof`: its proof as a record of evidence (see `proofs_check.ledger`), checked now; None if it has none.
    - `evidence`: the records of the other ways of knowing; one that `source` does not hold has `made_now` set.
    - `source`: in words, where the rest of `evidence` comes from.
    - `whole`: every query with its script, rather than abridged.
    """
    where = statement.section
    origin = f"From the paper, {where}" if statement.origin == "paper" else f"{where[0].upper()}{where[1:]}"
    lines = [Line(f"{origin}. Its id is {statement.id}.")]
    lines += [Line(text) for text in _relatives(statement)]
    sections = [
        _section(f"{statement.number}: {statement.title}", lines, top=True),
        _section("Claim", [Line(plain(part)) for part in re.split(r"\\quad\s*", statement.latex)]),
    ]
    if statement.hypotheses:
        sections.append(_section("Hypotheses", _hypothesis_lines(statement, exercise_of(evidence))))
    assumed = [Line(f"{name}: {what}") for name, what in standing_assumptions(statement)]
    if assumed:
        sections.append(_section("Standing assumptions", assumed))
    sections.append(_proof_section(proof, registered=True, whole=whole))
    sections.append(_evidence_section(evidence, source, statement))
    sections += _tightest_section(evidence, statement, whole=whole)
    infimum = infimum_in_words(statement.id)
    if infimum:
        sections.append(_section("Infimum of larger over smaller side", [Line(infimum)]))
    sections.append(_control_section(statement, [*([proof] if proof else []), *evidence], whole=whole))
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


def explain_auxiliary(id: str, about: str, proof: Mapping[str, Any], *, whole: bool = False) -> list[Section]:
    """The explanation of a proof whose claim is not in the register: nothing but the proof is known of it.

    **Arguments**: `about`: a sentence on what it is, empty if there is none; `proof` as in `explain_statement`.
    """
    number = re.fullmatch(r"lem(\d+)", id)
    name = f"Lemma {number[1]}" if number else id
    lines = [Line(about)] if about else []
    lines.append(Line("It is not in the register: it speaks of no problem that could be sampled, or is only cited."))
    return [
        _section(f"{name}: a claim that proofs cite", lines, top=True),
        _proof_section(proof, registered=False, whole=whole),
    ]


def proof_record(proof: Proof) -> dict[str, Any]:
    """A proof as the record of evidence that the explanations take, also of a claim that is not in the register."""
    evidence = to_evidence(proof)
    return asdict(evidence) | {"verdict": evidence.verdict.value}


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


def _proof_section(proof: Mapping[str, Any] | None, *, registered: bool, whole: bool) -> Section:
    if proof is None:
        return _section("Proof", [Line("None is registered: what follows is evidence on instances, not a proof.")])
    steps = proof["steps"]
    lines = [Line(f"{Verdict(proof['verdict']).message} Steps: {wording.steps_by_method(steps)}.")]
    if proof["reason"]:
        lines.append(Line(f"Not proved: {proof['reason']}."))
    if registered and not any(step["code"] for step in steps):
        lines.append(Line("No step is compared with the sides that the register computes."))
    for place, step in enumerate(steps, start=1):
        lines += _step_lines(place, step, whole=whole)
    written = proof["scope"]["written_steps"]
    lines.append(
        Line(f"All of it rests on these written arguments, which no machine checks: {'; '.join(written)}.")
        if written
        else Line("No written argument is needed: every step, and every step of what it cites, is checked by machine.")
    )
    return _section(f"Proof: {proof['verdict']}, checked now in {proof['seconds']:.1f} s", lines)


def _step_lines(place: int, step: Mapping[str, Any], *, whole: bool) -> Iterator[Line]:
    scope = f", {step['scope']}" if step["scope"] else ""
    yield Line(f"{place}. {step['name']} [{step['method']}: {step['verdict']}{scope}]")
    if step["method"] == Method.CITED.value:
        yield Line(f"{step['text']} (flatscape explain {step['name'].removeprefix('cites ')})", 2)
    else:
        yield Line(f"Claim: {plain(step['claim'])}", 2)
        label = {"smt": "Query", "symbolic": "Identity", "written": "Argument"}[step["method"]]
        text = wording.query(step, whole=whole)
        text = text if whole else plain(text)
        yield Line(f"{label}:\n{text}" if whole and "\n" in text else f"{label}: {text}", 2, whole and "\n" in text)
    if step["reason"]:
        yield Line(f"Open: {step['reason']}", 2)
    if step["control"] is not None:
        control = step["control"]
        outcome = "refuted" if control["refuted"] else "NOT REFUTED"
        witness = f" ({_numbers(control['witness'])})" if control["witness"] else ""
        yield Line(f"Control {outcome}: {control['description']}{witness}", 2)
        if whole and control["text"]:
            yield Line(f"Control's text:\n{control['text']}", 2, verbatim=True)
    # A written step rests on itself, which its method says already.
    if step["rests_on"] and step["method"] != Method.WRITTEN.value:
        yield Line(f"Rests on written steps: {'; '.join(step['rests_on'])}", 2)
    if step["code"]:
        yield Line(f"Compared with the code: {step['code']}", 2)


def _numbers(witness: Mapping[str, Any]) -> str:
    def said(name: str, value: object) -> str:
        if name in ("where", "origin"):
            return str(value)
        number = f"{value:.6g}" if isinstance(value, float) else value
        return f"{name} = {number if isinstance(number, str) else json.dumps(number)}"

    return "; ".join(said(name, value) for name, value in witness.items())


def _evidence_section(evidence: Sequence[Mapping[str, Any]], source: str, statement: Statement[Any]) -> Section:
    lines = [Line(source)]
    if not evidence:
        lines.append(Line("There is none here."))
    for item in evidence:
        now = " now" if item.get("made_now") else ""
        parts = [f"{wording.method(item['method'])}: {item['verdict']}{now}"]
        if item["instances"]:
            parts.append(f"{wording.instances(item)}{'' if 'boxes' in item['scope'] else ' instances'}")
            parts.append(f"{item['violations']:,} violated, {item['undecided']:,} undecided")
        if item["tightness"] is not None:
            identity = statement.relation.value == "=="
            found = wording.ratio(item["tightness"], statement.relation.value)
            parts.append(f"largest {found}" if identity else f"smallest ratio of larger to smaller side {found}")
        parts.append(wording.sizes(item["scope"]))
        if item["seed"] is not None:
            parts.append(f"seed {item['seed']}")
        parts.append(f"{item['seconds']:.1f} s")
        lines.append(Line("; ".join(parts) + (f" ({item['reason']})" if item["reason"] else "")))
        if item.get("latex", statement.latex) != statement.latex:
            lines.append(Line("The statement has changed since: run flatscape verify again.", 2))
    return _section("Other evidence", lines)


def _tightest_section(
    evidence: Sequence[Mapping[str, Any]], statement: Statement[Any], *, whole: bool
) -> Iterator[Section]:
    best = wording.best_instance(evidence, statement.relation.value)
    if best is None:
        return
    found = f"{wording.method(best['method'])}, {wording.ratio(best['tightness'], statement.relation.value)}"
    what = "Violating instance" if best["violations"] else "Tightest instance"
    lines = list(_instance_lines(best["tightest"], 1, whole=whole))
    if "problem" in best["tightest"]:
        lines.append(Line("The problem is what --instance FILE writes and flatscape simulate FILE reads."))
    yield _section(f"{what} ({found})", lines)


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


def _control_section(statement: Statement[Any], evidence: Sequence[Mapping[str, Any]], *, whole: bool) -> Section:
    lines = [Line(f"False twin: {statement.control.description}.")]
    refuting = [e for e in evidence if e["control"]["refuted"]]
    if not refuting:
        lines.append(Line("It is not refuted by what is shown here." if evidence else "It was not tried here."))
    for item in refuting:
        control, count = item["control"], item["control"]["violations"]
        if item["steps"] is not None:
            lines.append(Line("proof: the twin of every machine-checked step is refuted, as shown above"))
            continue
        times = f" on {count:,} instance{'' if count == 1 else 's'}" if count else ""
        below = "" if control["ratio"] is None else f", {_of_control(control['ratio'], statement)}"
        lines.append(Line(f"{wording.method(item['method'])}: refuted{times}{below}"))
    recorded = next(
        (e["control"]["instance"] for e in refuting if e["steps"] is None and e["control"]["instance"]), None
    )
    if recorded is not None:
        lines.append(Line("Refuting instance:"))
        lines += _instance_lines(recorded, 2, whole=whole)
    return _section("Control", lines)


def _of_control(ratio: float, statement: Statement[Any]) -> str:
    identity = statement.relation.value == "=="
    return f"error up to {ratio:.2g}" if identity else f"ratio down to {ratio:.5g} where 1 is allowed"
