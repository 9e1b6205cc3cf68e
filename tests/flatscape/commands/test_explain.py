"""`flatscape explain`: whole families, from a ledger and without one, bad input, and the instance as a file."""

from __future__ import annotations

import json
import re

import pytest

from flatscape.commands import explain as command
from flatscape.input.problem_file import read_problems
from proofs_check.certificates import lemmas
from proofs_check.evidence.proof import Proof
from proofs_check.proofs import register as proof_register
from tests.ledger_example import PROBLEM, record, smt_step
from theory.errors import InvalidInputError
from theory.statements.register import REGISTER


@pytest.fixture
def quick_proofs(monkeypatch):
    """Proofs of a step each, as what is tested is not the solvers."""
    monkeypatch.setattr(proof_register, "find_proofs", lambda ids, **_: [Proof(id, (smt_step(),)) for id in ids])
    monkeypatch.setattr(lemmas, "decide_lemmas", lambda statements: [])


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A ledger's file, in a folder of its own, with no other ledger about."""
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "some.json"
    path.write_text(json.dumps(record()))
    return path


def explained(capsys, id, **options):
    command.explain(id, **({"ledger": None, "text": False, "instance": None, "force": False} | options))
    return capsys.readouterr().out


@pytest.mark.usefixtures("quick_proofs")
def test_a_family_is_explained_with_how_its_parts_join(capsys, file):
    shown = explained(capsys, "thm5", ledger=file)
    assert shown.startswith("thm5 is 2 statements: thm5-slow, thm5-fast")
    assert "holds both at once" in shown
    for title in ("An accurate model of narrow range is slow", "A less accurate model can be fast"):
        assert re.search(rf"^Theorem 5: {title}", shown, re.MULTILINE)
    assert "level quick, seed 5, written 20" in " ".join(shown.split())
    assert "@inproceedings" in shown
    assert shown.count("Cite\n") == 1


@pytest.mark.usefixtures("quick_proofs")
@pytest.mark.parametrize(
    ("asked", "heading"),
    [("thm2", "Theorem 5"), ("thm1", "Theorem 4"), ("THM3", "Theorem 6"), ("lem5", "Lemma 5"), ("s2", "S2")],
)
def test_other_names(capsys, file, asked, heading):
    shown = explained(capsys, asked, ledger=file)
    assert re.search(rf"^{heading}: ", shown, re.MULTILINE)
    assert ("abridged form" in shown) == asked.lower().startswith("thm")


AUXILIARY = sorted(proof_register.PROOFS.keys() - {statement.id for statement in REGISTER})
"""Proofs that are only cited."""


@pytest.mark.parametrize("asked", ["thm5", "lem1", "s3", *AUXILIARY[:1]])
def test_what_is_known_is_shown_before_the_proof_is_checked(capsys, file, monkeypatch, asked):
    shown, reported = [], []

    def find_proofs(ids, *, progress):
        shown.append(capsys.readouterr().out)
        reported.append(callable(progress))
        return [Proof(id, (smt_step(),)) for id in ids]

    monkeypatch.setattr(proof_register, "find_proofs", find_proofs)
    monkeypatch.setattr(lemmas, "decide_lemmas", lambda statements: [])
    rest = explained(capsys, asked)
    (first,) = shown
    assert reported == [True]
    assert "====" in first
    assert ("Claim\n" in first) == (asked not in AUXILIARY)
    assert "Proof" not in first.replace("proofs cite", "")
    # Coq's theorem, where there is one, comes before the proof.
    assert rest.startswith(("\nProof: ", "\nTheorem of Coq: "))
    assert "\nProof: " in rest
    assert rest.count("Cite\n") == 1


def test_a_proof_and_boxes_checked_now_without_a_ledger(capsys, file):
    shown = explained(capsys, "def2")
    assert "Proof: proved, checked now" in shown
    assert "No ledger was read" in shown
    assert "Var_π[r] = ½E" in shown
    shown = explained(capsys, "lem10")
    assert "boxes in ball arithmetic: decided now" in shown


def test_a_lemma_outside_the_register(capsys, file):
    shown = explained(capsys, "lem1", ledger=file)
    assert "Lemma 1" in shown
    assert "Argument: The mean value theorem." in shown


@pytest.mark.usefixtures("quick_proofs")
def test_the_default_ledger_is_read_if_there_is_one(capsys, file):
    (file.parent / "out").mkdir()
    file.rename(file.parent / "out" / "ledger.json")
    assert "From out/ledger.json: level quick, seed 5" in explained(capsys, "s6")


