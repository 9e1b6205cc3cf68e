"""`flatscape figures`: the figures with their data and provenance, and the page that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flatscape.commands.verify import Level

if TYPE_CHECKING:
    from proofs_check.ledger.ledger import Ledger


OUT = Path("out")
CHANGED = OUT / "changed"
"""The folder of figures under other settings, which are not to be taken for the paper's."""


def figures(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Which figures (default: all).", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The folder for files and index.html (default: out; with --set: out/changed)."),
    ] = None,
    level: Annotated[Level, typer.Option("--level", help="How many problems and points.")] = Level.quick,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes at work (0: as many as cores, up to four).", show_default=False)
    ] = 0,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Another value in the setting of the figures named (Figures 2 to 14, Tables 1 to 12), such as "
            "kl_coefficient=0.2. Can be repeated.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Draw figures: for each a PDF, a PNG, the plotted data as CSV and a provenance JSON; and the page index.html.

    The page also shows the ledger, if `flatscape verify --json` has left it in the same folder as ledger.json.
    """
    if changes:
        page = draw_changed(ids or [], out or CHANGED, changes, size=level.value)
    else:
        page = draw_all(ids or [], out or OUT, size=level.value, ledger=None, workers=workers)
    typer.echo(f"Open {page}")


def draw_changed(ids: Sequence[str], out: Path, changes: Sequence[str], *, size: Literal["quick", "full"]) -> Path:
    """Draws the figures named under a setting in which something was changed, and writes the page of their folder.

    **Arguments**: `changes`, as `--set` takes them; the others are those of `draw_all`.

    **Returns** the page's path.

    **Raises** `InvalidInputError` where no figure is named, for one that has no setting, and for what its setting
    cannot be; nothing is computed then.
    """
    from figures.changing import changed_figure, parse_changes
    from figures.pipeline.files import check_folder
    from theory.errors import InvalidInputError

    wanted = parse_changes(list(changes))
    if not ids:
        raise InvalidInputError("--set", " ".join(changes), "Name the figures that it is for, such as fig2.")
    chosen = [changed_figure(id, wanted) for id in ids]
    check_folder(out)

    from figures.catalog import MODULES
    from figures.pages.gallery import write_gallery
    from figures.pipeline.result import read_results
    from figures.pipeline.resume import forget
    from figures.pipeline.save import make_and_save

    for figure in chosen:
        make_and_save(figure, out, level=size)
    forget()
    return write_gallery(out, None, read_results(out, MODULES))


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
