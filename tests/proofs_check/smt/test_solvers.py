"""Solvers that answer, that take too long, that are missing, that die."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proofs_check.smt import solvers as smt_solvers
from proofs_check.smt.formula import script
from proofs_check.smt.solvers import Outcome, Solvers
from tests.hard_question import HARD
from tests.processes import alive, wait_until


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """Puts a program in the place of the worker."""

    def replace(program):
        path = tmp_path / "worker.py"
        path.write_text(program)
        monkeypatch.setattr(smt_solvers, "_WORKER", path)

    return replace


def test_answers():
    with Solvers() as solvers:
        assert [a.outcome for a in solvers.ask(script(["x > 0"], "x > 1"))] == [Outcome.SAT] * 2
        assert [a.outcome for a in solvers.ask(script(["x > 1"], "x**2 > 1"))] == [Outcome.UNSAT] * 2
        assert [a.solver for a in solvers.ask(script(["x > 0"]))] == ["z3", "cvc5"]


def test_a_time_out_is_unknown_and_the_solver_works_again():
    with Solvers(seconds=0.2, names=("z3",)) as solvers:
        started = time.monotonic()
        (answer,) = solvers.ask(HARD)
        assert answer.outcome is Outcome.UNKNOWN
        assert "z3 was stopped after 0.2 s" in answer.reason
        assert time.monotonic() - started < 10
        solvers.seconds = 10.0
        assert solvers.ask(script(["x > 1"], "x > 0"))[0].outcome is Outcome.UNSAT


def test_a_script_that_makes_no_sense_is_unknown():
    with Solvers() as solvers:
        for answer in solvers.ask("(assert (> x 1))"):
            assert answer.outcome is Outcome.UNKNOWN
            assert answer.reason


def test_a_missing_solver_is_unknown(worker):
    real = smt_solvers._WORKER
    worker(f"import runpy, sys\nsys.modules['cvc5'] = None\nrunpy.run_path({str(real)!r}, run_name='__main__')\n")
    with Solvers() as solvers:
        z3, cvc5 = solvers.ask(script(["x > 0"]))
        assert z3.outcome is Outcome.SAT
        assert cvc5.outcome is Outcome.UNKNOWN
        assert "cvc5 is not installed" in cvc5.reason


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise SystemExit(3)", "did not start"),
        ('print(\'["ready", ""]\', flush=True)', "ended without an answer"),
    ],
)
def test_a_solver_that_dies_is_unknown(worker, program, reason):
    worker(program)
    with Solvers(names=("z3",)) as solvers:
        (answer,) = solvers.ask(script(["x > 0"]))
        assert answer.outcome is Outcome.UNKNOWN
        assert reason in answer.reason


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc")
@pytest.mark.parametrize("name", ["z3", "cvc5"])
def test_a_solver_ends_with_its_input_even_amid_a_question(name):
    """z3 lets the thread that listens run; cvc5 does not, and ends when the question's time is over."""
    process = subprocess.Popen(
        [sys.executable, "-P", str(smt_solvers._WORKER), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert json.loads(process.stdout.readline()) == ["ready", ""]
    process.stdin.write(json.dumps([HARD, 3600.0 if name == "z3" else 0.5]) + "\n")
    process.stdin.close()
    wait_until(lambda: not alive(process.pid), "the solver has ended")
    assert process.stdout.read() == ""
    process.wait()