@pytest.mark.usefixtures("quick_proofs")
def test_the_instance_is_what_simulate_reads(capsys, file):
    path = file.parent / "new" / "problem.json"
    shown = explained(capsys, "thm5-slow", ledger=file, instance=path)
    assert f"from the ledger) is in {path}: flatscape simulate reads it." in shown
    assert json.loads(path.read_text()) == PROBLEM
    ((given,), single) = read_problems(path, None)
    assert (given.increase, single) == (0.001, True)


@pytest.mark.usefixtures("quick_proofs")
@pytest.mark.parametrize(
    ("id", "why"),
    [
        ("s6", "not problems over listed outputs"),
        ("thm5", "Name one statement"),
        ("time-rescaling", "no problem that"),
        ("lem1", "no problem that"),
    ],
)
def test_there_is_not_always_an_instance_which_is_said_before_any_work(monkeypatch, file, id, why):
    monkeypatch.setattr(proof_register, "find_proofs", lambda ids, **_: 1 / 0)
    path = file.parent / "problem.json"
    with pytest.raises(InvalidInputError, match=f"--instance: .*{why}"):
        command.explain(id, ledger=file, text=False, instance=path)
    assert not path.exists()


@pytest.mark.usefixtures("quick_proofs")
@pytest.mark.parametrize("id", ["prop3", "prop4", "lem11", "prop1", "lem10"])
def test_without_a_ledger_an_instance_is_found_on_the_spot(capsys, file, id):
    path = file.parent / "problem.json"
    shown = explained(capsys, id, instance=path)
    assert "drawn now, as no ledger has one" in shown
    assert f"is in {path}" in shown
    read_problems(path, 0.1)


@pytest.mark.usefixtures("quick_proofs")
def test_a_file_that_exists_is_replaced_only_by_force(monkeypatch, capsys, file):
    path = file.parent / "problem.json"
    path.write_text("mine")
    with monkeypatch.context() as patch:
        patch.setattr(proof_register, "find_proofs", lambda ids, **_: 1 / 0)
        with pytest.raises(InvalidInputError, match=r"--instance: .*exists already.*--force"):
            command.explain("thm5-slow", ledger=file, text=False, instance=path)
        assert path.read_text() == "mine"
        with pytest.raises(InvalidInputError, match="--force: got no --instance"):
            command.explain("thm5-slow", ledger=file, text=False, instance=None, force=True)
    explained(capsys, "thm5-slow", ledger=file, instance=path, force=True)
    assert json.loads(path.read_text()) == PROBLEM


@pytest.mark.usefixtures("quick_proofs")
def test_an_instance_that_is_no_problem_is_not_written(file):
    changed = record()
    for item in changed["evidence"]:
        if item["tightest"] and "problem" in item["tightest"]:
            item["tightest"]["problem"] = {"proxy_reward": "x"}
    file.write_text(json.dumps(changed))
    with pytest.raises(InvalidInputError, match="--ledger: the instance of thm5-slow"):
        command.explain("thm5-slow", ledger=file, text=False, instance=file.parent / "problem.json")
    assert not (file.parent / "problem.json").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "flatscape ledger 1"}', "[" * 100_000])
def test_a_damaged_ledger_is_one_clear_error_before_anything_runs(monkeypatch, file, content):
    monkeypatch.setattr(proof_register, "find_proofs", lambda ids, **_: 1 / 0)
    file.write_text(content)
    with pytest.raises(InvalidInputError, match=r"--ledger: got .*flatscape verify --json"):
        command.explain("def2", ledger=file, text=False, instance=None)


def test_other_bad_input(monkeypatch, file):
    monkeypatch.setattr(proof_register, "find_proofs", lambda ids, **_: 1 / 0)
    with pytest.raises(InvalidInputError, match=r"--ledger: .*no such file"):
        command.explain("def2", ledger=file.parent / "missing.json", text=False, instance=None)
    for id in ("nonsense", "", "thm", "-"):
        with pytest.raises(InvalidInputError, match=r"statement: got .*Known statements: def2.*lem1, lem2"):
            command.explain(id, ledger=file, text=False, instance=None)
    with pytest.raises(InvalidInputError, match="Did you mean popoviciu"):
        command.explain("popovicu", ledger=file, text=False, instance=None)
    with pytest.raises(InvalidInputError, match=r"--instance: .*folder"):
        command.explain("def2", ledger=file, text=False, instance=file.parent)
