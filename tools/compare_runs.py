"""Whether two runs of `make paper` found the same: `python -m tools.compare_runs BEFORE AFTER`.

For a change that must not change results, such as a rebuilding. Each folder is what `make paper` left in `out/`.
Compared are the ledger, row by row (everything but seconds and versions of software), and the data of every figure,
byte by byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

IGNORED = frozenset({"seconds", "versions", "text", "code"})
"""What a run differs in from the next (time), and where code lies (text of proof steps names files and modules)."""

RENAMED: Mapping[str, str] = {}
"""Names of ledger fields and methods before a rebuilding, and after it."""


def flattened(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and text of a JSON value with the path to it, but for what is ignored."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in IGNORED:
                yield from flattened(item, f"{place}.{RENAMED.get(key, key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flattened(item, f"{place}[{index}]")
    else:
        yield place, RENAMED.get(value, value) if isinstance(value, str) else value


def ledger_rows(path: Path) -> dict[str, dict[str, Any]]:
    """The evidence of a ledger by statement and method, and its simulator's table, flattened."""
    record = json.loads(path.read_text(encoding="utf-8"))
    rows = {
        f"{row['statement']} / {RENAMED.get(row['method'], row['method'])}": dict(flattened(row))
        for row in record["evidence"]
    }
    return rows | {"simulator": dict(flattened(record["simulator"]))}


def ledger_differences(before: Path, after: Path) -> list[str]:
    """In words, where two ledgers differ."""
    old, new = ledger_rows(before), ledger_rows(after)
    found = [f"{name}: only before" for name in old.keys() - new.keys()]
    found += [f"{name}: only after" for name in new.keys() - old.keys()]
    for name in old.keys() & new.keys():
        fields = sorted(k for k in old[name].keys() | new[name].keys() if old[name].get(k) != new[name].get(k))
        found += [f"{name}{field}: {old[name].get(field)!r} became {new[name].get(field)!r}" for field in fields]
    return sorted(found)


def figure_differences(before: Path, after: Path) -> list[str]:
    """The CSV files that are not the same in two folders of figures, or are missing from one."""
    old, new = ({p.name: p.read_bytes() for p in folder.glob("*.csv")} for folder in (before, after))
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def main(
    before: Annotated[Path, typer.Argument(help="What `make paper` left before the change.")],
    after: Annotated[Path, typer.Argument(help="What it left after the change.")],
) -> None:
    """Compares the ledgers and the figures' data of two runs; exits 1 if they differ."""
    rows = ledger_differences(before / "ledger.json", after / "ledger.json")
    figures = figure_differences(before, after)
    count = len(ledger_rows(after / "ledger.json"))
    drawn = len(list(after.glob("*.csv")))
    for line in [*rows, *(f"{name}: other data" for name in figures)]:
        typer.echo(line)
    typer.echo(f"{count} rows of the ledger, {len(rows)} differences; {drawn} figures, {len(figures)} differences.")
    if rows or figures:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
