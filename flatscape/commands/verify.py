"""`flatscape verify`: the ledger of statements, with their controls."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flatscape.process.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from proofs_check.ledger.ledger import Ledger


class Level(StrEnum):
    """How much to check."""

    quick = "quick"
    full = "full"


def verify(
    statements: Annotated[
        list[str] | None, typer.Argument(help="Ids such as prop3, thm5, s3 (default: all).", show_default=False)
    ] = None,
    paper: Annotated[
        str | None,
        typer.Option(
            help="Only statements that come from this paper, by its number on arXiv, such as 2504.13818; or ours.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[Level, typer.Option(help="How much to check.")] = Level.quick,
    seed: Annotated[
        int, typer.Option(min=0, help="The same seed, with the same statements, gives the same instances.")
    ] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the ledger to this file.", show_default=False)
    ] = None,
    language_model: Annotated[
        bool, typer.Option(help="Include the problems made from a real language model's next-token distributions.")
    ] = True,
    formal: Annotated[
        bool, typer.Option(help="Include the formal proofs, which Coq checks where it is installed.")
    ] = True,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes (default: one for each core, up to four).", show_default=False)
    ] = None,
) -> None:
    """Prove, certify and check the statements, and refute their controls. A run that is interrupted can be resumed by
    the same command."""
    from flatscape.input.paths import check_writable

    chosen = _chosen(statements or [], paper)
    if json_file is not None:
        check_writable("--json", json_file)
    ledger = run(chosen, level=level.value, seed=seed, language_model=language_model, formal=formal, workers=workers)
    if json_file is not None:
        from proofs_check.ledger.ledger import write_json

        write_json(json_file, ledger.to_record())
    show(ledger)
    if not ledger.sound:
        raise typer.Exit(Outcome.UNSOUND)


def _chosen(ids: list[str], paper: str | None) -> list[str]:
    """The ids that are checked: those named, of the paper if one is.

    **Raises** `InvalidInputError` for ids or a paper that the register does not have, and if nothing is left.
    """
    from theory.errors import InvalidInputError
    from theory.statements.register import select_statements, statements_of_paper

    selected = [s.id for s in select_statements(ids)]
    if paper is None:
        return ids
    of_paper = [s.id for s in statements_of_paper(paper)]
    left = [id for id in selected if id in of_paper]
    if not left:
        raise InvalidInputError("--paper", paper, f"None of {', '.join(ids)} comes from it: {', '.join(of_paper)} do.")
    return left


def run(
    ids: list[str],
    *,
    level: str,
    seed: int,
    language_model: bool,
    formal: bool = True,
    workers: int | None = None,
    keep: bool = False,
) -> Ledger:
    """The ledger of the statements named, with a progress bar on standard error.

    **Arguments**

    - `workers`: processes; by default one for each core up to four, a single one where JAX has an accelerator, which
      processes would fight over.
    - `keep`: leave what is finished for another run, until `proofs_check.ledger.run.forget`.
    """
    from flatscape.output.progress import progress_bar
    from flatscape.process.runtime import default_workers, prepare_worker
    from proofs_check.ledger import run as ledger_run

    with progress_bar() as report:
        return ledger_run.verify(
            ids,
            level=level,
            seed=seed,
            language_model=language_model,
            formal=formal,
            workers=workers or default_workers(),
            progress=report,
            prepare=prepare_worker,
            keep=keep,
        )


def _show_tightness(ledger: Ledger, screen: Console) -> list[str]:
    """The tightness of the paper's bounds beside that of ours; nothing if none was checked.

    **Returns** the headings that there was no room for.
    """
    from flatscape.output.terminal import Column, fitting_table
    from proofs_check.report.tightness import HEADINGS, tightness_cells, tightness_rows

    rows = tightness_rows(ledger)
    if not rows:
        return []
    # What is left out first, where the terminal is narrow, has the largest number.
    places, names = (0, 2, 1, 3, 4), ("the paper's", "ours")
    columns = [
        Column(heading, place, justify="left" if heading in names else "right")
        for heading, place in zip(HEADINGS, places, strict=True)
    ]
    title = "Tightness: the smallest ratio of the larger to the smaller side (1: attained)"
    table, missing = fitting_table(columns, tightness_cells(rows), screen.width, title=title)
    screen.print(table)
    return missing


def _sizes(scope: Mapping[str, Any]) -> str:
    """What a verdict covers, in a few characters: numbers of outputs, or how many kinds of policies."""
    if scope.get("sizes"):
        return str(scope["sizes"])
    outputs, kinds = scope.get("outputs"), scope.get("policies")
    if outputs:
        low, high = min(outputs), max(outputs)
        return f"{low:,} outputs" if low == high else f"{low}-{high} outputs"
    return f"{len(kinds)} kinds" if kinds else "-"


def _apart(ledger: Ledger, statement: str) -> str:
    """What follows the id of a statement that is no theorem."""
    from theory.statement import Status

    return " (conjecture)" if ledger.statements[statement].status is Status.CONJECTURE else ""


def show(ledger: Ledger) -> None:
    """The ledger as a table on standard output, its verdict, and what was not run."""
    from flatscape.output.terminal import Column, console, fitting_table
    from proofs_check.evidence.control import ControlStatus, control_status
    from proofs_check.evidence.evidence import Evidence
    from theory.statement import Relation

    def tightness(evidence: Evidence) -> str:
        if evidence.tightness is None:
            return "-"
        identity = ledger.statements[evidence.statement].relation is Relation.EQUAL
        return f"error {evidence.tightness:.1e}" if identity else f"{evidence.tightness:.5g}"

    by_statement = ledger.by_statement

    def control(evidence: Evidence) -> str:
        status = control_status(evidence, by_statement[evidence.statement])
        return "-" if status is ControlStatus.NOT_NEEDED else status.value

    # What is left out first, where the terminal is narrow, has the largest number.
    columns = [
        Column("statement", 0),
        Column("method", 1, wraps=True),
        Column("verdict", 2, wraps=True),
        Column("sizes", 9, wraps=True),
        Column("instances", 5, justify="right"),
        Column("violated", 3, justify="right"),
        Column("undecided", 7, justify="right"),
        Column("tightness", 4, justify="right"),
        Column("seconds", 8, justify="right"),
        Column("control", 6, wraps=True, justify="right"),
    ]
    rows = [
        [
            item.statement + _apart(ledger, item.statement),
            item.method.value,
            item.verdict.value,
            _sizes(item.scope),
            f"{item.instances:,}" if item.instances else "-",
            f"{item.violations:,}",
            f"{item.undecided:,}",
            tightness(item),
            f"{item.seconds:.1f}",
            control(item),
        ]
        for item in ledger.evidence
    ]
    screen = console()
    title = f"Ledger ({ledger.level}, seed {ledger.seed}, {ledger.seconds:.0f} s)"
    table, missing = fitting_table(columns, rows, screen.width, title=title)
    screen.print(table)
    missing = list(dict.fromkeys([*missing, *_show_tightness(ledger, screen)]))
    if missing:
        screen.print(f"Too narrow for: {', '.join(missing)}. A wider terminal or --json shows them.")
    screen.print(
        "Sound: no statement is violated, each was checked in at least one way, and every control is refuted."
        if ledger.sound
        else "NOT SOUND: a statement is violated or went unchecked, a formal proof is refused, or a control is not "
        "refuted."
    )
    for line in _without_result(ledger):
        screen.print(line)


def _without_result(ledger: Ledger) -> list[str]:
    """The ways of checking that came to no result: for each reason one line, with the statements it concerns."""
    concerned: dict[tuple[str, str, str], list[str]] = {}
    for item in ledger.evidence:
        if item.reason:
            concerned.setdefault((item.method.value, item.verdict.value, item.reason), []).append(item.statement)
    return [
        f"No result by {method} ({verdict}) for {', '.join(ids)}: {reason.rstrip('.')}."
        for (method, verdict, reason), ids in concerned.items()
    ]
