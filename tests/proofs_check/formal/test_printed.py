"""What Coq prints: what is asked, and what is kept of it."""

from __future__ import annotations

import re

import pytest

from proofs_check.coq.build import Build, installed
from proofs_check.formal.evidence import build_folder
from proofs_check.formal.printed import KEPT, STATEMENTS, kept_printed, kept_text, read_printed, script


def test_every_theorem_and_every_definition_is_asked_for():
    statements = "(* Theorem no. *)\nDefinition a := 1.\nTheorem b : a = 1.\nLemma c : a = 1.\n"
    asked = script(statements)
    assert re.findall(r"(?:Check|Print) Statements\.(\w+)", asked) == ["b", "a"]
    assert "Set Printing All." in asked


def test_the_kept_text_belongs_to_the_statements():
    found = kept_printed()
    assert found is not None
    assert {"s3", "thm4", "thm5"} <= set(found.theorems)
    assert "Statements.variance" in found.definitions


def test_what_is_kept_holds_the_same_terms(monkeypatch, tmp_path):
    text = KEPT.read_text(encoding="utf-8").partition("\n")[2]
    again = kept_text(text.replace(" : ", "     : "), STATEMENTS.read_text(encoding="utf-8"))
    assert read_printed(again.partition("\n")[2]) == read_printed(text)


@pytest.mark.skipif(not installed(), reason="needs Coq")
def test_coq_prints_what_is_kept():
    build = Build(build_folder())
    if not build.complete:
        pytest.skip("the formal proofs are not compiled here (make formal)")
    found, kept = read_printed(build.printed(script(STATEMENTS.read_text(encoding="utf-8")))), kept_printed()
    assert kept is not None
    assert (found.theorems, found.definitions) == (kept.theorems, kept.definitions)
