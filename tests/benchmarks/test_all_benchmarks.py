"""`make bench`: what is run, kept and said of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES, kept_and_compared, measured
from benchmarks.kept_runs import kept_runs
from benchmarks.machine import machine
from tests.benchmarks.recorded import report


def test_what_became_worse_is_said(tmp_path):
    places = tmp_path / "results", tmp_path / "page.html"
    said = kept_and_compared({"speed": report({"a": "100x"})}, "2026-01-01", *places)
    assert said[0] == f"kept: {tmp_path}/results/2026-01-01.json; all runs: {tmp_path}/page.html"
    assert "nothing to compare" in said[1]
    said = kept_and_compared({"speed": report({"a": "99x"})}, "2026-01-02", *places)
    assert said[1:] == ["No row's ratio to its baseline is worse by more than 20% than in the last run."]
    said = kept_and_compared({"speed": report({"a": "50x"})}, "2026-01-02", *places)
    assert said[-1] == "  speed: 8 outputs, a: 99x -> 50x, 1.98 times worse"
    runs = kept_runs(places[0])
    assert [own["date"] for own in runs] == ["2026-01-01", "2026-01-02", "2026-01-02"]
    assert all(own["machine"] == machine() and own["versions"]["jax"] for own in runs)
    assert "speed" in places[1].read_text()
    other = runs[-1] | {"machine": machine() | {"cores": 1000}}
    (places[0] / "2026-01-03.json").write_text(json.dumps(other))
    assert "another machine" in kept_and_compared({"speed": report({})}, "2026-01-04", *places)[1]


def test_one_that_fails_is_named_and_the_others_are_kept(tmp_path, monkeypatch):
    def pretend(command):
        name, path = command[2], Path(command[command.index("--out") + 1])
        assert command[:2] == [sys.executable, "-m"]
        assert command[-1] == "--quick"
        if name == "benchmarks.audit":
            return subprocess.CompletedProcess(command, 1)
        path.write_text(json.dumps(report({"a": "100x"}, quick=True)))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", pretend)
    reports, failed = measured(["hitting_times", "audit", "scale"], True, tmp_path)
    assert failed == ["audit"]
    assert sorted(reports) == ["hitting_times", "scale"]
    assert json.loads((tmp_path / "scale.json").read_text()) == reports["scale"]


@pytest.mark.parametrize("name", NAMES)
def test_there_is_a_module_for_every_name(name):
    assert (Path(__file__).parents[2] / "benchmarks" / f"{name}.py").exists()
