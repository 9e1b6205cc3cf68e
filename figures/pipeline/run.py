"""Makes several figures in one process or in several, and goes on where an interrupted run has stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from pathlib import Path

from figures.catalog import MODULES, select_figures
from figures.figure import Level
from figures.pipeline.resume import forget, keep_data, kept_data, name_of
from figures.pipeline.save import save
from sims.parallel.processes import Prepare, no_preparation, worker_processes

SHARING = ("figures.paper.", "figures.practice.regimes", "figures.practice.best_of_n")
"""Figures of modules that begin so share experiments: one process makes them all, one after another."""

LONG = ("hitting-time-vs-variance", "flat-landscape", "bounds-reach", "theory-vs-practice")
"""Figures that take more than half a minute: begun first, so that no process is left alone with one in the end."""


def make_all(
    ids: Sequence[str],
    out: Path,
    *,
    level: Level = "quick",
    workers: int = 1,
    progress: Callable[[str, float], None] | None = None,
    prepare: Prepare | None = None,
) -> None:
    """Makes the figures named (all of them if none are) and writes their files.

    What is computed is kept until all are made: the same command, after an interruption, finds it, as long as neither
    the code nor the versions of the software have changed.

    **Arguments**

    - `workers`: processes at work; with one, all is done in this process.
    - `progress`: told what is done, and the share of the figures that are done.
    - `prepare`: called first in each process that works, with their number (`sims.parallel.processes`).

    **Raises** `InvalidInputError` for unknown ids or a folder that cannot be written to.
    """
    report = progress or (lambda what, done: None)
    wanted = [figure.id for figure in select_figures(ids)]
    groups = _groups(wanted)
    report(f"{len(wanted)} figures", 0.0)
    finished = _in_this_process if workers == 1 or len(groups) == 1 else _in_processes
    for done, id in enumerate(finished(groups, out, level, workers, prepare or no_preparation), start=1):
        report(f"done: {id}", done / len(wanted))
    forget()


def _groups(ids: Sequence[str]) -> list[list[str]]:
    """Figures that share experiments together, each other one for itself; what takes long comes first."""
    shared = [id for id in ids if MODULES[id].startswith(SHARING)]
    others = sorted((id for id in ids if id not in shared), key=lambda id: id not in LONG)
    return [shared] * bool(shared) + [[id] for id in others]


Groups = Sequence[Sequence[str]]


def _in_this_process(groups: Groups, out: Path, level: Level, workers: int, prepare: Prepare) -> Iterator[str]:
    prepare(1)
    for group in groups:
        for id in group:
            make_one(id, out, level)
            yield id


def _in_processes(groups: Groups, out: Path, level: Level, workers: int, prepare: Prepare) -> Iterator[str]:
    with worker_processes(min(workers, len(groups)), prepare) as pool:
        futures = [pool.submit(_make_group, list(group), out, level) for group in groups]
        for future in as_completed(futures):
            yield from future.result()


def _make_group(ids: list[str], out: Path, level: Level) -> list[str]:
    for id in ids:
        make_one(id, out, level)
    return ids


def make_one(id: str, out: Path, level: Level) -> None:
    """One figure, from kept numbers if an interrupted run has left them."""
    (figure,) = select_figures([id])
    started = time.perf_counter()
    name = name_of(id, level)
    data = kept_data(name)
    if data is None:
        data = figure.make(level)
        keep_data(name, data)
    save(figure, data, out, level=level, seconds=time.perf_counter() - started)
