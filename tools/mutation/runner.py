"""Runs checks against mutants in forked children: no file is touched, and what the parent imported is shared.

The parent must not have imported what is mutated, and must not have started threads (JAX may be imported, not used).
"""

from __future__ import annotations

import enum
import importlib.machinery
import json
import math
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Check = Callable[[], str | None]
"""Run in a child: None if all is well, otherwise what is wrong."""


PATIENCE = 8.0


class Status(enum.Enum):
    """What became of a mutant, or of one check of it."""

    SURVIVED = "survived"
    KILLED = "killed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Stage:
    """One check with a name and the seconds of processor time it may take.

    The clock on the wall may show `PATIENCE` times as much (the machine may be busy).
    """

    name: str
    check: Check
    seconds: float
    parts: tuple[str, ...] = ()
    """Names of what it consists of: what it says begins with the one that noticed."""

    def noticed_by(self, problem: str) -> str:
        """The part that a problem names, or else the stage itself."""
        return next((part for part in self.parts if problem.startswith(part)), self.name)


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    **Fields**: `status`; `stage`, the one that noticed (none for a survivor); `detail`, what it said; `seconds` of
    processor time.
    """

    status: Status
    stage: str | None
    detail: str
    seconds: float


def substitute_source(path: Path, text: str) -> None:
    """From now on, importing the file at `path` gives `text` in its place (in this process alone)."""
    wanted = os.path.realpath(path)
    loader: Any = importlib.machinery.SourceFileLoader
    original = loader.get_data

    def get_data(self: Any, name: str) -> bytes:
        if name.endswith((".pyc", ".pyo")) and Path(name).name.split(".")[0] == path.stem:
            raise OSError(f"{name}: compiled from another source.")
        return text.encode() if os.path.realpath(name) == wanted else original(self, name)

    sys.dont_write_bytecode = True
    loader.get_data = get_data


def _in_child(stage: Stage, substitution: tuple[Path, str] | None, answer: int) -> None:
    os.setsid()
    limit = math.ceil(stage.seconds)
    # The default action of the signal ends the process, whatever it is in the middle of.
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    with tempfile.TemporaryFile() as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    try:
        if substitution is not None:
            substitute_source(*substitution)
        problem = stage.check()
    except BaseException as error:
        problem = "".join(traceback.format_exception_only(error)).strip() or type(error).__name__
    os.write(answer, json.dumps(problem if problem is None else problem[:400]).encode())
    # Other exits would run the parent's clean-up.
    os._exit(0)


class _Child:
    """A forked process that runs one stage; its answer is read from a pipe."""

    def __init__(self, stage: Stage, substitution: tuple[Path, str] | None) -> None:
        self.stage, self.started = stage, time.monotonic()
        self.answer, theirs = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.answer)
            _in_child(stage, substitution, theirs)
        os.close(theirs)

    @property
    def left(self) -> float:
        return max(0.0, self.started + PATIENCE * self.stage.seconds - time.monotonic())

    def outcome(self, readable: bool) -> Outcome:
        """Ends the child (and what it started), and says what came of it."""
        said = os.read(self.answer, 65536) if readable else b""
        os.close(self.answer)
        for group in (True, False):
            try:
                (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _, code, used = os.wait4(self.pid, 0)
        seconds = used.ru_utime + used.ru_stime
        if not readable or (not said and os.WIFSIGNALED(code) and os.WTERMSIG(code) == signal.SIGXCPU):
            limit = f"more than {self.stage.seconds:.0f} seconds"
            return Outcome(Status.TIMED_OUT, self.stage.name, limit, seconds)
        # A child that died (of memory, or a crash in a library) has noticed something as well.
        problem = json.loads(said) if said else f"the process ended with status {code}"
        status = Status.SURVIVED if problem is None else Status.KILLED
        return Outcome(status, self.stage.noticed_by(problem) if problem is not None else None, problem or "", seconds)


@dataclass
class _Job:
    name: str
    stages: Iterator[Stage]
    substitution: tuple[Path, str] | None
    seconds: float = 0.0
    child: _Child | None = None

    def advance(self) -> bool:
        """Starts the next stage; False if there is none left."""
        stage = next(self.stages, None)
        self.child = None if stage is None else _Child(stage, self.substitution)
        return stage is not None


def run_stages(
    jobs: Sequence[tuple[str, Sequence[Stage], tuple[Path, str] | None]],
    *,
    workers: int = 1,
    finished: Callable[[str, Outcome], None] = lambda name, outcome: None,
) -> Mapping[str, Outcome]:
    """Runs each job's stages, in order, up to the first that notices something, each stage in a fresh child.

    **Arguments**: `jobs`: a name, the stages, and the file to be replaced with its text (None: nothing is);
    `workers`: how many children at a time; `finished`: called with each outcome as it comes.

    **Returns** the outcomes by name.
    """
    waiting = [_Job(name, iter(stages), substitution) for name, stages, substitution in reversed(jobs)]
    running: list[_Job] = []
    outcomes: dict[str, Outcome] = {}

    def finish(job: _Job, outcome: Outcome) -> None:
        outcomes[job.name] = outcome
        finished(job.name, outcome)

    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.pop()
                if job.advance():
                    running.append(job)
                else:
                    finish(job, Outcome(Status.SURVIVED, None, "", 0.0))
            children = {job.child.answer: job for job in running if job.child is not None}
            patience = min((job.child.left for job in children.values() if job.child is not None), default=0.0)
            ready, _, _ = select.select(list(children), [], [], patience)
            for answer, job in children.items():
                assert job.child is not None
                if answer not in ready and job.child.left > 0:
                    continue
                outcome = job.child.outcome(answer in ready)
                job.child = None
                job.seconds += outcome.seconds
                if outcome.status is Status.SURVIVED and job.advance():
                    continue
                running.remove(job)
                finish(job, Outcome(outcome.status, outcome.stage, outcome.detail, job.seconds))
    finally:
        for job in running:
            if job.child is not None:
                job.child.outcome(False)
    return outcomes
