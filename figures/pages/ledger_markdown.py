"""The ledger as Markdown: `docs/ledger.md`, and the README's table of the main statements."""

from __future__ import annotations

from collections.abc import Sequence

from figures.pages.headlines import counts, headlines
from figures.pages.ledger_rows import (
    SIMULATOR_HEADINGS,
    EvidenceLine,
    LedgerRow,
    columns,
    ledger_rows,
    simulator_rows,
)
from proofs_check.evidence.exercise import EDGE
from proofs_check.ledger.ledger import Ledger
from proofs_check.markdown import table
from theory.origins import ORIGINS

MEANINGS = (
    "*Formal*: for every number of outputs, by a theorem that Coq checks and that is compared with the register. "
    "*Proved*: for every number of outputs, by steps that sympy, z3, cvc5 and Arb check and a few written ones. "
    "*Decided*: "
    "for the sizes stated. *Certified*: rigorous enclosures of the instances. *Survived*: that many instances, "
    "no proof."
)


CONJECTURED = "Conjectured: tried on as many instances as the others, not proved, and no proof rests on it."


def readme_table(ledger: Ledger) -> str:
    """What was checked, and the paper's main statements beside ours: what is known of each, and how tight it is."""
    rows = ledger_rows(ledger)
    found = counts(rows)
    body = [
        [
            f"`{one.paper.id}`",
            _name(one.paper),
            _verdicts(one.paper),
            f"{one.paper.instances:,}",
            one.paper.tightness,
            "" if one.ours is None else f"`{one.ours.id}`",
            "" if one.ours is None else one.ours.tightness,
        ]
        for one in headlines(rows)
    ]
    headings = ["id", "statement", "evidence", "instances", "tightness", "ours", "tightness"]
    return "\n\n".join(
        [
            f"{found.statements} statements, {found.of_the_paper} of the paper, {found.of_others} of other papers and "
            f"{found.ours} of ours, and {_conjectures(found.conjectures)}: {found.formal} formal, "
            f"{found.proved} proved, {found.certified} certified, {found.checks:,} checks on instances (level "
            f"{ledger.level}, seed {ledger.seed}, {ledger.seconds:.0f} seconds). {_outcome(ledger, rows)}",
            table(headings, body, right=["instances", "tightness"]),
            MEANINGS + _simulator_summary(ledger),
        ]
    )


def _conjectures(count: int) -> str:
    return "one conjecture" if count == 1 else f"{count or 'no'} conjectures"


