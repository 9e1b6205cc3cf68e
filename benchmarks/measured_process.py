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


def cost_of(command: Sequence[str], **options: Any) -> Cost:
    """Runs a command to its end; `options` are those of `subprocess.Popen`. **Raises** `RuntimeError` if it fails."""
    started = time.perf_counter()
    used = ended(subprocess.Popen(command, **options))
    return Cost(time.perf_counter() - started, *used)


def ended(process: subprocess.Popen[Any]) -> tuple[float, float]:
    """Waits for a process. **Returns** the seconds of all cores, and the most memory that it has held, in MiB; of those
    that it has waited for, too.

    **Raises** `RuntimeError` if it fails.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{process.args!r} has ended with {process.returncode}.")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
