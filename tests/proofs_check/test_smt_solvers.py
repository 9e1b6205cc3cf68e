"""Solvers that answer, that take too long, that are missing, that die."""

from __future__ import annotations

import time

import pytest

from proofs_check import smt_solvers
from proofs_check.smt_formula import script
from proofs_check.smt_solvers import Outcome, Solvers

HARD = script(
    [f"x{i}**3 + y{i}*x{(i + 1) % 9}**2 == {i + 2} + z*y{(i + 4) % 9}**3" for i in range(9)],
    " + ".join(f"x{i}**4*y{i}**2" for i in range(9)) + " >= 17/5*z**5",
)
"""Eighteen unknowns in equations of the third degree: no solver settles it."""


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
