"""The report as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CHECK_COLUMNS = ("kernel", "deviation", "tolerance", "verdict", "sizes")
RATE_COLUMNS = ("measured", "precision", "rate", "ceiling", "share", "first call", "sizes")


def check_cells(row: Mapping[str, Any]) -> list[str]:
    """A row of the table of checks."""
    deviation = "" if row["deviation"] is None else f"{row['deviation']:.1e}"
    said = f"{row['sizes']}; {row['error'].splitlines()[0]}" if "error" in row else row["sizes"]
    return [row["kernel"], deviation, f"{row['tolerance']:.1e}", row["verdict"], said]


def rate_cells(row: Mapping[str, Any]) -> list[str]:
    """A row of the table of rates."""
    if "error" in row:
        return [row["what"], "", "", "", "", "", row["error"].splitlines()[0]]
    ceiling = "" if row["ceiling"] is None else _number(row["ceiling"])
    share = "" if row["share_of_ceiling"] is None else f"{100 * row['share_of_ceiling']:.0f}%"
    rate = f"{_number(row['rate'])} {row['unit']}"
    return [row["what"], row["precision"], rate, ceiling, share, f"{row['first_seconds']:.1f} s", row["sizes"]]


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are aligned for the terminal too."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def report_table(report: Mapping[str, Any]) -> str:
    """The device, both tables and the verdict."""
    device = report["device"]
    head = f"{device['kind']} ({device['platform']}), jax {report['versions']['jax']}, sizes: {report['sizes']}"
    checks = markdown(CHECK_COLUMNS, [check_cells(row) for row in report["checks"]])
    rates = markdown(RATE_COLUMNS, [rate_cells(row) for row in report["rates"]])
    return f"{head}\n\n{checks}\n\n{rates}\n\n{report['verdict']}"
