"""`flatscape simulate`: hitting times and bounds for a person's own problems."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flatscape.problem_file import GivenProblem, read_problems
from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from theory.problem import Problem


def simulate(
    file: Annotated[
        Path, typer.Argument(help="JSON: one problem or a list of them; - reads standard input.", show_default=False)
    ],
    gamma: Annotated[
        float | None, typer.Option(help="The increase of the ground-truth reward to wait for; overrides the file's.",
                                   show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write a row per problem to this file; - prints it instead of tables.",
                                  show_default=False)
    ] = None,
    horizon: Annotated[float, typer.Option(help="Give up at this time.")] = math.inf,
) -> None:  # fmt: skip
    """Say when gradient flow raises the ground-truth reward by gamma, and what every bound says of that time.

    A problem: {"initial_probabilities" or "initial_logits": [...], "proxy_reward": [...], "ground_truth_reward": [...],
    "kl_coefficient": 0.0, "prompts": 1, "gamma": 0.3, "name": "..."}. The reference policy is the initial one.
    """
    from flatscape.paths import check_writable
    from flatscape.simulation_output import show, to_csv

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
        from proofs_check.ledger import write_text

        write_text(csv_file, to_csv(reports))
    if printed:
        typer.echo(to_csv(reports), nl=False)
    elif as_json:
        typer.echo(json.dumps(reports[0] if single else reports, indent=1, allow_nan=False))
    else:
        show(reports)


def simulate_problems(given: Sequence[GivenProblem], horizon: float) -> list[dict[str, Any]]:
    """A report per problem, in order; problems of equally many outputs are simulated together."""
    import numpy as np

    from flatscape.runtime import use_compilation_cache
    from theory.problem import stack_problems

    use_compilation_cache()
    reports: list[dict[str, Any]] = [{} for _ in given]
    for outputs in sorted({g.problem.outputs for g in given}):
        places = [k for k, g in enumerate(given) if g.problem.outputs == outputs]
        batch = stack_problems([given[k].problem for k in places])
        gammas = np.array([given[k].increase for k in places])
        for place, report in zip(places, _reports(batch, gammas, horizon), strict=True):
            named = {"name": given[place].name} if given[place].name else {}
            reports[place] = named | report | {"notes": [*given[place].notes, *report["notes"]]}
    return reports


UNDERFLOW = (
    "The rewards differ by so little that their variance is below what float64 holds: bounds that use it are not to be "
    "relied on. Scale the proxy reward up: times shrink by the same factor."
)


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _reports(batch: Problem, increases: Any, horizon: float) -> list[dict[str, Any]]:
    import jax
    import numpy as np

    from sims.hitting import Status
    from sims.hitting_times import hitting_times
    from theory.accuracy import uniform_accuracy
    from theory.hitting_time_statements import HITTING_TIME_STATEMENTS
    from theory.instance import Instance
    from theory.moments import variance
    from theory.statement import Direction
    from theory.tabular_policy import probabilities

    hitting = hitting_times(batch, increases, horizon=horizon)
    (count,) = batch.batch_shape
    times, errors, codes = (np.asarray(a) for a in (hitting.time, hitting.relative_error, hitting.status))
    with jax.enable_x64(True):
        instance = Instance(problem=batch, increase=increases, hitting_time=hitting.time)
        spread = np.asarray(variance(probabilities(batch.initial_logits), batch.proxy_reward))
        # One compiled program, which the cache keeps: compiling each operation by itself takes seconds every time.
        sides = jax.jit(lambda i: [s.sides(i) for s in HITTING_TIME_STATEMENTS])(instance)
        holds = jax.jit(lambda i: [[h.holds(i) for h in s.hypotheses] for s in HITTING_TIME_STATEMENTS])(instance)
    judged = []
    for statement, own_sides, masks in zip(HITTING_TIME_STATEMENTS, sides, holds, strict=True):
        lower = statement.direction is Direction.LOWER
        value = np.asarray(own_sides.smaller if lower else own_sides.larger)
        named = [(h.name, np.asarray(mask)) for h, mask in zip(statement.hypotheses, masks, strict=True)]
        judged.append((statement, value, named))
    smallest = np.finfo(np.float64).tiny
    reports = []
    for k in range(count):
        status = Status(int(codes[k]))
        time = float(times[k]) if status is Status.REACHED else None
        listed = []
        for statement, value, named in judged:
            failed = next((name for name, mask in named if not mask[k]), None)
            bound = _number(value[k])
            listed.append(
                {
                    "statement": statement.id,
                    "number": statement.number,
                    "direction": statement.direction.value,
                    "value": bound,
                    "ratio": None if time is None or not bound else _number(time / bound),
                    "hypotheses_hold": failed is None,
                    "failed_hypothesis": failed,
                }
            )
        reports.append(
            {
                "t_gamma": time,
                "status": status.label,
                "message": status.message,
                "stopped_at": _number(times[k]) if status in (Status.CENSORED, Status.FAILED) else None,
                "error_estimate": _number(errors[k]),
                "gamma": float(increases[k]),
                "reward_variance": float(spread[k]),
                "accuracy": float(uniform_accuracy(batch.proxy_reward[k], batch.ground_truth_reward[k])),
                "notes": [UNDERFLOW] if spread[k] < smallest and np.ptp(batch.proxy_reward[k]) > 0 else [],
                "bounds": listed,
            }
        )
    return reports
