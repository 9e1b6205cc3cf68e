"""Where tables and texts go: as wide as the terminal, or wide enough for every column where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flatscape.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 132


def console() -> Console:
    """Standard output for tables. A pipe or a file gets full columns rather than a guess at a screen's width."""
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            # Rich ends with 1, which here would claim a violated statement.
            try:
                super().on_broken_pipe()
            except SystemExit:
                raise SystemExit(Outcome.READER_GONE) from None

    made = Output(highlight=False)
    return made if made.is_terminal else Output(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
