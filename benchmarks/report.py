"""The report of a benchmark: its options, and the table that it prints and writes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from proofs_check.ledger.ledger import write_json


def parse_options(
    description: str | None, name: str, quick: str, more: Mapping[str, str] | None = None
) -> argparse.Namespace:
    """The command line's `quick` and `out`.

    **Arguments**: `name`: of the file in out/benchmarks, without its suffix; `quick`: what `--quick` leaves out;
    `more`: options of this benchmark alone, with what they are for.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--out", type=Path, default=Path(f"out/benchmarks/{name}.json"))
    for option, purpose in (more or {}).items():
        parser.add_argument(option, help=purpose)
    return parser.parse_args()


def write_report(
    options: argparse.Namespace, columns: Sequence[str], rows: Sequence[Sequence[str]], **more: Any
) -> None:
    """Writes the table, with `more` beside it, to the file that the options name, and prints it."""
    write_json(options.out, {"quick": options.quick, "columns": columns, "rows": rows} | more)
    widths = [max(len(str(row[k])) for row in [columns, *rows]) for k in range(len(columns))]
    for row in [columns, *rows]:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)))
