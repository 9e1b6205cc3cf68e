"""The pages of all statements, and their index: rendered from the register and, where there is one, a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from figures.pages.ledger_rows import LedgerRow, ledger_rows
from proofs_check.ledger.ledger import Ledger
from proofs_check.markdown import table
from theory.origins import ORIGINS
from theory.statement import Statement, Status, Subject
from theory.statements.register import ABRIDGED, JOINED, REGISTER
from tools.site.markdown import escaped, joined, toctree
from tools.site.proof_section import link
from tools.site.statement_page import statement_page

GROUPS = {
    "Tables: how fast learning is": (Subject.HITTING_TIME, Subject.REFERENCE),
    "Tables: at a policy and along a path": (Subject.POLICY, Subject.PATH),
    "Tables: Best-of-N": (Subject.BEST_OF_N,),
    "Training in steps, and on groups of samples": (Subject.RUN, Subject.GROUP_TRAINING),
    "Policies of any kind: how fast learning is": (Subject.PARAMETRIC_HITTING_TIME,),
    "Policies of any kind: at a policy and along a path": (Subject.PARAMETRIC_POLICY, Subject.PARAMETRIC_PATH),
    "Sampled completions": (Subject.GROUP, Subject.PROMPTS, Subject.DRAWS),
    "Facts of gradient flow": (Subject.FUNCTION,),
}
"""The chapters of the index, each with the subjects of its statements."""


def statement_pages(ledger: Ledger | None) -> dict[str, str]:
    """Every page by its path below docs/."""
    rows = {} if ledger is None else {row.id: row for row in ledger_rows(ledger) if row.current}
    pages = {f"statements/{s.id}.md": statement_page(s, rows.get(s.id)) for s in REGISTER}
    return {"statements/index.md": _index(ledger, rows), **pages}


def _index(ledger: Ledger | None, rows: dict[str, LedgerRow]) -> str:
    return joined(
        [
            "# Statements",
            f"The {len(REGISTER)} statements of the register, the paper's, those of other papers and ours, each with "
            "its claim, hypotheses, proof, evidence and control. They are declared once, in `theory/statements/`; "
            "these pages, the tests, the command line and [the ledger](../ledger.md) all read them from there.",
            _run(ledger),
            *(part for title, subjects in GROUPS.items() for part in _group(title, subjects, rows)),
            "## Theorems that are several statements",
            *(f"**{id}.** {escaped(text)}" for id, text in JOINED.items()),
            "The paper's abridged theorems stand for their full forms: "
            + ", ".join(f"`{short}` for `{full}`" for short, full in ABRIDGED.items())
            + ".",
        ]
    )


def _run(ledger: Ledger | None) -> str:
    if ledger is None:
        return (
            "Verdicts and numbers are filled in from a run of the checks, which is not there: `make paper docs` makes "
            "one."
        )
    return (
        f"Verdicts and numbers are from a run of level *{ledger.level}*, seed {ledger.seed}, in "
        f"{ledger.seconds:.0f} seconds."
    )


def _group(title: str, subjects: tuple[Subject, ...], rows: dict[str, LedgerRow]) -> Iterator[str]:
    chosen = [s for s in REGISTER if s.subject in subjects]
    yield f"## {title}"
    if rows:
        yield table(["id", "statement", "evidence", "tightness"], [_cells(s, rows.get(s.id)) for s in chosen])
    else:
        yield table(["id", "statement"], [_cells(s, None)[:2] for s in chosen])
    yield toctree((s.id for s in chosen), caption=title)


def _cells(statement: Statement[Any], row: LedgerRow | None) -> list[str]:
    labels = [ORIGINS[statement.origin].label, "conjecture" if statement.status is Status.CONJECTURE else ""]
    shown = ", ".join(label for label in labels if label)
    whose = f" ({escaped(shown)})" if shown else ""
    name = f"{escaped(statement.number)}{whose}: {escaped(statement.title)}"
    return [link(statement.id), name, *(["", ""] if row is None else [", ".join(row.verdicts), row.tightness])]
