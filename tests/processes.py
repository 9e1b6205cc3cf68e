"""Processes as the tests see them: a command that is started for real, and everything it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sims.parallel.cores import RESERVED_CORES

ROOT = Path(__file__).parents[1]

PATIENCE = 120.0
"""Seconds after which a test gives up waiting: no claim about speed."""


def start(*command: str, folder: Path) -> subprocess.Popen[str]:
    """A command in a session of its own, with its outputs as pipes."""
    return subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=_every_core() | {"FLATSCAPE_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        preexec_fn=_use_every_core,
    )


def _every_core() -> dict[str, str]:
    # A process of the test run keeps to its share of the cores, which it would hand on in two ways.
    return {name: value for name, value in os.environ.items() if name != RESERVED_CORES}


def _use_every_core() -> None:
    # Tests that run in the background of a script, or under nohup, are deaf to these, which they would hand on too.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _state(pid: int) -> tuple[str, int]:
    """A process's state and its parent's number."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return fields[0], int(fields[1])


def alive(pid: int) -> bool:
    """Whether a process is there, and not only its exit code."""
    try:
        return _state(pid)[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """The numbers of the processes that a process has started, and that those have."""
    parents: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parents[int(path.name)] = _state(int(path.name))[1]
            except OSError:
                continue
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [grandchild for child in found for grandchild in descendants(child)]


def command_line(pid: int) -> str:
    """What a process was started as."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """**Raises** `AssertionError` if it does not hold in the end."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"still not: {what}"
        time.sleep(0.02)


def ask_forever(name: str) -> None:
    """A question that no solver settles, to one of them: a worker's work."""
    from proofs_check.smt.solvers import Solvers
    from tests.hard_question import HARD

    with Solvers(seconds=1000.0, names=(name,)) as solvers:
        print("asking", flush=True)
        solvers.ask(HARD)
