"""`flatscape audit`: outputs, exit codes, and one line for bad input."""

from __future__ import annotations

import json

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from flatscape.commands.audit import audit
from flatscape.process.outcome import Outcome
from tests.flatscape.audit.audited import noisy
from tests.flatscape.audit.json_schema import problems
from theory.errors import InvalidInputError

APP = typer.Typer()
APP.command()(audit)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def scores(tmp_path):
    path = tmp_path / "scores.csv"
    pl.DataFrame(noisy(8)).rename({"prompt": "ask"}).write_csv(path)
    return str(path)


def run(*arguments):
    return CliRunner().invoke(APP, [*map(str, arguments), "--resamples", "30"])


def test_tables_and_a_record(scores, tmp_path):
    out = tmp_path / "new" / "audit.json"
    result = run(scores, "--map", "prompt=ask", "reward=rm_0,rm_1", "--json", out)
    assert result.exit_code == 0, result.output
    assert "Verdict" in result.output
    record = json.loads(out.read_text(encoding="utf-8"))
    assert not list(problems(record))
    assert record["policies"][0]["models"] == ["rm_0", "rm_1"]


def test_json_alone_on_standard_output(scores):
    result = run(scores, "--map", "prompt=ask", "--json", "-", "--trainer", "verl", "--group-sizes", "2,3")
    record = json.loads(result.stdout)
    assert record["settings"]["trainer"] == "verl"
    assert record["settings"]["group_sizes"] == [2, 3]


@pytest.mark.parametrize(
    ("condition", "code"),
    [("dead-groups>0.5", 0), ("reward-variance>0@rm_1", int(Outcome.CONDITION)), ("simulated-gain<100", 3)],
)
def test_conditions_decide_the_exit_code(scores, condition, code):
    result = run(scores, "--map", "prompt=ask", "--fail-if", condition)
    assert result.exit_code == code, result.output


def test_teaching_is_as_asked_for(scores):
    options = ["--method", "ascent", "--step-size", "0.5", "--budget", "20", "--gain", "0.01", "--kl", "0.1"]
    result = run(scores, "--map", "prompt=ask", "--json", "-", *options, "--normalisation", "none", "--rule", "time")
    record = json.loads(result.stdout)
    assert record["settings"]["teaching"] == {
        "method": "ascent",
        "step_size": 0.5,
        "budget": 20.0,
        "kl_coefficient": 0.1,
        "gains": [0.01],
        "group_size": None,
    }
    assert record["policies"][0]["verdict"]["rule"].startswith("simulated time to the first gain")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv"], "missing.csv"),
        (["--fail-if", "dead-groups"], "--fail-if"),
        (["--fail-if", "nonsense>1"], "There is no measure 'nonsense'"),
        (["--trainer", "ppo"], "trainer: got ppo"),
        (["--map", "promt=ask"], "Did you mean prompt"),
        (["--method", "sgd"], "method: got 'sgd'"),
        (["--format", "nonsense"], "format: got 'nonsense'"),
        (["--json", "."], "--json"),
        (["--json", "same.out", "--html", "same.out"], "name another one"),
    ],
)
def test_bad_input(scores, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = arguments if arguments == ["missing.csv"] else [scores, *arguments]
    if "--map" not in arguments:
        given = [*given, "--map", "prompt=ask"]
    result = run(*given)
    assert isinstance(result.exception, InvalidInputError), result.output
    assert message in str(result.exception)
    assert result.output == ""
    assert not list(tmp_path.glob("same.out"))


def test_strictness_refuses_rows(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("prompt,rm\na,1\na,0\na,much\n")
    assert run(path).exit_code == 0
    assert "not a number" in str(run(path, "--strict").exception)
