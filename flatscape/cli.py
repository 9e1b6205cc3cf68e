"""The command line: the commands, and the one place where a run ends."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
import warnings
from typing import Annotated, TextIO

import typer

from flatscape import __version__
from flatscape.commands import audit, explain, notebook, paper, simulate, verify
from flatscape.commands import figures as figures_command
from flatscape.commands.lm.app import app as lm
from flatscape.process.failure import report_failure, say
from flatscape.process.outcome import Outcome, exit_codes
from flatscape.process.stopping import Stopping
from sims.files import end_at_once
from theory.errors import InvalidInputError

app = typer.Typer(
    help="Why an accurate reward model can be a bad teacher: check the theory, simulate it, draw it.",
    epilog=exit_codes(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(verify.verify)
app.command()(explain.explain)
app.command()(simulate.simulate)
app.command()(audit.audit)
app.command()(figures_command.figures)
app.command()(paper.paper)
app.command()(notebook.notebook)
app.add_typer(lm, name="lm")


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
    """Runs the command line, and ends this process with the exit code that `flatscape.process.outcome` explains.

    Bad input, a fault, an output that cannot be written and a signal each give one line on standard error.
    """
    stopping = Stopping(sys.argv[1:])
    code = _flushed(_run(stopping))
    if stopping.number is not None:
        # What is shared with processes that have ended is given back; the rest of what a process does when it ends may
        # take longer than whoever stopped it waits.
        gc.collect()
        end_at_once(code)
    raise SystemExit(int(code))


def _run(stopping: Stopping) -> int:
    if not _prepare_streams():
        say("error: standard output is closed: give it somewhere to go, such as > /dev/null")
        return Outcome.INPUT_OUTPUT
    # NumPy's warnings speak to programmers; whoever asks for them with -W or PYTHONWARNINGS gets them.
    if not sys.warnoptions:
        warnings.simplefilter("ignore", RuntimeWarning)
    try:
        stopping.listen()
        return _outcome(sys.stdout)
    except BaseException as error:
        # A signal may come out as another error: that of a worker process, for one, which has got it as well.
        if stopping.number is not None:
            stopping.say(stopping.number)
            return 128 + stopping.number
        if isinstance(error, InvalidInputError):
            say(f"error: {error}")
            return Outcome.BAD_INPUT
        return report_failure(error)


def _outcome(output: TextIO) -> int:
    try:
        app()
    except SystemExit as end:
        # The reader of a pipe (head, say) has seen enough: then click wraps the output and ends with 1, which here
        # would claim a violated statement; nor is it 0, as the verdict may have been still to come.
        if sys.stdout is not output:
            sys.stdout = output
            return Outcome.READER_GONE
        return end.code if isinstance(end.code, int) else Outcome.FINE if end.code is None else Outcome.BAD_INPUT
    return Outcome.FINE


def _prepare_streams() -> bool:
    """Makes all three streams usable; False if standard output was closed, so that nothing can be said."""
    closed = sys.stdout is None
    # Otherwise the next file that is opened takes the place of a closed stream, and is written to in its stead.
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # Mathematics has symbols that not every terminal's encoding has.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return not closed


def _flushed(code: int) -> int:
    """The exit code once everything that was printed is out, or could not be written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            # What is left would be tried once more, and complained of, when the interpreter ends.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
            if stream is sys.stdout and code == Outcome.FINE:
                code = Outcome.READER_GONE if error.errno == errno.EPIPE else report_failure(error)
    return code
