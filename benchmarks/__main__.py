"""All benchmarks, one after the other, each in a process of its own; their reports are kept as one run of this date.

Run as `make bench`, or `python -m benchmarks [--quick] [NAME...]`. Writes benchmarks/results/DATE.json and the page of
all runs, out/benchmarks/index.html, and prints every row whose ratio to its own baseline is worse by more than 20%
than in the last run that is kept. A benchmark that fails is named; the others are kept all the same.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.history import PAGE, history_page
from benchmarks.kept_runs import RESULTS, WORSE, Run, keep_run, kept_runs, worse_rows
from benchmarks.machine import machine
from proofs_check.ledger.ledger import versions, write_text

NAMES = (
    "first_run",
    "hitting_times",
    "parameter_space",
    "policy_gradient",
    "audit",
    "language_model",
    "rloo_step",
    "scale",
    "notebook_answers",
)
OUT = Path("out/benchmarks")


def measured(names: Sequence[str], quick: bool, out: Path = OUT) -> tuple[dict[str, Any], list[str]]:
    """The reports of benchmarks by name, which are also written to `out`, and the names of those that have failed."""
    reports, failed = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(f"\n{name}", flush=True)
            path = Path(folder) / f"{name}.json"
            command = [sys.executable, "-m", f"benchmarks.{name}", "--out", str(path)]
            done = subprocess.run([*command, *(["--quick"] if quick else [])])
            if done.returncode or not path.exists():
                failed.append(name)
                continue
            text = path.read_text(encoding="utf-8")
            reports[name] = json.loads(text)
            write_text(out / path.name, text)
    return reports, failed


def kept_and_compared(reports: dict[str, Any], date: str, results: Path = RESULTS, page: Path = PAGE) -> list[str]:
    """Keeps the reports of a run, writes the page, and gives the lines that say what has become worse."""
    earlier = kept_runs(results)
    run: Run = {"date": date, "machine": machine(), "versions": versions(), "benchmarks": reports}
    kept = keep_run(run, results)
    write_text(page, history_page([*earlier, run]))
    lines = [f"kept: {kept}; all runs: {page}"]
    if not earlier:
        return [*lines, "This is the first run that is kept: there is nothing to compare it with."]
    if earlier[-1]["machine"] != run["machine"]:
        lines.append("The last run was on another machine, or another Python; ratios are compared all the same.")
    worse = worse_rows(run, earlier)
    limit = f"{100 * (WORSE - 1):.0f}%"
    if not worse:
        return [*lines, f"No row's ratio to its baseline is worse by more than {limit} than in the last run."]
    lines.append(f"Worse by more than {limit} than in the last run, by the ratio to their own baselines:")
    return lines + [
        f"  {row.benchmark}: {row.label}: {before.ratio:,.3g}x -> {row.ratio:,.3g}x, {factor:.2f} times worse"
        for row, before, factor in worse
    ]


def main() -> None:
    """Runs them, keeps what they say, and ends with 1 if one has failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    kept_runs()  # A file among them that is damaged is told before an hour of measuring.
    reports, failed = measured(options.names or NAMES, options.quick)
    if reports:
        print("\n".join(["", *kept_and_compared(reports, datetime.date.today().isoformat())]))
    if failed:
        raise SystemExit(f"These failed: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