def ledger_document(ledger: Ledger) -> str:
    """`docs/ledger.md`: statement x method, with the steps of each proof counted."""
    rows = ledger_rows(ledger)
    methods = columns(rows)

    def body(conjectures: bool) -> list[list[str]]:
        return [
            [f"`{row.id}`", _name(row), *(_cell(row.cell(method)) for method in methods), _edge(row), _control(row)]
            for row in rows
            if row.conjecture is conjectures
        ]

    headings = ["id", "statement", *methods, "least at an edge", "control"]
    versions = ", ".join(f"{name} {version}" for name, version in ledger.versions.items())
    paragraphs = [
        "# Ledger: statement × method",
        "<!-- Made by tools/update_readme.py from out/ledger.json. Not to be edited: `make paper readme` makes it. -->",
        f"Made from `out/ledger.json` by `make paper readme`: level {ledger.level}, seed {ledger.seed}, "
        f"{ledger.seconds:.0f} seconds; {versions}. {_outcome(ledger, rows)}",
        "A cell has the verdict and, where instances were tried, their number and (in brackets) the smallest ratio of "
        "the larger to the smaller side, or the largest error of an identity; for a proof, its steps: *symbolic*, "
        "*smt* and *balls* ones are checked by machine, *written* ones are arguments in prose, *cited* ones are "
        "proofs of their "
        f"own. {MEANINGS} *Least at an edge*: of the statement's hypotheses, the one that the fewest instances barely "
        "met, and how many.",
        table(headings, body(False)),
        *(["## Conjectures", CONJECTURED, table(headings, body(True))] if body(True) else []),
        *_exercise(rows),
        *_assumptions(rows),
        *_simulator(ledger),
        "`flatscape explain ID` prints each proof step by step; `flatscape paper` makes `out/ledger.html`, where every "
        "row opens.",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _assumptions(rows: Sequence[LedgerRow]) -> list[str]:
    """What statements take for granted, and which ones."""
    behind: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for assumption in row.assumptions:
            behind.setdefault(assumption, []).append(f"`{row.id}`")
    body = [[name, what, ", ".join(ids)] for (name, what), ids in behind.items()]
    about = "What is taken for granted besides the hypotheses of a statement:"
    return ["## Standing assumptions", about, table(["assumption", "what it says", "behind"], body)] if body else []


def _simulator_summary(ledger: Ledger) -> str:
    rows = [] if ledger.simulator is None else ledger.simulator.rows
    problems = sum(row.problems for row in rows)
    inside, outside = sum(row.inside for row in rows), sum(row.outside for row in rows)
    if not problems:
        return ""
    return (
        f" Of {problems} random problems whose hitting time was enclosed rigorously, {inside} were reached with the "
        f"true time inside the error that the simulator reports, {outside} outside of it."
    )


def _edge(row: LedgerRow) -> str:
    return f"**{row.least_exercised}**" if row.never else row.least_exercised


def _exercise(rows: Sequence[LedgerRow]) -> list[str]:
    """How often each hypothesis was exercised, statement by statement; nothing where nobody counted."""
    counted = [row for row in rows if row.exercise]
    if not counted:
        return []
    body = [
        [f"`{row.id}`", "; ".join(f"{name}: {said}" for name, said in row.exercise.items()), row.features]
        for row in counted
    ]
    return [
        "## How often each hypothesis is exercised",
        f"Instances of all methods together. *At its edge*: all hypotheses hold, this one within {EDGE:.0%} of what it "
        "compares. *Fail it alone*: all others hold, so that without it the statement would speak of them. A "
        "hypothesis without instances at its edge might be wrong by any factor, and nothing would have been noticed.",
        table(["id", "hypotheses", "of the instances that meet them"], body),
    ]


def _simulator(ledger: Ledger) -> list[str]:
    rows = simulator_rows(ledger)
    if not rows:
        return []
    return [
        "## The simulator against rigorous enclosures",
        "Random problems, rewards of variance down to 1e-24 and probabilities down to 1e-12 among them: whether the "
        "true hitting time lies within the relative error that `sims.hitting_times` reports (*inside*), is certain to "
        "lie farther away (*outside*), or both say that the target is never reached. Errors are relative. *Corners* "
        "are where float64 is hard put to it: near-ties at the top down to 1e-15, targets within 1e-12 of what is "
        "attainable, probabilities down to 1e-300, KL coefficients from 1e-6 to 10, two crossings, long plateaus.",
        table(SIMULATOR_HEADINGS, rows, right=SIMULATOR_HEADINGS),
    ]


def _name(row: LedgerRow) -> str:
    # A ledger of another version may name an origin that is not known here.
    origin = ORIGINS.get(row.origin)
    label = row.origin if origin is None else origin.label
    return f"{row.number}{f' ({label})' if label else ''}: {row.title}"


def _verdicts(row: LedgerRow) -> str:
    said = ", ".join(f"**{verdict}**" if verdict == "violated" else verdict for verdict in row.verdicts)
    return said if row.refuted else f"{said}; **control not refuted**"


def _control(row: LedgerRow) -> str:
    return "refuted" if row.refuted else "**not refuted**"


def _cell(line: EvidenceLine | None) -> str:
    if line is None:
        return ""
    verdict = line.verdict if line.good else f"**{line.verdict}**"
    if line.steps:
        return f"{verdict}: {line.steps}"
    return f"{verdict}, {line.instances}" + ("" if line.tightness == "–" else f" ({line.tightness})")


def _outcome(ledger: Ledger, rows: Sequence[LedgerRow]) -> str:
    violated = [row.id for row in rows if row.violations]
    unrefuted = [row.id for row in rows if not row.refuted]
    if not ledger.sound and not violated and not unrefuted:
        return "**Not sound: a statement went unchecked.**"
    said = "No statement is violated" if not violated else f"**Violated: {', '.join(violated)}**"
    return f"{said}; " + (
        "every control is refuted." if not unrefuted else f"**controls not refuted: {', '.join(unrefuted)}**."
    )
