"""Two solvers that are asked the same question, each in a process that is killed when its time is up."""

from __future__ import annotations

import contextlib
import enum
import json
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from proofs_check.certain import certain

NAMES = ("z3", "cvc5")
SECONDS = 10.0
"""How long a solver may think about one question: two hundred times what the slowest one takes."""

STARTING_SECONDS = 60.0
"""How long a solver's library may take to load, from a cold disk on a busy machine."""

_WORKER = Path(__file__).with_name("worker.py")


class Outcome(enum.Enum):
    """What a solver says about a script."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """A solver's outcome, and for an unknown one the reason."""

    solver: str
    outcome: Outcome
    reason: str = ""


class Solvers:
    """The solvers' processes, started when first asked. A context manager; leaving it ends them.

    **Arguments**: `seconds`, the time allowed per question; `names`, which solvers.
    """

    def __init__(self, *, seconds: float = SECONDS, names: tuple[str, ...] = NAMES) -> None:
        self.seconds = seconds
        self.names = names
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._settled: dict[tuple[str, str], Answer] = {}

    def __enter__(self) -> Solvers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes."""
        for name in tuple(self._processes):
            self._end(name)

    def ask(self, script: str) -> list[Answer]:
        """What each solver says about a script in SMT-LIB, without its `(check-sat)`.

        A question that a solver has settled is not put to it again.
        """
        return [self._settled.get((name, script)) or self._ask_one(name, script) for name in self.names]

    def _ask_one(self, name: str, script: str) -> Answer:
        if name not in self._processes:
            failure = self._start(name)
            if failure is not None:
                self._end(name)
                return Answer(name, Outcome.UNKNOWN, failure)
        process = self._processes[name]
        # A process that has died meanwhile is noticed when its answer is read.
        with contextlib.suppress(BrokenPipeError):
            certain(process.stdin, "the solver's input").write(json.dumps([script, self.seconds]) + "\n")
        line = self._read_line(process, self.seconds)
        if not line:
            self._end(name)
            what = f"was stopped after {self.seconds:g} s" if line is None else "ended without an answer"
            return Answer(name, Outcome.UNKNOWN, f"{name} {what}")
        outcome, reason = json.loads(line)
        if outcome == "unknown":
            return Answer(name, Outcome.UNKNOWN, f"{name}: {reason or 'no reason given'}")
        return self._settled.setdefault((name, script), Answer(name, Outcome(outcome)))

    def _start(self, name: str) -> str | None:
        """Starts a solver; why it could not be started, or None."""
        process = self._processes[name] = subprocess.Popen(
            [sys.executable, "-P", str(_WORKER), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        line = self._read_line(process, STARTING_SECONDS)
        if not line:
            return f"{name} did not start"
        state, reason = json.loads(line)
        return f"{name} is not installed ({reason})" if state == "missing" else None

    @staticmethod
    def _read_line(process: subprocess.Popen[str], seconds: float) -> str | None:
        """The next line; empty at the end of the output, None if none has come in time."""
        output = certain(process.stdout, "the solver's output")
        ready, _, _ = select.select([output], [], [], seconds)
        return output.readline() if ready else None

    def _end(self, name: str) -> None:
        process = self._processes.pop(name)
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            # Closing writes what is left of a question that nobody reads any more.
            with contextlib.suppress(BrokenPipeError):
                if stream is not None:
                    stream.close()
