"""Runs of the ledger's plan, in one process or several; an interrupted one goes on where it has stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from proofs_check.coq.build import installed, keys, version
from proofs_check.evidence.merging import merge_evidence
from proofs_check.evidence.proof import with_formal_steps
from proofs_check.ledger.ledger import Ledger, make_ledger, versions
from proofs_check.ledger.plan import Findings, Wanted, plan
from sims.llm.model_file import cache_folder
from sims.parallel.processes import Prepare
from sims.parallel.resumable import Progress, Task, Unfinished, run_resumable, unfinished

PACKAGES = ("theory", "sims", "proofs_check")
"""The packages whose code findings depend on."""


def verify(
    statements: Sequence[str] = (),
    *,
    level: str = "quick",
    seed: int = 0,
    language_model: bool = False,
    formal: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
    keep: bool = False,
) -> Ledger:
    """Proves, certifies and checks statements, and refutes their controls: what `flatscape verify` does.

    **Arguments**

    - `statements`: ids from the register; all of them if none are named. `thm5` stands for all that begin so.
    - `level`: "quick" or "full". `seed`: of what is random; at least zero.
    - `language_model`: whether the next-token distribution of SmolLM2 is among the checks (it is downloaded once).
    - `formal`: whether Coq checks the formal proofs, where it is installed (a minute, the first time).
    - `workers`, `progress`, `prepare`, `keep`: as in `run_plan`; an interrupted run is resumed by the same call.
      Several workers need a script guarded by `if __name__ == "__main__":`.

    **Returns** a `Ledger`; `ledger.sound` says whether nothing is violated or unchecked and every control is refuted.

    **Raises** `InvalidInputError` for ids that are not in the register.

    **Example**

    >>> import proofs_check
    >>> ledger = proofs_check.verify(["lem1"])
    >>> ledger.sound, [(e.statement, e.verdict.value) for e in ledger.evidence]
    (True, [('lem1', 'proved')])
    """
    started = time.perf_counter()
    wanted = Wanted(tuple(statements), level, seed, language_model, formal)
    found = run_plan(wanted, workers=workers, progress=progress, prepare=prepare, keep=keep)
    seconds = time.perf_counter() - started
    evidence = with_formal_steps(found.evidence)
    return make_ledger(evidence, level=level, seed=seed, seconds=seconds, simulator=found.simulator)


def run_plan(
    wanted: Wanted,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
    keep: bool = False,
) -> Findings:
    """Runs every part of a plan, except for those that an interrupted run has left finished.

    **Arguments**

    - `wanted`: what is asked for.
    - `workers`: processes at work; with one, all is done in this process.
    - `progress`: called with what is done or begun, and the share of the parts that are done.
    - `prepare`: called first in each process that works, with their number (`sims.parallel.processes`).
    - `keep`: leave what is finished until `forget`, because the run is only a part of what can be interrupted.

    **Returns** the findings of all parts, those of one statement and method joined.

    **Raises** `InvalidInputError` for ids that are not in the register.
    """
    task = Task(partial(_find, wanted), _to_bytes, _from_bytes, kept_findings(wanted))
    found = run_resumable(task, [[name] for name in plan(wanted)], workers=workers, progress=progress, prepare=prepare)
    if not keep:
        forget(wanted)
    return _joined(list(found.values()))


def kept_findings(wanted: Wanted) -> Unfinished:
    """Where a run keeps what it has found until all of it is there."""
    return unfinished(cache_folder() / "unfinished", "ledger", PACKAGES, versions() | _coq(), asdict(wanted))


def _coq() -> dict[str, str]:
    """What the formal proofs depend on besides the packages' code."""
    return {f"Coq's {name}": key for name, key in keys().items()} | {"Coq": version() if installed() else "none"}


def forget(wanted: Wanted) -> None:
    """Removes what a run has kept of itself, so that the next one checks everything anew."""
    kept_findings(wanted).forget()


def _find(wanted: Wanted, name: str) -> Findings:
    return plan(wanted)[name]()


def _to_bytes(findings: Findings) -> bytes:
    return json.dumps(findings.to_record(), allow_nan=False).encode()


def _from_bytes(content: bytes) -> Findings:
    return Findings.from_record(json.loads(content))


def _joined(findings: Sequence[Findings]) -> Findings:
    reports = [item.simulator for item in findings if item.simulator is not None]
    evidence = merge_evidence([item for part in findings for item in part.evidence])
    return Findings(tuple(evidence), sum(reports[1:], reports[0]) if reports else None)
