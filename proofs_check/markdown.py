"""Tables in Markdown: the one place that writes them, so that no text in a cell can break its row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> str:
    """A Markdown table; the columns named in `right` are aligned to the right."""
    lines = [_line(headings), "|" + "|".join("--:" if h in right else "---" for h in headings) + "|"]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def tables(page: str) -> list[list[list[str]]]:
    """The tables of a page in Markdown, each a list of rows of cells; a bar that is escaped ends no cell."""
    found: list[list[list[str]]] = []
    fenced = inside = False
    for line in page.splitlines():
        fenced ^= line.lstrip().startswith("```")
        row = line.startswith("|") and not fenced
        if row and not inside:
            found.append([])
        if row:
            cells = line.strip().removeprefix("|").replace("\\|", "\0").removesuffix("|").split("|")
            found[-1].append([cell.strip().replace("\0", "|") for cell in cells])
        inside = row
    return found
