"""What a new machine waits for: commands with an empty cache of compiled programs, now and before all was made quicker.

Beside the seconds of the CPU of now stand those of before, where they were measured, on a machine of the same kind: the
seconds of the two are not of one run, so compare magnitudes. Checks, statements and figures have been added since then.
Where the processes of a command share the machine with other work, its seconds of the CPU are more.

Run as `python -m benchmarks.from_nothing [--quick]`, half an hour on two cores, and not part of `make bench`; prints a
table and writes out/benchmarks/from_nothing.json. The tests need their packages (`make install`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.first_run import OURS, PROBLEM, run
from benchmarks.measured_process import ROOT
from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions

COLUMNS = ["case", "cache", "CPU seconds before", "target", "CPU seconds", "seconds", "largest process, GB"]


class Case(NamedTuple):
    """A command.

    **Fields**: what follows the interpreter; CPU seconds before and those wanted, with an empty cache and with a filled
    one (None: not measured then, and not now); the `folder` it runs in, if not an empty one.
    """

    command: tuple[str, ...]
    before: tuple[str, str | None]
    target: tuple[str, str]
    folder: Path | None = None


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
        ROOT,
    ),
}
QUICK = 3
"""The cases that `--quick` measures."""


def rows_of(name: str) -> list[list[str]]:
    """A command with an empty cache and, if that was measured before, again with a filled one."""
    case, rows = CASES[name], []
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        (folder / "problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
        for cache, before, target in zip(("empty", "filled"), case.before, case.target, strict=True):
            if before is not None:
                seconds, used, peak = run(case.command, case.folder or folder, folder / "cache")
                shown = f"{used:,.3g}" if used < 100 else f"{used:,.0f}"
                rows.append([name, cache, before, target, shown, f"{seconds:,.0f}", f"{peak * 2**20 / 1e9:.1f}"])
    return rows


def main() -> None:
    """Measures all commands, the short ones first; one that fails is named, and the others are still reported."""
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
