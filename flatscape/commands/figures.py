"""`flatscape figures`: the figures with their data and provenance, and the page that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flatscape.commands.verify import Level

if TYPE_CHECKING:
    from proofs_check.ledger.ledger import Ledger


def figures(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Which figures (default: all).", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The folder for the files and index.html.")] = Path("out"),
    level: Annotated[Level, typer.Option("--level", help="How many problems and points.")] = Level.quick,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes at work (0: as many as cores, up to four).", show_default=False)
    ] = 0,
) -> None:
    """Draw figures: for each a PDF, a PNG, the plotted data as CSV and a provenance JSON; and the page index.html.

    The page also shows the ledger, if `flatscape verify --json` has left it in the same folder as ledger.json.
    """
    page = draw_all(ids or [], out, size=level.value, ledger=None, workers=workers)
    typer.echo(f"Open {page}")


def draw_all(
    ids: Sequence[str], out: Path, *, size: Literal["quick", "full"], ledger: Ledger | None, workers: int = 0
) -> Path:
    """Draws the figures named (all of them if none are) and writes the page, with a progress bar on standard error.

    **Arguments**

    - `size`: how much is computed for each figure.
    - `workers`: processes at work; zero for as many as cores, up to four.
    - `ledger`: None shows what `out/ledger.json` holds, if there is one.

    **Returns** the page's path. It shows every figure that the folder holds, also from earlier runs.

    **Raises** `InvalidInputError` for unknown ids, a folder that cannot be written to, or a `ledger.json` that is none.
    """
    # What can be wrong with the request is found before anything slow is imported.
    from figures.catalog import MODULES, check_ids
    from figures.pipeline.files import check_folder

    check_ids(ids)
    check_folder(out)

    from figures.pages.gallery import read_ledger, write_gallery
    from figures.pipeline.result import read_results
    from figures.pipeline.run import make_all
    from flatscape.output.progress import progress_bar
    from flatscape.process.runtime import default_workers, prepare_worker

    shown = read_ledger(out) if ledger is None else ledger
    with progress_bar() as report:
        make_all(ids, out, level=size, workers=workers or default_workers(), progress=report, prepare=prepare_worker)
    return write_gallery(out, shown, read_results(out, MODULES))
