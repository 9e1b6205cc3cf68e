"""`flatscape verify`: the ledger on the terminal and in a file, and what each outcome exits with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import typer

from flatscape.commands import verify
from flatscape.commands.verify import Level
from proofs_check.certificates.hitting_times import CERTIFIED_LEVELS, CertifiedSettings
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import make_ledger
from proofs_check.sampling import tabular as sampling
from proofs_check.sampling.groups import GROUP_LEVELS, GroupSettings
from proofs_check.sampling.tabular import Settings
from proofs_check.search.groups import GROUP_SEARCH_LEVELS
from proofs_check.search.tabular import TABULAR_SEARCH_LEVELS
from theory.errors import InvalidInputError

TINY = Settings(sizes=(2,), problems=48, regularized_problems=8, policies=64, regularized_sizes=())


TINY_SEARCH = {"outputs": (2,), "restarts": 2, "generations": 2}


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tmp_path):
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sampling.LEVELS, "quick", TINY)
    monkeypatch.setitem(TABULAR_SEARCH_LEVELS, "quick", replace(TABULAR_SEARCH_LEVELS["quick"], **TINY_SEARCH))
    monkeypatch.setitem(CERTIFIED_LEVELS, "quick", CertifiedSettings((2,), problems=1, most_steps=60))


def test_the_ledger_in_a_file_and_on_the_terminal(tmp_path, capsys):
    path = tmp_path / "new" / "ledger.json"
    verify.verify(
        ["lem3", "thm5", "thm2"],
        level=Level.quick,
        seed=4,
        json_file=path,
        language_model=False,
        formal=False,
        workers=1,
    )
    ledger = json.loads(path.read_text())
    assert ledger["sound"] is True
    assert {e["method"] for e in ledger["evidence"]} == {"proof", "certified", "sampling", "search"}
    sampled = [e for e in ledger["evidence"] if e["method"] == "sampling"]
    assert [e["statement"] for e in sampled] == ["lem3", "thm5-slow", "thm5-fast"]
    for entry in sampled:
        assert (entry["violations"], entry["control"]["refuted"], entry["seed"]) == (0, True, 4)
        assert entry["instances"] >= 48
        assert entry["tightness"] >= 1
    shown = capsys.readouterr().out
    assert "Sound: no statement is violated" in shown
    assert "lem3" in shown


def test_a_lemma_about_functions_is_proved_and_not_sampled(tmp_path, capsys):
    path = tmp_path / "ledger.json"
    verify.verify(
        ["lem1", "time-rescaling"], level=Level.quick, seed=0, json_file=path, language_model=False, formal=False
    )
    ledger = json.loads(path.read_text())
    rows = [(e["statement"], e["number"], e["method"], e["verdict"]) for e in ledger["evidence"]]
    assert rows == [("lem1", "Lemma 1", "proof", "proved"), ("time-rescaling", "Eq (4)", "proof", "proved")]
    assert ledger["sound"] is True
    assert "every size" in capsys.readouterr().out


def evidence(**change):
    control = ControlOutcome("twin", True, 0.9, 1, {})
    return replace(Evidence("s3", Method.SAMPLING, Verdict.SURVIVED, control, instances=5, tightness=1.2), **change)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"verdict": Verdict.VIOLATED, "violations": 1}, 1),
        ({"control": ControlOutcome("twin", False, None, 0, None)}, 1),
        ({"verdict": Verdict.NOT_APPLICABLE, "instances": 0, "tightness": None, "reason": "none met them"}, 1),
    ],
)
def test_exit_codes(monkeypatch, capsys, change, code):
    ledger = make_ledger([evidence(**change)], level="quick", seed=0, seconds=1.0)
    monkeypatch.setattr(verify, "run", lambda *_, **__: ledger)
    if code is None:
        verify.verify([], level=Level.quick, seed=0, json_file=None, language_model=False, formal=False, workers=1)
    else:
        with pytest.raises(typer.Exit) as caught:
            verify.verify([], level=Level.quick, seed=0, json_file=None, language_model=False, formal=False, workers=1)
        assert caught.value.exit_code == code
        assert "NOT SOUND" in capsys.readouterr().out


def test_a_violated_ledger_is_written_all_the_same(monkeypatch, tmp_path):
    ledger = make_ledger([evidence(verdict=Verdict.VIOLATED, violations=1)], level="quick", seed=0, seconds=1.0)
    monkeypatch.setattr(verify, "run", lambda *_, **__: ledger)
    with pytest.raises(typer.Exit):
        verify.verify(
            [], level=Level.quick, seed=0, json_file=tmp_path / "l.json", language_model=False, formal=False, workers=1
        )
    assert json.loads((tmp_path / "l.json").read_text())["sound"] is False


def test_what_came_to_no_result_is_said_once_and_beside_a_sound_verdict(monkeypatch, capsys):
    none = {"verdict": Verdict.UNKNOWN, "method": Method.LANGUAGE_MODEL, "instances": 0, "tightness": None}
    none |= {"control": ControlOutcome("twin", False, None, 0, None), "reason": "it cannot be fetched."}
    found = [evidence(), evidence(statement="prop3"), evidence(**none), evidence(statement="prop3", **none)]
    ledger = make_ledger(found, level="quick", seed=0, seconds=1.0)
    monkeypatch.setattr(verify, "run", lambda *_, **__: ledger)
    verify.verify([], level=Level.quick, seed=0, json_file=None, language_model=True, workers=1)
    shown = " ".join(capsys.readouterr().out.split())
    assert "each was checked in at least one way" in shown
    assert shown.endswith("No result by language model (unknown) for prop3, s3: it cannot be fetched.")
    assert "unchecked" not in shown


def test_bad_input_is_found_before_anything_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(verify, "run", lambda *_, **__: 1 / 0)
    with pytest.raises(InvalidInputError, match="statement: got 'nonsense'"):
        verify.verify(
            ["lem3", "nonsense"],
            level=Level.quick,
            seed=0,
            json_file=None,
            language_model=False,
            formal=False,
            workers=1,
        )
    with pytest.raises(InvalidInputError, match=r"--json: .*folder"):
        verify.verify(
            ["lem3"], level=Level.quick, seed=0, json_file=tmp_path, language_model=False, formal=False, workers=1
        )
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="--json: "):
        verify.verify(
            ["lem3"], level=Level.quick, seed=0, json_file=tmp_path / "file" / "l.json", language_model=False, workers=1
        )


def test_the_statements_of_one_paper(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(GROUP_LEVELS, "quick", GroupSettings((3,), groups=50, prompts=10, draws=10))
    monkeypatch.setitem(GROUP_SEARCH_LEVELS, "quick", (2, 5))
    path = tmp_path / "ledger.json"
    verify.verify(None, paper="arXiv:2504.13818", level=Level.quick, json_file=path, language_model=False, workers=1)
    ledger = json.loads(path.read_text())
    assert ledger["sound"] is True
    assert {e["statement"] for e in ledger["evidence"]} == {"largest-variance"}
    assert {e["method"] for e in ledger["evidence"]} == {"proof", "sampling", "search"}
    assert {e["origin"] for e in ledger["evidence"]} == {"2504.13818"}
    assert "largest-variance" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ids", "paper", "said"),
    [(None, "2504.1", "Give the number of a paper"), (["lem3"], "2504.13818", "None of lem3 comes from it")],
)
def test_papers_that_there_are_none_of(ids, paper, said):
    with pytest.raises(InvalidInputError, match=said):
        verify.verify(ids, paper=paper, language_model=False)
