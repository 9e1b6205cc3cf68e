"""The first minute: commands as a newcomer types them, with an empty cache of compiled programs and with a filled one.

What is measured is compared with the same commands where programs are compiled as JAX does by default, instead of with
the settings of `theory.compilation`: both with an empty cache, one after the other, in processes of their own. The
ratio is that of the seconds of the CPU, which other work on the machine hardly changes.

Run as `python -m benchmarks.first_run [--quick]`; prints a table and writes out/benchmarks/first_run.json.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measured_process import ROOT, Cost, cost_of
from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions

COLUMNS = ["case", "method", "seconds", "CPU seconds", "ratio"]

PROBLEM = {
    "initial_probabilities": [0.2, 0.3, 0.5],
    "proxy_reward": [1.0, 0.0, -1.0],
    "ground_truth_reward": [1.0, -1.0, 0.0],
    "gamma": 0.3,
}

CASES = {
    "simulate one problem": ["simulate", "problem.json"],
    "explain s3": ["explain", "s3"],
    "verify prop3 s3": ["verify", "prop3", "s3", "--no-language-model", "--no-formal", "--workers", "1"],
}

OURS = "import flatscape.cli as cli; cli.main()"
DEFAULT = f"import theory.compilation as own; own._accepted = lambda options: {{}}; {OURS}"


def run(command: Sequence[str], folder: Path, cache: Path) -> Cost:
    """What a command of this Python takes in a folder, with compiled programs kept in `cache`.

    What it prints goes to standard error: a person sees how far a long one is, and why one has failed.

    **Raises** `RuntimeError` where it fails.
    """
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    return cost_of([sys.executable, *command], cwd=folder, env=environment)


def rows_of(case: str) -> list[list[str]]:
    """One command: JAX's own way with an empty cache, ours with an empty one, and ours again."""
    rows = []
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        (folder / "problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
        for cache, program in (("default", DEFAULT), ("ours", OURS), ("ours", OURS)):
            rows.append(run(["-c", program, *CASES[case]], folder, folder / cache))
    default, cold, warm = rows
    shown = [
        ("compiled as by default, empty cache", default, ""),
        ("flatscape, empty cache", cold, f"{default[1] / cold[1]:.2f}x"),
        ("flatscape, filled cache", warm, f"{default[1] / warm[1]:.2f}x"),
    ]
    return [[case, method, f"{used[0]:.1f}", f"{used[1]:.1f}", ratio] for method, used, ratio in shown]


def main() -> None:
    """Measures all commands."""
    options = parse_options(__doc__, "first_run", "one problem alone")
    rows = []
    for case in list(CASES)[: 1 if options.quick else None]:
        print(case, file=sys.stderr, flush=True)
        rows += rows_of(case)
    write_report(options, COLUMNS, rows, versions=versions())


if __name__ == "__main__":
    main()
