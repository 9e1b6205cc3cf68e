"""`flatscape simulate`: hitting times and bounds for a person's own problems."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from theory.problem import Problem


def simulate(
    file: Annotated[Path, typer.Argument(help="JSON: one problem or a list of problems.", show_default=False)],
    gamma: Annotated[
        float | None, typer.Option(help="The increase of the ground-truth reward to wait for; overrides the file's.",
                                   show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    horizon: Annotated[float, typer.Option(help="Give up at this time.")] = math.inf,
) -> None:  # fmt: skip
    """Say when gradient flow raises the ground-truth reward by gamma, and what every bound says of that time.

    A problem: {"initial_probabilities" or "initial_logits": [...], "proxy_reward": [...], "ground_truth_reward": [...],
    "kl_coefficient": 0.0, "prompts": 1, "gamma": 0.3}. The reference policy is the initial one.
    """
    problems, increases, single = read_problems(file, gamma)
    reports = simulate_problems(problems, increases, horizon)
    if as_json:
        typer.echo(json.dumps(reports[0] if single else reports, indent=1, allow_nan=False))
    else:
        _show(reports)


def read_problems(file: Path, gamma: float | None) -> tuple[list[Problem], list[float], bool]:
    """Problems and increases from a file, and whether the file held a single problem rather than a list.

    **Raises** `InvalidInputError` naming the problem's place in the list, the key and the remedy.
    """
    from flatscape.paths import read_text
    from theory.errors import InvalidInputError
    from theory.problem_record import problem_from_record

    try:
        data = json.loads(read_text("FILE", file))
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError("FILE", str(file), f"It is not JSON ({error}).") from None
    single = not isinstance(data, list)
    records = [data] if single else data
    if not records:
        raise InvalidInputError("FILE", "an empty list", "Give at least one problem.")
    if gamma is not None and not (math.isfinite(gamma) and gamma > 0):
        raise InvalidInputError("--gamma", gamma, "It must be a number greater than zero.")
    problems, increases = [], []
    for place, record in enumerate(records):
        try:
            problem, own = problem_from_record(record)
            wanted = own if gamma is None else gamma
            if wanted is None:
                raise InvalidInputError("gamma", "nothing", "Give it in the file, or as --gamma.")
        except InvalidInputError as error:
            if single:
                raise
            raise InvalidInputError(f"problem {place}: {error.argument}", error.value, error.remedy) from None
        problems.append(problem)
        increases.append(wanted)
    return problems, increases, single


def simulate_problems(problems: list[Problem], increases: list[float], horizon: float) -> list[dict[str, Any]]:
    """A report per problem, in order; problems of equally many outputs are simulated together."""
    import numpy as np

    from flatscape.runtime import use_compilation_cache
    from theory.problem import stack_problems

    use_compilation_cache()
    reports: list[dict[str, Any]] = [{} for _ in problems]
    for outputs in sorted({p.outputs for p in problems}):
        places = [k for k, p in enumerate(problems) if p.outputs == outputs]
        batch = stack_problems([problems[k] for k in places])
        gammas = np.array([increases[k] for k in places])
        for place, report in zip(places, _reports(batch, gammas, horizon), strict=True):
            reports[place] = report
    return reports


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _reports(batch: Problem, increases: Any, horizon: float) -> list[dict[str, Any]]:
    import jax
    import numpy as np

    from sims.flow_hitting_times import hitting_times
    from sims.hitting import Status
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
                "bounds": listed,
            }
        )
    return reports


def _show(reports: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from flatscape.terminal import console

    screen = console()
    for place, report in enumerate(reports):
        time = report["t_gamma"]
        screen.print(
            f"problem {place}: "
            + (f"t_gamma = {time:.12g}" if time is not None else report["status"])
            + f" (gamma {report['gamma']:g}, status {report['status']}"
            + (f", relative error about {report['error_estimate']:.1e}" if report["error_estimate"] is not None else "")
            + f"); reward variance {report['reward_variance']:.6g}, accuracy {report['accuracy']:.6g}"
        )
        if time is None:
            stopped = f" It stopped at t = {report['stopped_at']:g}." if report["stopped_at"] is not None else ""
            screen.print(f"  {report['message']}{stopped}")
        table = Table()
        for heading in ("statement", "number", "bound on t_gamma", "value", "truth / bound", "hypotheses"):
            table.add_column(heading)
        for bound in report["bounds"]:
            holds = bound["hypotheses_hold"]
            table.add_row(
                bound["statement"],
                bound["number"],
                bound["direction"],
                f"{bound['value']:.6g}" if holds and bound["value"] is not None else "-",
                f"{bound['ratio']:.6g}" if holds and bound["ratio"] is not None else "-",
                "hold" if holds else f"fail: {bound['failed_hypothesis']}",
            )
        screen.print(table)
