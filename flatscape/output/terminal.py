"""Tables and texts on a terminal: as wide as the terminal, or wide enough for every column where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flatscape.process.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

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


@dataclass(frozen=True)
class Column:
    """A column of a table.

    **Fields**: `heading`; `rank`: the highest is left out first where there is no room; `wraps`: whether its text may
    be broken at spaces, which numbers must not; `justify`: on which side it stands.
    """

    heading: str
    rank: int
    wraps: bool = False
    justify: Literal["left", "right"] = "left"


BORDER = 3
"""The characters that a column adds to its text; one more closes the table."""


def fitting_table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, *, title: str | None = None
) -> tuple[Table, list[str]]:
    """A table of as many columns as a screen has room for, in which no number is cut.

    **Arguments**: `rows` of cells, one per column; `width` of the screen in characters.

    **Returns** the table and the headings that it has no room for.
    """
    from rich.table import Table

    cells = [[row[k] for row in rows] for k in range(len(columns))]
    least = [_narrowest(column, own) for column, own in zip(columns, cells, strict=True)]
    shown = sorted(range(len(columns)), key=lambda k: columns[k].rank)
    while len(shown) > 1 and sum(least[k] + BORDER for k in shown) + 1 > width:
        shown.pop()
    room = width - 1 - sum(least[k] + BORDER for k in shown)
    table = Table(title=title)
    for k in sorted(shown):
        # What is left of the width goes to the first columns that can use it.
        more = min(max(room, 0), max(map(len, [columns[k].heading, *cells[k]])) - least[k])
        room -= more
        table.add_column(columns[k].heading, justify=columns[k].justify, width=least[k] + more)
    for row in rows:
        table.add_row(*(row[k] for k in sorted(shown)))
    return table, [columns[k].heading for k in range(len(columns)) if k not in shown]


def print_table(screen: Console, columns: Sequence[Column], cells: Sequence[Sequence[str]], title: str) -> None:
    """Prints a table as wide as the screen, and says which columns there was no room for."""
    table, missing = fitting_table(columns, cells, screen.width, title=title)
    screen.print(table)
    if missing:
        screen.print(f"No room for: {', '.join(missing)}.")


def _narrowest(column: Column, cells: Sequence[str]) -> int:
    """The least width of a column's text: headings break at spaces, cells only where the column says so."""
    whole = [word for cell in cells for word in (cell.split() if column.wraps else [cell])]
    return max((len(part) for part in (*column.heading.split(), *whole)), default=1)
