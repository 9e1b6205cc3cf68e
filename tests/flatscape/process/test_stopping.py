"""Runs that are stopped from outside, for real: no process is left, no half-written file, and one line says how to go
on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from flatscape.process.stopping import Stopping
from tests.processes import alive, command_line, descendants, start, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc")

VERIFY = ["verify", "prop3", "s3", "--workers", "2", "--no-language-model", "--no-formal"]
FIGURES = ["figures", "published-correlations", "hitting-time-vs-variance", "--workers", "2"]


def started(tmp_path, arguments, ready):
    """The process, once those that work for it are there."""
    process = start("-m", "flatscape", *arguments, folder=tmp_path)
    wait_until(lambda: ready(descendants(process.pid)) or process.poll() is not None, "workers at work")
    assert process.poll() is None, process.stderr.read()
    return process, descendants(process.pid)


def two_workers(pids):
    return sum("spawn_main" in command_line(pid) for pid in pids) >= 2


def a_solver(pids):
    return any("worker.py" in command_line(pid) for pid in pids)


def end(process, helpers, number, group):
    (os.killpg if group else os.kill)(process.pid, number)
    process.wait()
    wait_until(lambda: not any(alive(pid) for pid in helpers), "no process left")
    return process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "ready", "number", "group", "code"),
    [
        (VERIFY, two_workers, signal.SIGINT, True, 130),
        (VERIFY, two_workers, signal.SIGTERM, False, 143),
        pytest.param(VERIFY, two_workers, signal.SIGTERM, True, 143, marks=pytest.mark.slow),
        pytest.param(VERIFY, two_workers, signal.SIGHUP, True, 129, marks=pytest.mark.slow),
        pytest.param(FIGURES, two_workers, signal.SIGTERM, False, 143, marks=pytest.mark.slow),
        pytest.param(["paper"], two_workers, signal.SIGINT, True, 130, marks=pytest.mark.slow),
        (["explain", "prop4"], a_solver, signal.SIGTERM, False, 143),
    ],
)
def test_a_signal_ends_all_of_it(tmp_path, arguments, ready, number, group, code):
    process, helpers = started(tmp_path, arguments, ready)
    said = end(process, helpers, number, group)
    assert process.returncode == code
    lines = [text for text in said.splitlines() if text]
    assert len(lines) == 1, said
    (line,) = lines
    assert line.startswith(f"stopped by {number.name}")
    assert (f"To go on from there: flatscape {' '.join(arguments)}" in line) == (arguments[0] != "explain")
    left = [path for path in tmp_path.rglob("*") if path.is_file() and "compiled" not in path.parts]
    # The cache keeps finished parts, and nothing is left of a file that was being written.
    assert not [path for path in left if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("arguments", "ready"),
    [(VERIFY, two_workers), pytest.param(["explain", "prop4"], a_solver, marks=pytest.mark.slow)],
)
def test_workers_and_solvers_end_with_a_run_that_was_killed(tmp_path, arguments, ready):
    process, helpers = started(tmp_path, arguments, ready)
    end(process, helpers, signal.SIGKILL, False)
    assert process.returncode == -signal.SIGKILL


DEAF = """
import sys, time
sys.argv = ["flatscape", "figures"]
from flatscape.commands import figures
def deaf(*_, **__):
    print("deaf", flush=True)
    while True:
        try:
            time.sleep(100)
        except BaseException:
            pass
figures.draw_all = deaf
from flatscape.cli import main
main()
"""


def test_a_run_that_does_not_listen_is_ended_all_the_same(tmp_path):
    process = start("-c", DEAF, folder=tmp_path)
    assert process.stdout.readline() == "deaf\n"
    assert "To go on from there: flatscape figures" in end(process, [], signal.SIGTERM, False)
    assert process.returncode == 143


UNRAISABLE = """
import signal, sys, time
sys.argv = ["flatscape", "figures"]
from flatscape.commands import figures
class Noisy:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
def lost(*_, **__):
    Noisy()
    time.sleep(1000)
figures.draw_all = lost
from flatscape.cli import main
main()
"""


def test_a_signal_that_comes_while_nothing_can_be_raised_makes_no_noise(tmp_path):
    process = start("-c", UNRAISABLE, folder=tmp_path)
    shown, said = process.communicate()
    assert (process.returncode, shown, said.count("\n")) == (143, "", 1)


IGNORING = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
sys.argv = ["flatscape", "figures"]
from flatscape.commands import figures
from pathlib import Path
def short(*_, **__):
    signal.raise_signal(signal.SIGHUP)
    return Path("page")
figures.draw_all = short
from flatscape.cli import main
main()
"""


def test_a_signal_that_was_ignored_before_stays_ignored(tmp_path):
    """As by nohup."""
    process = start("-c", IGNORING, folder=tmp_path)
    assert process.communicate() == ("Open page\n", "")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "goes_on"),
    [
        (["simulate", "p.parquet", "--out", "r.parquet"], True),
        (["simulate", "p.parquet", "--out=r.parquet"], True),
        (["simulate", "p.json", "--json"], False),
    ],
)
def test_problems_from_a_table_go_on_where_others_are_gone(capsys, arguments, goes_on):
    Stopping(arguments).say(signal.SIGTERM)
    said = capsys.readouterr().err
    assert said.startswith("stopped by SIGTERM; ")
    assert said.endswith(
        f"To go on from there: flatscape {' '.join(arguments)}\n" if goes_on else "nothing is left behind.\n"
    )
