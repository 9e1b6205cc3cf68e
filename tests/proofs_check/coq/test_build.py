"""The runner of Coq: what is compiled again, what is kept, and what happens without Coq."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs_check.coq import build
from proofs_check.coq.build import Build, CoqMissing, CoqRefuses, axioms, blocks, keys, requirements

needs_coq = pytest.mark.skipif(not build.installed(), reason="needs Coq")

GROUND = "(** Ground. *)\nLemma two : 1 + 1 = 2.\nProof. reflexivity. Qed.\n"
STATEMENTS = """(** From Flat Require Nothing. *)
From Flat Require Ground.
Theorem four : 2 + 2 = 4.
Proof. reflexivity. Qed.
"""
ASSUMED = STATEMENTS.replace("reflexivity. Qed", "Admitted")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "ground").mkdir(parents=True)
    (source / "ground/Ground.v").write_text(GROUND)
    (source / "Statements.v").write_text(STATEMENTS)
    return source


def test_what_a_file_requires_is_read_without_its_comments():
    text = (
        "(* From Flat Require No. *) From Coq Require Import R.\nFrom Flat Require Import A\n  B.\nFrom Flat Require C."
    )
    assert requirements(text) == ["A", "B", "C"]


def test_a_key_changes_with_the_file_with_what_it_requires_and_with_coq(folder):
    before = keys(folder, "8.16")
    assert keys(folder, "8.16") == before
    assert set(keys(folder, "8.17").values()).isdisjoint(before.values())
    (folder / "Statements.v").write_text(STATEMENTS + "\n")
    changed = keys(folder, "8.16")
    assert changed["Ground"] == before["Ground"]
    assert changed["Statements"] != before["Statements"]
    (folder / "ground/Ground.v").write_text(GROUND + "\n")
    assert keys(folder, "8.16")["Statements"] not in (before["Statements"], changed["Statements"])


def test_a_file_that_is_not_there_is_named(folder):
    (folder / "Statements.v").write_text("From Flat Require Missing.\n")
    with pytest.raises(CoqRefuses, match="Missing"):
        keys(folder)


def test_without_coq_nothing_is_built(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    assert not build.installed()
    with pytest.raises(CoqMissing, match="apt-get install coq"):
        Build(tmp_path / "out", folder)


def test_axioms_are_read_from_what_coq_prints():
    output = """Axioms:
ClassicalDedekindReals.sig_forall_dec
  : forall P : nat -> Prop,
    (forall n : nat, {P n} + {~ P n}) -> {n : nat | ~ P n} + {forall n : nat, P n}
Classical_Prop.classic : forall P : Prop, P \\/ ~ P
Closed under the global context
Axioms:
unproved : False
"""
    assert axioms(output) == [{"sig_forall_dec", "classic"}, set(), {"unproved"}]
    assert "".join(blocks(output)) == output
    assert not {"unproved"} <= build.ALLOWED


@needs_coq
def test_only_what_has_changed_is_compiled(folder, tmp_path):
    def compiled() -> list[str]:
        names: list[str] = []
        made = Build(tmp_path / "out", folder)
        made.compile(2, names.append)
        assert made.complete
        return names

    assert compiled() == ["Ground", "Statements"]
    assert compiled() == []
    (folder / "Statements.v").write_text(STATEMENTS + "(* more *)\n")
    assert compiled() == ["Statements"]
    (tmp_path / "out/ground/Ground.vo").write_bytes(b"another")
    assert not Build(tmp_path / "out", folder).complete
    assert compiled() == ["Ground"]


@needs_coq
def test_what_coq_prints_is_kept(folder, tmp_path, monkeypatch):
    made = Build(tmp_path / "out", folder)
    made.compile()
    assert build.assumptions(made, ["four"]) == {"four": set()}
    script = "From Flat Require Statements.\nCheck Statements.four.\n"
    text = made.printed(script)
    assert "Statements.four" in text
    monkeypatch.setattr(Build, "_coqc", lambda *_: 1 / 0)
    again = Build(tmp_path / "out", folder)
    assert (again.printed(script), build.assumptions(again, ["four"])) == (text, {"four": set()})


@needs_coq
def test_a_false_proof_is_refused_and_a_missing_one_shows(folder, tmp_path):
    (folder / "Statements.v").write_text(STATEMENTS.replace("= 4", "= 5"))
    with pytest.raises(CoqRefuses, match=r"(?s)Statements.v: .*Unable to unify"):
        Build(tmp_path / "out", folder).compile()
    (folder / "Statements.v").write_text(ASSUMED)
    made = Build(tmp_path / "out", folder)
    made.compile()
    assert build.assumptions(made, ["four"])["four"] - build.ALLOWED == {"four"}
