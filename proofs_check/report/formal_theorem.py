"""The formal theorem of a statement in words and in Coq: what it says, where it stands, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofs_check.coq.build import ALLOWED
from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.formal.readings.catalog import FORMAL
from proofs_check.formal.source import theorem_sources
from proofs_check.report.sections import Line, Section, make_section

WHOLE = {"thm5-slow": "thm5", "thm5-fast": "thm5"}
"""Statements that are parts of a theorem which is formal as a whole, too."""


def formal_section(id: str, evidence: Sequence[Evidence]) -> list[Section]:
    """What Coq says of a statement; nothing where it has no formal theorem.

    **Arguments**: all `evidence` on the statement that there is, that of Coq among it if it was asked.
    """
    if id not in FORMAL:
        return []
    source = theorem_sources()[FORMAL[id]]
    found = next((item for item in evidence if item.method is Method.FORMAL), None)
    lines = [Line(source.text, verbatim=True), Line(f"It stands in {source.place}, with all definitions that it uses.")]
    lines += _checked(found)
    if id in WHOLE:
        whole = theorem_sources()[WHOLE[id]]
        lines.append(Line(f"The theorem {whole.theorem} joins both parts ({whole.place})."))
    verdict = Verdict.NOT_RUN if found is None else found.verdict
    return [make_section(f"Theorem of Coq: {verdict.value}", lines)]


def _checked(found: Evidence | None) -> Iterator[Line]:
    if found is None:
        yield Line("Coq was not asked: flatscape verify or make formal does.")
        return
    scope = found.scope
    if found.verdict is not Verdict.FORMAL:
        yield Line(f"{found.verdict.message} {found.reason}.")
        return
    axioms = ", ".join(scope["axioms"]) or "no axiom"
    standard = " (the real numbers and classical logic of Coq's library)" if set(scope["axioms"]) <= ALLOWED else ""
    yield Line(f"Checked by Coq {scope['coq'].split()[0]}. It assumes {axioms}{standard}.")
    yield Line(f"Compared with the register: {scope['compared']}.")
    if scope["not_needed"]:
        yield Line(f"The register asks besides: {scope['not_needed']}.")
    if scope["definitions"]:
        yield Line(f"Taken as given there, and compared on their own: {', '.join(scope['definitions'])}.")
