"""Evidence by Coq: what it takes for a verdict, and what happens without Coq, a false proof, another theorem."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from proofs_check.coq import build
from proofs_check.coq.build import ALLOWED, SOURCE, Build, CoqRefuses
from proofs_check.coq.mutants import number_mutants
from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.formal import evidence as formal
from proofs_check.formal.printed import Printed, kept_printed
from proofs_check.formal.readings.catalog import FORMAL
from proofs_check.ledger.ledger import Ledger, make_ledger
from theory.statements.register import REGISTER, find_statement

LEMMA = [find_statement("lem4")]


def ledger(evidence: list[Evidence]) -> Ledger:
    return make_ledger(evidence, level="quick", seed=0, seconds=1.0)


def asked(monkeypatch, *, axioms=ALLOWED, printed: Printed | None = None) -> Evidence:
    """The evidence on Lemma 4 if Coq says this."""

    class Coq:
        version = "8.16.1 4.13.1"

        def __init__(self, out: Path) -> None: ...

        def compile(self, jobs: int) -> None: ...

        def printed(self, text: str) -> str:
            return "printed"

    monkeypatch.setattr(formal, "installed", lambda: True)
    monkeypatch.setattr(formal, "Build", Coq)
    monkeypatch.setattr(formal, "assumptions", lambda build, names, jobs: {name: set(axioms) for name in names})
    monkeypatch.setattr(formal, "read_printed", lambda text: printed or kept_printed())
    (found,) = formal.check_formally(LEMMA)
    return found


def test_a_theorem_that_is_the_statement(monkeypatch):
    found = asked(monkeypatch)
    assert (found.statement, found.method, found.verdict) == ("lem4", Method.FORMAL, Verdict.FORMAL)
    assert found.control.refuted
    assert found.control.violations == 7
    assert found.scope["axioms"] == sorted(ALLOWED)
    assert found.scope["place"].startswith("proofs_check/formal/Statements.v:")
    assert found.scope["compared"] == "its hypotheses at 17 points and its sides at 17 of them"
    assert ledger([found]).sound
    assert Evidence.from_record(found.to_record()) == found


def test_an_axiom_of_its_own_is_refused(monkeypatch):
    found = asked(monkeypatch, axioms=ALLOWED | {"unproved"})
    assert (found.verdict, found.reason) == (Verdict.REFUSED, "it rests on unproved")
    assert not ledger([found]).sound


def test_another_theorem_is_refused(monkeypatch):
    kept = kept_printed()
    assert kept is not None
    (mutant, *_) = (m for m in number_mutants(kept.theorems["lem4"]) if m.description.startswith("2.02 for 2"))
    found = asked(monkeypatch, printed=replace(kept, theorems={**kept.theorems, "lem4": mutant.term}))
    assert found.verdict is Verdict.REFUSED
    assert found.reason is not None
    assert "the theorem lem4 in Coq is not the statement of the register: its larger side" in found.reason
    assert not ledger([found]).sound


def test_a_proof_that_coq_refuses(monkeypatch):
    def refuse(*_: object) -> None:
        raise CoqRefuses("Statements.v", "Error:\n no")

    monkeypatch.setattr(formal, "installed", lambda: True)
    monkeypatch.setattr(formal, "Build", refuse)
    (found,) = formal.check_formally(LEMMA)
    assert (found.verdict, found.reason) == (Verdict.REFUSED, "Statements.v: Error: no")
    assert not ledger([found]).sound


def test_without_coq_it_is_not_run_and_never_a_success(monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    (found,) = formal.check_formally(LEMMA)
    assert (found.verdict, found.reason) == (Verdict.NOT_RUN, formal.NOT_RUN)
    assert not found.verdict.favourable
    assert not ledger([found]).sound
    other = replace(
        found, method=Method.SAMPLING, verdict=Verdict.SURVIVED, control=replace(found.control, refuted=True)
    )
    assert ledger([found, other]).sound


def test_what_is_not_compiled_is_not_compiled_unasked(monkeypatch, tmp_path):
    if not build.installed():
        pytest.skip("needs Coq")
    monkeypatch.setattr(formal, "build_folder", lambda: tmp_path)
    (found,) = formal.check_formally(LEMMA, compile=False)
    assert (found.verdict, found.reason) == (Verdict.NOT_RUN, formal.NOT_COMPILED)


def test_statements_without_a_theorem_are_passed_over(monkeypatch):
    monkeypatch.setattr(formal, "installed", lambda: 1 / 0)
    assert formal.check_formally([find_statement("time-rescaling")]) == []
    without = {s.id for s in REGISTER if s.origin == "paper"} - set(FORMAL)
    assert without <= {"probabilities", "shift-invariance", "time-rescaling"}
    assert {"s0", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s-thm5", "s-thm6", "s-prop4"} <= set(FORMAL)


# Coq itself, on Statements.v as far as S3.


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> tuple[Path, Path, str]:
    """The sources with Statements.v cut off after S3, the folder with all other files compiled, and its text."""
    if not build.installed():
        pytest.skip("needs Coq")
    made = Build(formal.build_folder().resolve())
    if not made.complete:
        pytest.skip("the formal proofs are not compiled here (make formal)")
    folder = tmp_path_factory.mktemp("formal")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copytree(made.out, folder / "out", ignore=shutil.ignore_patterns("*.txt"))
    text = (SOURCE / "Statements.v").read_text(encoding="utf-8")
    return folder / "source", folder / "out", text[: text.index("Theorem prop3 ")]


def test_an_edited_constant_is_refused_by_coq(compiled):
    source, out, text = compiled
    (source / "Statements.v").write_text(text.replace("(4 * INR prompts", "(402 / 100 * INR prompts"))
    with pytest.raises(CoqRefuses, match=r"Statements\.v"):
        Build(out, source).compile()


def test_an_edited_constant_without_a_proof_is_an_axiom(compiled):
    source, out, text = compiled
    start = text.index("Proof.", text.index("Theorem s3 "))
    edited = text[:start].replace("(4 * INR prompts", "(402 / 100 * INR prompts") + "Admitted.\n"
    (source / "Statements.v").write_text(edited)
    made = Build(out, source)
    made.compile()
    assert build.assumptions(made, ["s3"])["s3"] - ALLOWED == {"s3"}
