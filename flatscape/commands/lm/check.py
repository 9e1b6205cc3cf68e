"""`flatscape lm check`: the theory against one token of a language model, in all of its parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flatscape.process.outcome import Outcome
from theory.errors import InvalidInputError

from .input import ModelOption, load_model
from .resumed import resumed_check

if TYPE_CHECKING:
    from rich.console import Console

    from sims.llm.loading import LanguageModel
    from sims.llm.one_token.check import CheckSettings, LanguageModelCheck

FORMAT = 1
"""Of the JSON; it grows by one when a field changes its meaning or goes."""


def check(
    model: ModelOption = None,
    prompts: Annotated[int, typer.Option(help="How many of the prompts, at most 12.")] = 12,
    increase: Annotated[float, typer.Option("--gamma", help="The wanted increase of the mean expected truth.")] = 0.1,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write all numbers to this file.", show_default=False)
    ] = None,
) -> None:
    """Compare bounds on gradients and on hitting times with those of a real network, without sampling: one token, all
    parameters. SmolLM2-135M takes some minutes; an interrupted run goes on with the same command."""
    from flatscape.input.paths import check_writable
    from sims.llm.contrast_prompts import CONTRAST_PROMPTS

    if not 1 <= prompts <= len(CONTRAST_PROMPTS):
        raise InvalidInputError("--prompts", prompts, f"Give a number from 1 to {len(CONTRAST_PROMPTS)}.")
    if not 0 < increase < 2:
        raise InvalidInputError("--gamma", increase, "Give a number between 0 and 2.")
    if json_file is not None:
        check_writable("--json", json_file)

    from sims.llm.one_token.check import CheckSettings

    settings = CheckSettings(prompts, min(prompts, CheckSettings().training_prompts), increase, seed=seed)
    loaded = load_model(model)
    found, record = run(loaded, settings)
    if json_file is not None:
        from proofs_check.ledger.ledger import write_json

        write_json(json_file, record)
    show(found)
    if found.violated:
        raise typer.Exit(Outcome.UNSOUND)


def run(model: LanguageModel, settings: CheckSettings) -> tuple[LanguageModelCheck, dict[str, Any]]:
    """The check, with a progress bar on standard error, and its record with the model and the versions of software.

    What is finished is kept in the cache until all of it is.
    """
    from sims.llm.one_token.check import check_language_model, unfinished_check

    found, about = resumed_check(
        model,
        lambda software: unfinished_check(model, settings, software),
        lambda place, report: check_language_model(model, settings, place=place, progress=report),
    )
    return found, {"format": FORMAT} | about | found.to_record()


def show(found: LanguageModelCheck) -> None:
    """The tables on standard output: gradients, then hitting times."""
    from flatscape.output.terminal import console

    screen = console()
    _show_landscape(found, screen)
    _show_lessons(found, screen)
    share = f"each with probability {1 - found.failure_probability:.7g}"
    screen.print(f"Norms are upper bounds, {share}. Bounds on times: Jacobians and scores at the start, Λ on the path.")
    for violation in found.violated:
        screen.print(f"VIOLATED: {violation}", markup=False)
    if not found.violated:
        screen.print("No bound is violated.")


def _show_landscape(found: LanguageModelCheck, screen: Console) -> None:
    from flatscape.output.terminal import Column, print_table

    ids = list(found.prompts[0].rows[0].bounds)
    columns = [
        Column("prompt", 9, wraps=True),
        Column("reward", 0, wraps=True),
        Column("accuracy", 4, justify="right"),
        Column("variance", 1, justify="right"),
        Column("gradient", 2, justify="right"),
        *(Column(f"{id} / it", 3 if id == "s0" else 8, justify="right") for id in ids),
    ]
    cells = [
        [
            prompt.prompt,
            row.teacher,
            f"{row.on_policy_accuracy:.3f}",
            f"{row.variance:.2e}",
            f"{row.gradient_norm:.2e}",
            *(f"{row.bounds[id] / row.gradient_norm:.3g}" for id in ids),
        ]
        for prompt in found.prompts
        for row in prompt.rows
    ]
    print_table(screen, columns, cells, "Gradients of the expected reward in all parameters, and bounds over them")


def _show_lessons(found: LanguageModelCheck, screen: Console) -> None:
    from flatscape.output.terminal import Column, print_table

    ids = list(found.lessons[0].bounds)
    columns = [
        Column("teacher", 0, wraps=True),
        Column("variance", 2, justify="right"),
        Column("time", 1, justify="right"),
        Column("half the step", 7, justify="right"),
        Column("steps", 8, justify="right"),
        Column("Λ", 6, justify="right"),
        *(Column(f"it / {id}", 3 if id == "s7" else 5, justify="right") for id in ids),
    ]
    cells = []
    for lesson in found.lessons:
        time, coarse = lesson.hitting_time, lesson.coarse_hitting_time
        least = lesson.time[-1] if time is None else time
        cells.append(
            [
                lesson.teacher,
                f"{lesson.initial_variance:.2e}",
                f"{time:.3e}" if time is not None else f"over {least:.1e}",
                f"{time / coarse - 1:+.2%}" if time is not None and coarse is not None else "-",
                str(lesson.steps),
                f"{lesson.path_fisher_norm:.0f}",
                *(f"{least / lesson.bounds[id]:.3g}" for id in ids),
            ]
        )
    count, gamma = found.settings.training_prompts, found.settings.increase
    title = f"Time (sum of learning rates) until the mean truth of {count} prompts has risen by {gamma:g}, over bounds"
    print_table(screen, columns, cells, title)
