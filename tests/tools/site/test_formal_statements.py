"""Formal statements: each theorem as it stands in the file, with the statement that it is about."""

from __future__ import annotations

from theory.statements.register import REGISTER
from tools.site.formal_statements import STATEMENTS, formal_theorems, theorems_of

IDS = [s.id for s in REGISTER]


def test_every_theorem_stands_in_the_file_without_its_proof():
    file = STATEMENTS.read_text(encoding="utf-8")
    for name, text in formal_theorems().items():
        assert text in file
        assert text.startswith(f"Theorem {name}")
        assert text.endswith(".")
        assert "Qed" not in text
    assert len(formal_theorems()) == file.count("\nTheorem ")


def test_a_statement_has_its_own_theorem_first_or_those_that_go_on_from_it():
    assert list(theorems_of("s3", IDS)) == ["s3"]
    assert list(theorems_of("s5", IDS)) == ["s5", "s5_root"]
    assert list(theorems_of("s4", IDS)) == ["s4_contrast", "s4"]
    assert set(theorems_of("thm5-slow", IDS)) == {"thm5_slow", "thm5"}
    assert "s_lem11_set" in theorems_of("s-lem11", IDS)
    assert theorems_of("time-rescaling", IDS) == {}


def test_every_theorem_but_examples_of_flows_is_on_a_page():
    shown = {name for id in IDS for name in theorems_of(id, IDS)}
    assert set(formal_theorems()) - shown == {"flow_exists", "model_flow_exists"}
