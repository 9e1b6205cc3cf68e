"""The proof on a statement's page: its steps, how each was checked, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from figures.pages.ledger_rows import LedgerRow, StepLine
from theory.statement import Statement
from theory.statements.register import REGISTER
from tools.site.markdown import escaped, folded

MISSING = (
    "There is no run of the checks beside this site. `make paper docs` makes one and fills this part; the last "
    "published run is in [the ledger](../ledger.md), and `flatscape explain {id}` checks the proof at once."
)


def link(id: str) -> str:
    """A link to the page of another statement."""
    return f"[`{id}`]({id}.md)"


def proof_section(statement: Statement[Any], row: LedgerRow | None) -> Iterator[str]:
    """The paragraphs of the section; `row` is as in `statement_page`."""
    yield "## Proof"
    if row is None:
        yield MISSING.format(id=statement.id)
        return
    if not row.steps:
        yield "None is registered: what follows is evidence on instances, not a proof."
        return
    yield from (_step(place, step) for place, step in enumerate(row.steps, start=1))
    if row.written:
        checked = "the theorem of Coq below covers" if "formal" in row.verdicts else "no machine checks"
        yield f"**Rests on written arguments, which {checked}:** " + "; ".join(map(escaped, row.written)) + "."
    else:
        yield "No written argument is needed: every step, and every step of what it cites, is checked by machine."
    if statement.origin == "ours":
        yield "[In prose](../sharpened.md)."


def _step(place: int, step: StepLine) -> str:
    cited = step.name.removeprefix("cites ")
    known = step.method == "cited" and any(s.id == cited for s in REGISTER)
    name = f"cites {link(cited)}" if known else escaped(step.name)
    scope = f", {escaped(step.scope)}" if step.scope else ""
    written = step.method == "written"
    known_by = "an argument in prose, checked by no machine" if written else f"{step.method}: {step.verdict}{scope}"
    lines = [f"**{place}. {name}** ({known_by})"]
    if written:
        lines += [f"{escaped(step.claim)}. {escaped(step.text)}"]
    elif step.method != "cited":
        lines += [escaped(step.claim)]
        parts = [f"*Asked:* {escaped(step.text)}"]
        if step.control:
            parts.append(f"*Control {'refuted' if step.refuted else 'NOT REFUTED'}:* {escaped(step.control)}")
        if step.rests_on:
            parts.append(f"*Rests on written steps:* {escaped(step.rests_on)}")
        if step.code:
            parts.append(f"*Compared with the code:* {escaped(step.code)}")
        lines.append(folded("How it was checked", "\n\n".join(parts)))
    return "\n\n".join(lines)
