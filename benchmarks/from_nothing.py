"""What a new machine waits for: commands with an empty cache of compiled programs, now and before all was made quicker.

Beside the seconds of the CPU of now stand those of before, where they were measured, on a machine of the same kind: the
seconds of the two are not of one run, so compare magnitudes. Checks, statements and figures have been added since then.
Where the processes of a command share the machine with other work, its seconds of the CPU are more.

Run as `python -m benchmarks.from_nothing [--quick]`, half an hour on two cores, and not part of `make bench`; prints a
table and writes out/benchmarks/from_nothing.json. The tests need their packages (`make install`).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.first_run import OURS, PROBLEM
from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions

COLUMNS = ["case", "cache", "CPU seconds before", "target", "CPU seconds", "seconds", "largest process, GB"]
ROOT = Path(__file__).resolve().parents[1]


class Case(NamedTuple):
    """A command.

    **Fields**: what follows the interpreter; CPU seconds before and those wanted, with an empty cache and with a filled
    one (None: not measured then, and not now).
    """

    command: tuple[str, ...]
    before: tuple[str, str | None]
    target: tuple[str, str]


CASES = {
    "simulate one problem": Case(("-c", OURS, "simulate", "problem.json"), ("16", "4.8"), ("3", "1")),
    "explain thm5": Case(("-c", OURS, "explain", "thm5"), ("", "10"), ("", "")),
    "verify prop3 s3": Case(
        ("-c", OURS, "verify", "prop3", "s3", "--no-language-model"), ("182", None), ("60 of compiling", "")
    ),
    "make paper": Case(("-c", OURS, "paper", "--out", "paper"), ("960", None), ("360", "")),
    "make test": Case(
        ("-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "-m", "not slow"),
        ("2,160", None),
        ("720", "360"),
    ),
}
QUICK = 3
"""The cases that `--quick` measures."""


class Cost(NamedTuple):
    """What a command took: seconds, those of the CPU, and the memory of its largest process in GB."""

    seconds: float
    cpu_seconds: float
    gigabytes: float


def cost_of(command: tuple[str, ...], folder: Path, cache: Path) -> Cost:
    """Runs a command to its end, in a process that counts only this command's.

    **Raises** `RuntimeError` where it fails.
    """
    program = [sys.executable, "-m", "benchmarks.from_nothing", "--count", json.dumps(list(command))]
    where = ROOT if "pytest" in command else folder
    done = subprocess.run(
        program,
        cwd=where,
        env=os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stdout[-2000:]}")
    return Cost(*json.loads(done.stdout))


def count(command: list[str]) -> int:
    """Runs a command and prints its `Cost`; returns what it exited with."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *command], stdout=sys.stderr, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.perf_counter() - started
    print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9]))
    return done.returncode


def rows_of(name: str) -> list[list[str]]:
    """A command with an empty cache and, if that was measured before, again with a filled one."""
    case, rows = CASES[name], []
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        (folder / "problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
        for cache, before, target in zip(("empty", "filled"), case.before, case.target, strict=True):
            if before is not None:
                cost = cost_of(case.command, folder, folder / "cache")
                numbers = [f"{cost.cpu_seconds:,.3g}" if cost.cpu_seconds < 100 else f"{cost.cpu_seconds:,.0f}"]
                rows.append([name, cache, before, target, *numbers, f"{cost.seconds:,.0f}", f"{cost.gigabytes:.1f}"])
    return rows


def main() -> None:
    """Measures all commands, the short ones first; one that fails is named, and the others are still reported."""
    if sys.argv[1:2] == ["--count"]:
        raise SystemExit(count(json.loads(sys.argv[2])))
    options = parse_options(__doc__, "from_nothing", "not `make paper` and `make test`")
    rows, failures = [], []
    for name in list(CASES)[: QUICK if options.quick else None]:
        print(name, file=sys.stderr, flush=True)
        try:
            rows += rows_of(name)
        except RuntimeError as failure:
            failures.append(str(failure))
    write_report(options, COLUMNS, rows, versions=versions())
    if failures:
        raise SystemExit("\n".join(failures))


if __name__ == "__main__":
    main()
