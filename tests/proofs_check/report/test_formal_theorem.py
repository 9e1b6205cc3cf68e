"""The formal theorem of a statement, as it is explained."""

from __future__ import annotations

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.report.formal_theorem import formal_section

CONTROL = ControlOutcome("twin", True, None, 3, None)
SCOPE = {
    "axioms": ["classic", "sig_not_dec"],
    "coq": "8.16.1 4.13.1",
    "compared": "its hypotheses at 20 points and its sides at 18 of them",
    "not_needed": "T >= 1",
    "definitions": ["gradient_flow", "hitting_time"],
}
CHECKED = Evidence("thm5-slow", Method.FORMAL, Verdict.FORMAL, CONTROL, scope=SCOPE)


def text(id: str, evidence: list[Evidence]) -> str:
    (section,) = formal_section(id, evidence)
    return "\n".join([section.heading, *(line.text for line in section.lines)])


def test_what_was_checked():
    shown = text("thm5-slow", [CHECKED])
    assert shown.startswith("Theorem of Coq: formal\nTheorem thm5_slow prompts n r g lam theta x gamma lo T :")
    assert "It stands in proofs_check/formal/Statements.v:" in shown
    assert "Checked by Coq 8.16.1. It assumes classic, sig_not_dec (the real numbers" in shown
    assert "The register asks besides: T >= 1." in shown
    assert "compared on their own: gradient_flow, hitting_time." in shown
    assert "The theorem thm5 joins both parts" in shown


def test_what_was_not():
    assert "Coq was not asked" in text("thm4", [])
    missing = Evidence("thm4", Method.FORMAL, Verdict.NOT_RUN, CONTROL, reason="Coq is not installed")
    shown = text("thm4", [missing])
    assert shown.startswith("Theorem of Coq: not run here")
    assert "Coq is not installed." in shown
    assert "Checked by" not in shown


def test_a_statement_without_a_theorem():
    assert formal_section("time-rescaling", []) == []
