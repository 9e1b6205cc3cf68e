"""Runs the parts of a plan in one process or several, keeping what is finished until all of it is.

Each part's findings are a JSON file in the cache, in a folder named after everything that they depend on: what was
asked for, the code, and the versions of the software. An interrupted run leaves them there, and the same run finds them
again; a run that ends removes them, so that the next one checks everything anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from proofs_check.evidence.merging import merge_evidence
from proofs_check.ledger.fingerprint import code_fingerprint
from proofs_check.ledger.ledger import write_json
from proofs_check.ledger.plan import Findings, Wanted, plan
from sims.llm.model_file import cache_folder
from sims.parallel.processes import Prepare, no_preparation, worker_processes

PACKAGES = ("theory", "sims", "proofs_check")
"""The packages whose code findings depend on."""


def run_plan(
    wanted: Wanted,
    *,
    workers: int = 1,
    progress: Callable[[str, float], None] | None = None,
    prepare: Prepare | None = None,
    keep: bool = False,
) -> Findings:
    """Runs every part of a plan, except for those that an interrupted run has left finished.

    **Arguments**

    - `wanted`: what is asked for.
    - `workers`: processes at work; with one, all is done in this process.
    - `progress`: told what is done or begun, and the share of the parts that are done.
    - `prepare`: called first in each process that works, with their number (`sims.parallel.processes`).
    - `keep`: leave what is finished until `forget`, because the run is only a part of what can be interrupted.

    **Returns** the findings of all parts, those of one statement and method joined.

    **Raises** `InvalidInputError` for ids that are not in the register.
    """
    report = progress or (lambda what, done: None)
    names = list(plan(wanted))
    folder = _folder(wanted)
    found = {name: findings for name in names if (findings := _kept(folder, name)) is not None}
    left = [name for name in names if name not in found]
    if found:
        report(f"found {len(found)} parts of an interrupted run", len(found) / len(names))
    done = partial(_in_this_process, report=lambda name: report(name, len(found) / len(names)))
    if workers > 1 and len(left) > 1:
        report(f"{len(left)} parts in {workers} processes", len(found) / len(names))
        done = partial(_in_processes, workers=min(workers, len(left)))
    for name, record in done(wanted, left, prepare or no_preparation):
        found[name] = Findings.from_record(record)
        with contextlib.suppress(OSError):  # What cannot be kept is only lost to a run that is interrupted.
            write_json(folder / _file_name(name), record)
        report(f"done: {name}", len(found) / len(names))
    if not keep:
        forget(wanted)
    return _joined([found[name] for name in names])


def forget(wanted: Wanted) -> None:
    """Removes what a run has kept of itself, so that the next one checks everything anew."""
    shutil.rmtree(_folder(wanted), ignore_errors=True)


def _folder(wanted: Wanted) -> Path:
    return cache_folder() / "unfinished" / fingerprint(wanted)


Records = Iterator[tuple[str, dict[str, Any]]]


def _in_this_process(
    wanted: Wanted, names: Sequence[str], prepare: Prepare, *, report: Callable[[str], None]
) -> Records:
    prepare(1)
    parts = plan(wanted)
    for name in names:
        report(name)
        yield name, parts[name]().to_record()


def _in_processes(wanted: Wanted, names: Sequence[str], prepare: Prepare, *, workers: int) -> Records:
    with worker_processes(workers, prepare) as pool:
        futures = {pool.submit(_run_part, wanted, name): name for name in names}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _run_part(wanted: Wanted, name: str) -> dict[str, Any]:
    return plan(wanted)[name]().to_record()


def fingerprint(wanted: Wanted) -> str:
    """A name for everything that findings depend on: what is asked for, the code, the versions of the software."""
    return code_fingerprint(PACKAGES, asdict(wanted))


def _file_name(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:16] + ".json"


def _kept(folder: Path, name: str) -> Findings | None:
    """What an interrupted run has left of a part; None if it has not, or the file is damaged."""
    try:
        return Findings.from_record(json.loads((folder / _file_name(name)).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _joined(findings: Sequence[Findings]) -> Findings:
    reports = [item.simulator for item in findings if item.simulator is not None]
    evidence = merge_evidence([item for part in findings for item in part.evidence])
    return Findings(tuple(evidence), sum(reports[1:], reports[0]) if reports else None)
