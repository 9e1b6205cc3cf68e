"""`flatscape simulate`: hitting times and bounds for a person's own problems."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flatscape.commands.simulate_table import Engine, is_parquet, simulate_table
from flatscape.input.problem_file import GivenProblem, read_problems
from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from sims.hitting import OnFinished
    from theory.tabular.problem import Problem


def simulate(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON: one problem or a list of them; - reads standard input. Or Parquet, with --out.",
            show_default=False,
        ),
    ],
    gamma: Annotated[
        float | None,
        typer.Option(
            help="The increase of the ground-truth reward to wait for; overrides the file's.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    csv_file: Annotated[
        Path | None,
        typer.Option(
            "--csv", help="Write a row per problem to this file; - prints it instead of tables.", show_default=False
        ),
    ] = None,
    horizon: Annotated[float, typer.Option(help="Give up at this time.")] = math.inf,
    out: Annotated[
        Path | None,
        typer.Option(help="For problems from Parquet: a new Parquet file of results.", show_default=False),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="With --out: what computes.")] = Engine.processes,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="With --out: processes (default: one for each core, up to four).", show_default=False),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="With --out: how many commands share the work.")] = 1,
    process: Annotated[int, typer.Option(min=0, help="With --out: which of them this is, from 0.")] = 0,
) -> None:
    """Say when gradient flow raises the ground-truth reward by gamma, and what every bound says of that time.

    A problem: {"initial_probabilities" or "initial_logits": [...], "proxy_reward": [...], "ground_truth_reward": [...],
    "kl_coefficient": 0.0, "prompts": 1, "gamma": 0.3, "name": "..."}. The reference policy is the initial one. Parquet
    files have columns of these names; a run with --out that is stopped goes on with the same command.
    """
    if out is not None or is_parquet(file):
        if as_json or csv_file is not None:
            raise InvalidInputError("--json / --csv", "problems from Parquet", "Their results are a table too: --out.")
        simulate_table(file, out, gamma, horizon, engine=engine, workers=workers, process=process, processes=processes)
        return
    from flatscape.input.paths import check_writable
    from flatscape.output.simulation import show, to_csv

    printed = csv_file is not None and str(csv_file) == "-"
    if csv_file is not None and not printed:
        check_writable("--csv", csv_file)
        if csv_file.exists() and file.exists() and csv_file.samefile(file):
            raise InvalidInputError("--csv", str(csv_file), "It is the file that is read: name another one.")
    if as_json and printed:
        raise InvalidInputError("--csv", "- together with --json", "Standard output takes one of the two.")
    given, single = read_problems(file, gamma)
    reports = simulate_problems(given, horizon)
    if csv_file is not None and not printed:
        from proofs_check.ledger.ledger import write_text

        write_text(csv_file, to_csv(reports))
    if printed:
        typer.echo(to_csv(reports), nl=False)
    elif as_json:
        typer.echo(json.dumps(reports[0] if single else reports, indent=1, allow_nan=False))
    else:
        show(reports)


def simulate_problems(given: Sequence[GivenProblem], horizon: float) -> list[dict[str, Any]]:
    """A report per problem, in order; problems of about equally many outputs are simulated together."""
    import numpy as np

    from flatscape.output.progress import counting_bar
    from flatscape.process.compilation_cache import use_compilation_cache
    from theory.tabular.padding import batches_of_shared_size

    use_compilation_cache()
    reports: list[dict[str, Any]] = [{} for _ in given]
    with counting_bar("problems", len(given)) as on_finished:
        for places, batch in batches_of_shared_size([g.problem for g in given]):
            gammas = np.array([given[k].increase for k in places])
            for place, report in zip(places, _reports(batch, gammas, horizon, on_finished), strict=True):
                named = {"name": given[place].name} if given[place].name else {}
                reports[place] = named | report | {"notes": [*given[place].notes, *report["notes"]]}
    return reports


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _reports(batch: Problem, increases: Any, horizon: float, on_finished: OnFinished) -> list[dict[str, Any]]:
    import numpy as np

    from flatscape.sweep.outcomes import UNDERFLOW, outcomes_of
    from sims.hitting import OPEN_ENDED, Status

    hitting, bounds, accuracies, underflow = outcomes_of(batch, increases, horizon, on_finished)
    (count,) = batch.batch_shape
    times, errors, codes = (np.asarray(a) for a in (hitting.time, hitting.relative_error, hitting.status))
    reports = []
    for k in range(count):
        status = Status(int(codes[k]))
        time = float(times[k]) if status is Status.REACHED else None
        listed = [
            {
                "statement": bound.statement,
                "number": bound.number,
                "direction": bound.direction.value,
                "value": _number(bound.value),
                "ratio": bound.ratio,
                "hypotheses_hold": bound.applies,
                "failed_hypothesis": bound.failed_hypothesis,
            }
            for bound in bounds.of_problem(k, time)
        ]
        reports.append(
            {
                "t_gamma": time,
                "status": status.label,
                "message": status.message,
                "stopped_at": _number(times[k]) if status in OPEN_ENDED else None,
                "error_estimate": _number(errors[k]),
                "gamma": float(increases[k]),
                "reward_variance": float(bounds.reward_variance[k]),
                "accuracy": float(accuracies[k]),
                "notes": [UNDERFLOW] if underflow[k] else [],
                "bounds": listed,
            }
        )
    return reports
