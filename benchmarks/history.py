"""The page of all kept runs: each row's ratio to its baseline over time.

Run as `python -m benchmarks.history`; writes out/benchmarks/index.html.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.kept_runs import WORSE, Row, Run, kept_runs, rows_of
from proofs_check.ledger.ledger import write_text

PAGE = Path("out/benchmarks/index.html")
WIDTH, HEIGHT, MARGIN = 160, 32, 4


def history_page(runs: Sequence[Run]) -> str:
    """The page as HTML without scripts. **Arguments**: `runs`, at least one, in the order of time."""
    series: dict[tuple[str, str, bool], list[Row]] = {}
    for run in runs:
        for key, row in rows_of(run).items():
            series.setdefault(key, []).append(row)
    benchmarks: dict[str, list[dict[str, Any]]] = {}
    for (name, label, quick), rows in series.items():
        benchmarks.setdefault(name, []).append(_shown(f"{label} (quick)" if quick else label, rows))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("history.html.jinja").render(runs=runs, benchmarks=benchmarks, limit=WORSE)


def _shown(label: str, rows: Sequence[Row]) -> dict[str, Any]:
    points = line([row.ratio if row.larger_is_better else 1 / row.ratio for row in rows])
    last, before = rows[-1], rows[-2] if len(rows) > 1 else None
    return {
        "label": label,
        "last": f"{last.ratio:,.3g}x",
        "before": "" if before is None else f"{before.ratio:,.3g}x",
        "count": len(rows),
        "worse": before is not None and last.worse_than(before) > WORSE,
        "points": " ".join(f"{x:g},{y:g}" for x, y in points),
        "end": points[-1],
        "spoken": f"from {rows[0].ratio:.3g} to {last.ratio:.3g}",
    }


def line(values: Sequence[float]) -> list[tuple[float, float]]:
    """Positive numbers as points of a picture, from left to right, on a logarithmic scale, the largest at the top."""
    logs = [math.log(value) for value in values]
    low, span = min(logs), max(logs) - min(logs)
    step = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    heights = [(value - low) / span if span > 0 else 0.5 for value in logs]
    return [
        (round(MARGIN + k * step, 1), round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * height, 1))
        for k, height in enumerate(heights)
    ]


def main() -> None:
    """Writes the page, if any run is kept."""
    runs = kept_runs()
    if not runs:
        raise SystemExit("No run is kept yet: make bench.")
    write_text(PAGE, history_page(runs))
    print(PAGE)


if __name__ == "__main__":
    main()
