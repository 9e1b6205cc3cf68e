"""The page of one statement: claim, hypotheses, proof, evidence, formal statement, tightness, control, citation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from figures.pages.ledger_rows import LedgerRow
from flatscape.output.citation import bibtex
from proofs_check.markdown import table
from proofs_check.report.standing_assumptions import standing_assumptions
from proofs_check.report.tightness import SHARPENED
from proofs_check.report.wording import CONJECTURE, origin_in_words
from proofs_check.search.infima import infimum_in_words
from theory.origins import ORIGINS
from theory.statement import Statement, Status
from theory.statements.register import REGISTER
from tools.site.formal_statements import theorems_of
from tools.site.markdown import escaped, fenced, folded, formula_blocks, inline_formula, joined
from tools.site.proof_section import MISSING, link, proof_section


def statement_page(statement: Statement[Any], row: LedgerRow | None) -> str:
    """The page in Markdown.

    **Arguments**: `row`: what a ledger knows of the statement; None without a ledger, or if it is of another claim.
    """
    return joined(
        [
            f"# {escaped(statement.number)}: {escaped(statement.title)}",
            _about(statement),
            "## Claim",
            formula_blocks(statement.latex),
            *_hypotheses(statement, row),
            *_assumptions(statement),
            *proof_section(statement, row),
            *_evidence(statement, row),
            *_formal(statement),
            *_tightness(statement, row),
            *_control(statement, row),
            *_again(statement),
            *_cite(statement),
        ]
    )


def _about(statement: Statement[Any]) -> str:
    conjectured = f" **{CONJECTURE}**" if statement.status is Status.CONJECTURE else ""
    return (
        f"{escaped(origin_in_words(statement))} Its id is `{statement.id}`. It speaks of a *{statement.subject.value}* "
        f"([what the words mean](../glossary.md)).{conjectured}"
    )


def _hypotheses(statement: Statement[Any], row: LedgerRow | None) -> Iterator[str]:
    yield "## Hypotheses"
    if not statement.hypotheses:
        yield "None besides the standing assumptions."
        return
    counted = {} if row is None else row.exercise
    # No table: conditions are long, and screens may be narrow.
    yield "\n".join(
        f"- `{h.name}`: {inline_formula(h.latex)}"
        + (f"<br>Instances: {escaped(counted[h.name])}" if h.name in counted else "")
        for h in statement.hypotheses
    )
    if counted:
        yield (
            "*At its edge*: all hypotheses hold, this one barely. *Fail it alone*: all others hold, so that without it "
            "the statement would speak of them."
        )


def _assumptions(statement: Statement[Any]) -> Iterator[str]:
    assumed = standing_assumptions(statement)
    if assumed:
        yield "## Standing assumptions"
        yield "\n".join(f"- **{escaped(name)}**: {escaped(what)}" for name, what in assumed)


def _evidence(statement: Statement[Any], row: LedgerRow | None) -> Iterator[str]:
    yield "## Evidence"
    if row is None:
        yield MISSING.format(id=statement.id)
        return
    cells = [
        [
            line.method.label,
            f"**{line.verdict}**",
            escaped(line.sizes),
            line.instances,
            line.violations,
            line.undecided,
            line.tightness,
            escaped(line.control),
            line.seed,
        ]
        for line in row.lines
    ]
    headings = ["method", "verdict", "what was covered", "instances", "violated", "undecided"]
    yield table([*headings, "ratio", "control", "seed"], cells, right=["instances", "violated", "undecided", "ratio"])
    yield "*Ratio*: the smallest one of the larger to the smaller side, or the largest error of an identity."
    if row.features:
        yield f"Of the instances that meet the hypotheses: {escaped(row.features)}."


def _formal(statement: Statement[Any]) -> Iterator[str]:
    yield "## Formal statement"
    found = theorems_of(statement.id, [s.id for s in REGISTER])
    if not found:
        yield "There is none: [what Coq checks, and what not](../formal.md)."
        return
    yield (
        "What Coq checks, with definitions in "
        "[Statements.v](../../proofs_check/formal/Statements.v); [how to read it](../formal.md)."
    )
    yield from (fenced(text, "coq") for text in found.values())


def _tightness(statement: Statement[Any], row: LedgerRow | None) -> Iterator[str]:
    yield "## Tightness"
    if row is not None and row.tightness:
        kind = "largest" if row.tightness.startswith("error") else "smallest ratio of the larger to the smaller side"
        yield f"On {row.instances:,} instances, {kind}: **{row.tightness}**."
    if row is not None and row.language_model:
        yield f"On problems of a real language model (how many of them in brackets): {row.language_model}."
    infimum = infimum_in_words(statement.id)
    if infimum:
        yield f"Infimum: {escaped(infimum)}"
    if statement.id in SHARPENED:
        yield f"Sharpened by {', '.join(map(link, SHARPENED[statement.id]))}."
    weaker = [paper for paper, sharper in SHARPENED.items() if statement.id in sharper]
    if weaker:
        yield f"Sharpens {', '.join(map(link, weaker))}."
    if row is not None and row.tightest:
        yield folded(f"The tightest instance ({escaped(row.found)})", fenced(row.tightest, "json"))


def _control(statement: Statement[Any], row: LedgerRow | None) -> Iterator[str]:
    yield "## Control"
    outcome = "" if row is None else " It is refuted." if row.refuted else " **It is not refuted.**"
    yield (
        f"A false twin, which the same machinery has to refute: {escaped(statement.control.description)}.{outcome} "
        "[Why there are controls](../how-we-know/index.md)."
    )


def _again(statement: Statement[Any]) -> Iterator[str]:
    yield "## Check it yourself"
    yield fenced(f"flatscape verify {statement.id}\nflatscape explain {statement.id}", "sh")


def _cite(statement: Statement[Any]) -> Iterator[str]:
    yield "## How to cite"
    if statement.origin == "paper":
        yield f"The statement is the paper's ({escaped(statement.number)}); what is known of it here is flatscape's."
    elif statement.origin == "ours":
        yield f"The statement is ours: cite flatscape and its id, `{statement.id}`."
    else:
        origin = ORIGINS[statement.origin]
        yield (
            f"Cite {escaped(origin.citation)} (arXiv {origin.arxiv}) for the method, and flatscape with the id "
            f"`{statement.id}` for the claim and its proof."
        )
    yield fenced(bibtex([statement.origin]), "bibtex")
