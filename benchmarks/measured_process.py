"""Contestants of a benchmark in processes of their own: they take turns, and each one's peak memory is its own.

A contestant is a module that calls `serve` with its tasks. It may run under another interpreter than the benchmark.
This module needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]

Task = Callable[[], Any]
"""What a contestant is asked to do; what it returns, JSON can hold."""


def serve(tasks: Mapping[str, Task]) -> None:
    """Answer requests, one name of a task a line, until standard input ends: seconds, CPU seconds, MiB, and the result.

    The memory is the most that the process has held during the task, its libraries and parameters included.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        forget_peak()
        processor, started = time.process_time(), time.perf_counter()
        result = tasks[line.strip()]()
        seconds, used = time.perf_counter() - started, time.process_time() - processor
        answer = {"seconds": seconds, "cpu_seconds": used, "peak_mib": peak_mib(), "result": result}
        print(json.dumps(answer), file=answers, flush=True)


def forget_peak() -> None:
    """Let the peak memory of this process begin anew (Linux: proc(5), clear_refs)."""
    path = Path("/proc/self/clear_refs")
    if path.exists():
        path.write_text("5")


def peak_mib() -> float | None:
    """The most memory that this process has held, in MiB; None where Linux's /proc is missing."""
    path = Path("/proc/self/status")
    if not path.exists():
        return None
    return next(int(line.split()[1]) / 1024 for line in path.read_text().splitlines() if line.startswith("VmHWM"))


class Contestant:
    """A process that does what it is asked, and says how long that took.

    **Arguments**

    - `python`: the interpreter.
    - `module`: whose `main` calls `serve`.
    - `arguments`: of its command line.

    **Raises** `RuntimeError` when the process ends before it has answered.
    """

    def __init__(self, python: str, module: str, *arguments: str) -> None:
        command = [python, "-m", module, *arguments]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ask(self, task: str) -> dict[str, Any]:
        """Let it do a task, and wait for the answer."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        with contextlib.suppress(BrokenPipeError):
            print(task, file=requests, flush=True)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"{task} failed: {self._process.communicate()[1][-2000:]}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Cost(NamedTuple):
    """What a command took: seconds, those of all cores, and the most memory of one of its processes, in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def cost_of(command: Sequence[str], *, quiet: bool = False, **options: Any) -> Cost:
    """Runs a command to its end; arguments as of `begun`. **Raises** `RuntimeError` if it fails."""
    return ended(begun(command, quiet=quiet, **options))


def begun(command: Sequence[str], *, quiet: bool = False, **options: Any) -> subprocess.Popen[str]:
    """Starts a command, below a small process: Linux counts the memory of who starts one as the command's own.

    **Arguments**: `quiet`: what it prints is thrown away, and goes to standard error otherwise; `options` are those of
    `subprocess.Popen`.
    """
    waiting = [sys.executable, "-S", str(Path(__file__).resolve()), json.dumps([list(command), quiet])]
    return subprocess.Popen(waiting, stdout=subprocess.PIPE, text=True, **options)


def ended(process: subprocess.Popen[str]) -> Cost:
    """Waits for a command that `begun` has started; its memory is the most that one of its processes has held.

    **Raises** `RuntimeError` if it fails.
    """
    told, _ = process.communicate()
    code, *cost = json.loads(told) if told else (process.returncode, 0.0, 0.0, 0.0)
    if code:
        raise RuntimeError(f"{process.args!r} has ended with {code}.")
    return Cost(*cost)


def _wait(command: list[str], quiet: bool) -> tuple[int, float, float, float]:
    """The exit code and the `Cost` of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL if quiet else sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = process.returncode = os.waitstatus_to_exitcode(status)
    return code, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_wait(*json.loads(sys.argv[1]))))
