"""`flatscape simulate problems.parquet --out results.parquet`: any number of problems, in constant memory."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path

import typer

from theory.errors import InvalidInputError

MAGIC = b"PAR1"


class Engine(StrEnum):
    """What computes: this machine's processes, or a Ray cluster."""

    processes = "processes"
    ray = "ray"


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet by its name, or by its first bytes."""
    if path.suffix == ".parquet" or not path.is_file():
        return path.suffix == ".parquet"
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def simulate_table(
    file: Path,
    out: Path | None,
    gamma: float | None,
    horizon: float,
    *,
    engine: Engine,
    workers: int | None,
    process: int,
    processes: int,
) -> None:
    """Simulates the problems of a Parquet file, and says how many ended in which way.

    **Raises** `InvalidInputError` before any computing for options that do not fit together, and for the first row that
    is no problem.
    """
    from flatscape.input.paths import check_writable
    from flatscape.input.problem_file import check_gamma
    from flatscape.output.progress import progress_bar
    from flatscape.process.runtime import default_workers
    from flatscape.sweep.problem_table import open_problem_table
    from flatscape.sweep.run import Sweep, counted_statuses, sweep
    from sims.parallel.ray_cluster import check_ray

    if out is None:
        raise InvalidInputError("--out", "nothing", "Problems from Parquet need it: name a file for their results.")
    if not is_parquet(file):
        raise InvalidInputError("--out", str(file), "Only problems from Parquet have results there: use --csv.")
    if process >= processes:
        raise InvalidInputError("--process", process, f"It is one of 0 to {processes - 1}, of --processes {processes}.")
    if math.isnan(horizon) or horizon <= 0:
        raise InvalidInputError("--horizon", horizon, "It must be greater than zero.")
    check_gamma(gamma)
    if engine is Engine.ray:
        check_ray()
    table = open_problem_table(file)
    check_writable("--out", out)
    asked = Sweep(table, out, gamma, horizon, process, processes)
    ray = engine is Engine.ray
    with progress_bar() as progress:
        done = sweep(asked, ray=ray, workers=workers or default_workers(), progress=progress)
    if done:
        counts = ", ".join(f"{count:,} {status}" for status, count in counted_statuses(out).items())
        typer.echo(f"{table.rows:,} problems: {counts}. Results: {out}")
    else:
        typer.echo(f"Parts of this process are done; the results will be {out} when those of the others are, too.")
