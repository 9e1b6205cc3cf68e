"""Runs of all benchmarks that are kept by date, and the rows that have become worse from one to the next.

A row says of itself what it is compared with: its ratio to a baseline that was measured in the same run, on the same
machine. Ratios of different days are compared, seconds are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sims.files import replace_together

RESULTS = Path(__file__).parent / "results"
LABELS = ("case", "method", "task", "trained", "update")
"""Headings of the columns that say what a row measures."""

RATIOS = ("ratio", "time over ours", "flatscape over it")
"""Headings of the column with a row's ratio to its baseline."""

WORSE = 1.2
"""A row is worse if its ratio is worse by more than this factor."""

_RATIO = re.compile(r"([\d,]*\.?\d+(?:e[+-]?\d+)?)x( .+)?")

Run = Mapping[str, Any]
"""A kept run: `date`, `machine`, `versions`, and in `benchmarks` each one's report by name."""


class Row(NamedTuple):
    """What is compared of a row.

    **Fields**: the `benchmark` and the `label` that name it in every run; `ratio` to its baseline; `larger_is_better`,
    which holds unless the ratio is to a floor such as memory's ("1.5x memory").
    """

    benchmark: str
    label: str
    ratio: float
    larger_is_better: bool

    def worse_than(self, before: Row) -> float:
        """The factor by which the ratio has become worse; below one if it has become better."""
        return before.ratio / self.ratio if self.larger_is_better else self.ratio / before.ratio


class Worse(NamedTuple):
    """A row that has become worse, by a `factor`."""

    row: Row
    before: Row
    factor: float


def rows_of(run: Run) -> dict[tuple[str, str, bool], Row]:
    """All rows of a run with a ratio, by benchmark, label and whether it was a quick one."""
    found = {}
    for name, report in run["benchmarks"].items():
        labels = [k for k, heading in enumerate(report["columns"]) if heading in LABELS]
        ratio = next((k for k, heading in enumerate(report["columns"]) if heading in RATIOS), None)
        seen: dict[str, int] = {}
        for cells in report["rows"] if ratio is not None else ():
            label = ", ".join(str(cells[k]) for k in labels if cells[k])
            # Some tables have rows of one name, each below what it is compared with.
            seen[label] = seen.get(label, 0) + 1
            parsed = _RATIO.fullmatch(str(cells[ratio]))
            if parsed is None or not float(parsed[1].replace(",", "")):
                continue
            own = label if seen[label] == 1 else f"{label} ({seen[label]})"
            found[name, own, report["quick"]] = Row(name, own, float(parsed[1].replace(",", "")), parsed[2] is None)
    return found


def worse_rows(run: Run, earlier: Sequence[Run]) -> list[Worse]:
    """The rows of a run that are worse by more than `WORSE` than in the last earlier run that has them.

    **Arguments**: `earlier`, in the order of time.
    """
    last = {key: row for before in earlier for key, row in rows_of(before).items()}
    found = [
        Worse(row, last[key], row.worse_than(last[key]))
        for key, row in rows_of(run).items()
        if key in last and row.worse_than(last[key]) > WORSE
    ]
    return sorted(found, key=lambda worse: -worse.factor)


def kept_runs(folder: Path = RESULTS) -> list[Run]:
    """The runs that are kept, in the order of time. **Raises** `ValueError` naming a file that is none."""
    runs = []
    for path in sorted(folder.glob("*.json"), key=_order):
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
            rows_of(run)
            run["date"], run["machine"], run["versions"]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"{path} is no kept run of benchmarks ({error!r}): mend or remove it.") from None
        runs.append(run)
    return runs


def keep_run(run: Run, folder: Path = RESULTS) -> Path:
    """Writes a run beside the others, under its date; a second one of a day has a number. Replaces nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / f"{run['date']}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{run['date']}-{number}.json"
    replace_together(folder, {path.name: f"{json.dumps(run, indent=1, allow_nan=False)}\n".encode()})
    return path


def _order(path: Path) -> tuple[str, int]:
    """The date in a file's name, and its number on that day."""
    date, number = path.stem[:10], path.stem[11:]
    return date, int(number) if number.isdigit() else 1
