"""A sweep: problems from a Parquet file to one of results, in constant memory, which goes on where it was stopped.

The problems are independent of each other, so that processes need nothing of each other but the folder in which
finished parts are kept. A part is computed as a whole, in one thread: its bytes are the same whoever computes it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl

from flatscape.process.compilation_cache import use_compilation_cache
from flatscape.sweep.given_rows import GivenRows, given_rows
from flatscape.sweep.parts_folder import PartsFolder, made_of
from flatscape.sweep.problem_table import ProblemTable
from flatscape.sweep.result_table import simulated
from sims.parallel.ray_cluster import on_ray
from sims.parallel.resumable import Progress, code_fingerprint
from sims.parallel.streaming import Places, here, in_processes, keep_to_one_core, one_core, streamed
from theory.errors import InvalidInputError

CODE = ("theory", "sims", "flatscape")
SOFTWARE = ("jax", "jaxlib", "numpy", "scipy", "polars")
"""What the results' bytes depend on, beside the problems."""


@dataclass(frozen=True)
class Sweep:
    """What is asked for.

    **Fields**

    - `table`: the problems; `out`: the file of results, which must not exist.
    - `gamma`: the increase of all of them, or None for the table's; `horizon`: as in `sims.hitting_times`.
    - `process`, `processes`: this process does part `process` and every `processes`-th after it.
    """

    table: ProblemTable
    out: Path
    gamma: float | None
    horizon: float
    process: int = 0
    processes: int = 1

    def depends_on(self) -> dict[str, Any]:
        """All that the results depend on, ready for JSON."""
        with self.table.path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "problems": content,
            "gamma": self.gamma,
            "horizon": repr(self.horizon),
            "code": code_fingerprint(CODE, {name: version(name) for name in SOFTWARE}),
            "device": f"{jax.default_backend()} {jax.device_count()}",
        }


def prepare_sweeper(processes: int) -> None:
    """What a process does before it computes parts."""
    keep_to_one_core()
    use_compilation_cache(quiet=processes > 1)


def sweep(
    asked: Sweep,
    *,
    ray: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> bool:
    """Checks all problems, simulates those that an earlier run has left, and writes their results.

    **Arguments**

    - `ray`: whether a Ray cluster computes (`sims.parallel.ray_cluster`), rather than this machine's processes.
    - `workers`: how many processes compute; with one of this machine's, this one does.
    - `progress`: see `sims.parallel.resumable.Progress`.

    **Returns** whether the results are there; otherwise other processes have parts to do.

    **Raises** `InvalidInputError` for the first row that is no problem, before any is simulated; if there is a file of
    the results' name; if an earlier run's parts are those of other problems.
    """
    if os.path.lexists(asked.out) and made_of(asked.out) is None:
        raise _exists(asked.out)
    report = progress or (lambda what, done: None)
    with one_core(), ExitStack() as started:
        places = _places(asked, ray, workers)
        if ray:
            # A cluster is started by processes that fork, which is safe until JAX has threads here.
            places = nullcontext(started.enter_context(places))
        kept = PartsFolder(asked.out, asked.depends_on())
        if not kept.is_joined():
            if os.path.lexists(asked.out):
                raise _exists(asked.out)
            parts = kept.planned()
            if parts is None:
                parts = _checked_parts(asked, report)
                kept.plan(parts)
            _simulate(asked, kept, parts, places, report)
            if all(map(kept.kept, range(len(parts)))):
                kept.join(len(parts))
        joined = kept.is_joined()
        if joined:
            kept.remove()
        return joined


def _simulate(
    asked: Sweep,
    kept: PartsFolder,
    parts: Sequence[Sequence[int]],
    computing: AbstractContextManager[Places[GivenRows, bytes]],
    report: Progress,
) -> None:
    mine = range(asked.process, len(parts), asked.processes)
    left = [number for number in mine if not kept.kept(number)]
    if not left:
        return
    rows = sum(parts[number][1] for number in mine)
    done = rows - sum(parts[number][1] for number in left)
    with computing as places:
        report(f"{done:,} of {rows:,} problems", done / rows)
        for number, result in streamed(places, _given_parts(asked, parts, left)):
            kept.keep(number, result)
            done += parts[number][1]
            report(f"{done:,} of {rows:,} problems", done / rows)


def _given_parts(
    asked: Sweep, parts: Sequence[Sequence[int]], numbers: Iterable[int]
) -> Iterator[tuple[int, GivenRows]]:
    for number in numbers:
        first, rows = parts[number]
        yield number, given_rows(asked.table, asked.table.read(first, rows), first, asked.gamma)


def _exists(out: Path) -> InvalidInputError:
    return InvalidInputError("--out", str(out), "It exists already: name another file.")


def _places(asked: Sweep, ray: bool, workers: int) -> AbstractContextManager[Places[GivenRows, bytes]]:
    compute = partial(simulated, asked.horizon)
    if ray:
        return on_ray(compute, workers, prepare_sweeper)
    return in_processes(compute, workers, prepare_sweeper) if workers > 1 else here(compute, prepare_sweeper)


def _checked_parts(asked: Sweep, report: Progress) -> list[tuple[int, int]]:
    parts = []
    for first, rows in asked.table.parts():
        report(f"checked {first:,} of {asked.table.rows:,} problems", first / asked.table.rows)
        given_rows(asked.table, asked.table.read(first, rows), first, asked.gamma)
        parts.append((first, rows))
    return parts


def counted_statuses(results: Path) -> dict[str, int]:
    """How many problems of a file of results ended with each status."""
    counted = pl.scan_parquet(results, glob=False).group_by("status").len().collect(engine="streaming")
    return {status: int(np.int64(count)) for status, count in sorted(counted.iter_rows())}
