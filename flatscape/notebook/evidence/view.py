"""What is known of a statement, on a page: claim, hypotheses, proof step by step, instances, control."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from figures.drawing.style import GREY, VERMILION
from figures.pages.formula import formula
from flatscape.notebook.evidence.trial import Comparison, Trial
from flatscape.notebook.pieces.markup import details, note, number, paragraphs, table
from flatscape.notebook.pieces.picture import picture
from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.proof import to_evidence
from proofs_check.evidence.step import Step, StepMethod
from proofs_check.proofs.register import PROOFS, find_proof
from proofs_check.report import wording
from proofs_check.report.formulas import plain
from theory.statement import Direction, Relation, Statement
from theory.statements.register import REGISTER

DIGITS = 6
"""Of the two sides: fewer would hide a control that is off by a thousandth."""


ROUNDED = 1e-9
"""Sides that differ by less, as a share of their terms, are shown as equal."""


def choices() -> dict[str, str]:
    """What a person may choose: ids by number and title, in the order of the register."""
    return {f"{s.number}: {s.title} ({s.id})": s.id for s in REGISTER}


@lru_cache(maxsize=64)
def checked_proof(id: str) -> Evidence | None:
    """The proof of a statement, checked now by its solvers and by computer algebra; None if there is none."""
    return to_evidence(find_proof(id)) if id in PROOFS else None


def claim(statement: Statement[Any]) -> Markup:
    """The claim as formulas, and its hypotheses."""
    parts = [Markup('<p class="formula">{}</p>').format(formula(part)) for part in _parts(statement.latex)]
    if statement.hypotheses:
        rows = [(h.name, formula(h.latex)) for h in statement.hypotheses]
        parts.append(table(("hypothesis", "condition"), rows))
    return Markup("").join(parts)


def _parts(latex: str) -> list[str]:
    return [part for part in re.split(r"\\quad\s*", latex) if part.strip()]


def proof(evidence: Evidence | None) -> Markup:
    """The steps, each of which opens."""
    if evidence is None or not evidence.steps:
        return note("No proof is registered: what follows is evidence on instances, not a proof.", "warn")
    kind = "good" if evidence.verdict.favourable else "bad"
    head = note(
        f"{evidence.verdict.value}, checked now in {evidence.seconds:.1f} s. {evidence.verdict.message} Steps: "
        f"{wording.steps_by_method(evidence.steps)}.",
        kind,
    )
    steps = [_step(place, step) for place, step in enumerate(evidence.steps, start=1)]
    return head + Markup("").join(steps)


_TEXT_OF_A_STEP = {StepMethod.SMT: "Query", StepMethod.SYMBOLIC: "Identity", StepMethod.WRITTEN: "Argument"}


def _step(place: int, step: Step) -> Markup:
    said = [f"Claim: {plain(step.claim)}"]
    label = _TEXT_OF_A_STEP.get(step.method, "Cited")
    said.append(f"{label}: {plain(wording.query(step, whole=False))}")
    if step.reason:
        said.append(f"Open: {step.reason}")
    if step.control is not None:
        outcome = "refuted" if step.control.refuted else "NOT REFUTED"
        said.append(f"Its false twin is {outcome}: {step.control.description}.")
    return details(
        f"{place}. {step.name} ({step.method.value}: {step.verdict.value})", paragraphs(map(wording.printable, said))
    )


def _sides(found: Comparison, statement: Statement[Any]) -> tuple[str, str]:
    left, right = {
        Direction.LOWER: ("the bound", "the hitting time"),
        Direction.UPPER: ("the hitting time", "the bound"),
        Direction.NONE: ("left side", "right side"),
    }[statement.direction]
    return f"{left} {number(found.smaller, DIGITS)}", f"{right} {number(found.larger, DIGITS)}"


def tightest(trial: Trial) -> Markup:
    """The tightest instance of those drawn, and its two sides, computed anew from its record."""
    if trial.tightest is None:
        return note("None of the instances drawn now meets the hypotheses.", "warn")
    left, right = _sides(trial.tightest, trial.statement)
    sign = "=" if trial.statement.relation is Relation.EQUAL else "≤"
    which = "one of them" if trial.statement.relation is Relation.EQUAL else "the tightest of them"
    counted = f"{len(trial.ratios):,} instances, {trial.evidence.violations} violated."
    return note(f"{counted} On {which} {left} {sign} {right}.", "good")


def control(trial: Trial) -> Markup:
    """The false twin, and an instance on which it is false."""
    description = trial.statement.control.description
    if trial.refuted is None:
        return note(f"The false twin ({description}) was NOT refuted.", "bad")
    left, right = _sides(trial.refuted, trial.statement)
    sign = "=" if trial.statement.relation is Relation.EQUAL else "≤"
    return note(
        f"The false twin: {description}. It would claim that {left} {sign} {right}: refuted, on "
        f"{trial.evidence.control.violations:,} instances.",
        "good",
    )


def edited(trial: Trial, factor: float) -> Markup:
    """What becomes of the statement if its smaller side is multiplied by a factor.

    **Arguments**: `factor`, positive; 1 leaves the statement as it is, more strengthens an inequality.
    """
    if trial.tightest is None or not len(trial.ratios):
        return note("There is no instance to try it on.", "warn")
    smaller, larger = factor * trial.tightest.smaller, trial.tightest.larger
    left, right = _sides(Comparison(smaller, larger, trial.tightest.scale), trial.statement)
    if trial.statement.relation is Relation.EQUAL:
        holds = abs(smaller - larger) <= ROUNDED * trial.tightest.scale
        said = f"{left} {'=' if holds else '≠'} {right}."
        return note(
            f"{'It holds' if holds else 'It FAILS'} on the instance above: {said}",
            "good" if holds else "bad",
            name="edited",
        )
    failing = failures(trial, factor)
    if not failing:
        return note(
            f"It holds on all {len(trial.ratios):,} instances; on the tightest, {left} ≤ {right}.",
            "good",
            name="edited",
        )
    return note(
        f"It FAILS on {failing:,} of {len(trial.ratios):,} instances; on the tightest, {left} > {right}.",
        "bad",
        name="edited",
    )


def failures(trial: Trial, factor: float) -> int:
    """How many instances violate the statement once its smaller side is multiplied by the factor."""
    return int((trial.ratios < factor * (1 - 1e-12)).sum())


def draw_ratios(trial: Trial, factor: float) -> Markup:
    """The larger over the smaller side of every instance, sorted; the factor as a line, below which the claim fails."""
    ratios = trial.ratios[(trial.ratios > 0) & (trial.ratios < 1e12)]
    words = f"The ratios of {len(ratios):,} instances, sorted, and a line at {number(factor)}."
    with picture(words, height=0.5) as drawn:
        axes = drawn.axes
        axes.plot(range(1, len(ratios) + 1), ratios, ".", color=GREY, markersize=3, rasterized=True)
        below = ratios[ratios < factor]
        axes.plot(range(1, len(below) + 1), below, ".", color=VERMILION, markersize=4, rasterized=True)
        axes.axhline(factor, color=VERMILION, linewidth=1.0)
        axes.set_yscale("log")
        axes.set_xlabel("instances, the tightest first")
        axes.set_ylabel("larger over smaller side")
        axes.set_ylim(
            min(0.5, factor / 2), max(4.0, 2 * float(ratios[len(ratios) // 2]), 2 * factor) if len(ratios) else 4.0
        )
    return drawn.svg
