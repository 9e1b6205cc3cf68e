"""The command line: commands, the one way errors are reported, and exit codes.

Exit codes: 0 fine; 1 a statement is violated or a control is not refuted; 2 bad input.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from flatscape import __version__, explain, figures_command, lm, paper, simulate, verify
from flatscape.terminal import READER_GONE
from theory.errors import InvalidInputError

app = typer.Typer(
    help="Why an accurate reward model can be a bad teacher: check the theory, simulate it, draw it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(verify.verify)
app.command()(explain.explain)
app.command()(simulate.simulate)
app.command()(figures_command.figures)
app.command()(paper.paper)
app.add_typer(lm.app, name="lm")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flatscape {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line; bad input ends with one line on standard error and exit code 2."""
    output = sys.stdout
    for stream in (sys.stdout, sys.stderr):
        # Mathematics has symbols that not every terminal's encoding has.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except InvalidInputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except SystemExit:
        # The reader of a pipe (head, say) has seen enough: then click wraps the output and ends with 1, which here
        # would claim a violated statement; nor is it 0, as the verdict may have been still to come.
        if sys.stdout is not output:
            raise SystemExit(READER_GONE) from None
        raise
