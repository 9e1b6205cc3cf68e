"""Runs that make several figures, in one process or several; an interrupted one goes on where it has stopped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from figures.catalog import MODULES, select_figures
from figures.figure import FigureData, Level
from figures.pipeline.resume import data_from_bytes, data_to_bytes, forget, kept_numbers
from figures.pipeline.save import save
from sims.parallel.processes import Prepare
from sims.parallel.resumable import Progress, Task, run_resumable

SHARING = (
    "figures.paper.",
    "figures.practice.regimes",
    "figures.practice.best_of_n",
    "figures.language_model.training.",
)
"""Figures of modules that begin so share experiments: one process makes them all, one after another."""

LONG = ("hitting-time-vs-variance", "flat-landscape", "bounds-reach", "theory-vs-practice")
"""Figures that take more than half a minute: begun first, so that no process is left alone with one in the end."""


def make_all(
    ids: Sequence[str],
    out: Path,
    *,
    level: Level = "quick",
    workers: int = 1,
    progress: Progress | None = None,
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
    groups = _groups([figure.id for figure in select_figures(ids)])
    task = figure_task(out, level)
    run_resumable(task, groups, what="figures", workers=workers, progress=progress, prepare=prepare)
    forget()


def _groups(ids: Sequence[str]) -> list[list[str]]:
    """Figures that share experiments together, each other one for itself; what takes long comes first."""
    shared = [id for id in ids if MODULES[id].startswith(SHARING)]
    others = sorted((id for id in ids if id not in shared), key=lambda id: id not in LONG)
    return [shared] * bool(shared) + [[id] for id in others]


def figure_task(out: Path, level: Level) -> Task[FigureData]:
    """How one figure is made, from kept numbers if an interrupted run has left them, and its files written to `out`."""
    make, finish = partial(_compute, level=level), partial(_save, out=out, level=level)
    return Task(make, data_to_bytes, data_from_bytes, kept_numbers(), level, finish)


def _compute(id: str, *, level: Level) -> FigureData:
    (figure,) = select_figures([id])
    return figure.make(level)


def _save(id: str, data: FigureData, seconds: float, *, out: Path, level: Level) -> None:
    (figure,) = select_figures([id])
    save(figure, data, out, level=level, seconds=seconds)
