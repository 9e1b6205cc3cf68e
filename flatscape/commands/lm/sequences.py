"""`flatscape lm sequences`: the theory against completions of many tokens of a language model, from samples."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
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
    from sims.llm.sequences.check import SequenceCheck, SequenceSettings
    from sims.llm.sequences.landscape import SampledGradient

FORMAT = 1
"""Of the JSON; it grows by one when a field changes its meaning or goes."""


def sequences(
    model: ModelOption = None,
    prompts: Annotated[int, typer.Option(help="How many of the prompts, from 2 to 12.")] = 8,
    completions: Annotated[int, typer.Option(help="Of each prompt, at least 5.")] = 8,
    max_tokens: Annotated[int, typer.Option(help="The most tokens of each completion.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write all numbers to this file.", show_default=False)
    ] = None,
) -> None:
    """Sample completions, reward their sentiment (VADER), and compare the gradient of the expected reward in all
    parameters with bounds on it, both estimated with intervals. An interrupted run goes on with the same command."""
    from flatscape.input.paths import check_writable
    from sims.llm.sequences.check import SEQUENCE_PROMPTS, SequenceSettings, check_settings

    settings = SequenceSettings(prompts, completions, max_tokens, seed)
    try:
        check_settings(settings, len(SEQUENCE_PROMPTS))
    except InvalidInputError as error:
        raise InvalidInputError(f"--{error.argument.replace('_', '-')}", error.value, error.remedy) from None
    if json_file is not None:
        check_writable("--json", json_file)
    found, record = run(load_model(model), settings)
    if json_file is not None:
        from proofs_check.ledger.ledger import write_json

        write_json(json_file, record)
    show(found)
    if found.contradicted:
        raise typer.Exit(Outcome.UNSOUND)


def run(model: LanguageModel, settings: SequenceSettings) -> tuple[SequenceCheck, dict[str, Any]]:
    """The check, with a progress bar on standard error, and its record with the model and the versions of software.

    What is finished is kept in the cache until all of it is.
    """
    from sims.llm.sequences.check import check_sequences, unfinished_sequences

    found, about = resumed_check(
        model,
        lambda software: unfinished_sequences(model, settings, software),
        lambda place, report: check_sequences(model, _sentiment, settings, place=place, progress=report),
    )
    return found, {"format": FORMAT} | about | {"reward": "VADER's compound score"} | found.to_record()


def _sentiment(texts: Sequence[str]) -> list[float]:
    """VADER's compound score of each text."""
    from sims.llm.rewards.ground_truth import compound_scores, sentiment_analyzer

    return [float(score) for score in compound_scores(sentiment_analyzer(), texts)]


def show(found: SequenceCheck) -> None:
    """The table on standard output, and what it says."""
    from flatscape.output.terminal import console

    screen = console()
    _show_landscape(found, screen)
    each = (1 - found.settings.confidence) / 2
    screen.print(
        f"Limits of {found.settings.confidence:.0%} intervals: nominally the truth passes one in {each:.1%} of "
        f"samples, any of the three of a comparison in {3 * each:.1%}. Jacobians are those of one visited context a "
        "prompt: s2 and prop2 with the largest of these are at most the statements' bounds, which take the largest of "
        "all contexts. 0 stands where draws are too few for a lower limit above zero."
    )
    for contradiction in found.contradicted:
        screen.print(f"CONTRADICTED: {contradiction}", markup=False)
    if not found.contradicted:
        apart = sum(margin > 1 for margin in found.margins)
        screen.print(
            f"No bound is contradicted. Of {len(found.margins)} that can be compared, {apart} lie apart from the "
            "gradient: above its upper limit with their own lower limit."
        )


def _show_landscape(found: SequenceCheck, screen: Console) -> None:
    from flatscape.output.terminal import Column, print_table

    ids = [bound.statement for bound in found.landscape[0].bounds]
    columns = [
        Column("prompt", 7, wraps=True),
        Column("variance", 1, justify="right"),
        Column("gradient squared", 2, justify="right"),
        Column("from", 5, justify="right"),
        Column("to", 4, justify="right"),
        Column("Λ from", 6, justify="right"),
        Column("Λ to", 6, justify="right"),
        *(Column(f"{id} / it", 3 if id == "s0" else 8, justify="right") for id in ids),
    ]
    names = {None: "all"} | {number: each.prompt for number, each in enumerate(found.prompts)}
    cells = [[names[row.prompt], *_cells(row, ids)] for row in found.landscape]
    settings = found.settings
    what = f"the expected sentiment of {settings.completions} completions of at most {settings.max_tokens} tokens"
    title = f"Gradients of {what}, and bounds over them (limits)"
    print_table(screen, columns, cells, title)


def _cells(row: SampledGradient, ids: list[str]) -> list[str]:
    margins = {bound.statement: "-" if isnan(m := row.margin(bound)) else f"{m:.3g}" for bound in row.bounds}
    numbers = [row.variance.estimate, *row.squared_gradient, row.fisher_from_below.lower, row.fisher_from_above.upper]
    return [*(f"{number:.2e}" for number in numbers), *(margins.get(id, "-") for id in ids)]
