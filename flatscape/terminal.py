"""Where tables go: as wide as the terminal, or wide enough for every column where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 132


def console() -> Console:
    """Standard output for tables. A pipe or a file gets full columns rather than a guess at a screen's width."""
    from rich.console import Console

    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
