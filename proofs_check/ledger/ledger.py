"""The ledger: statement x method -> evidence, which pages and tables are made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from proofs_check.certificates.simulator import SimulatorReport
from proofs_check.evidence.control import control_is_refuted
from proofs_check.evidence.evidence import Evidence
from proofs_check.ledger.record_format import LEDGER_FORMAT, FormatError, check_record
from proofs_check.ledger.summary import StatementSummary, summary_of
from sims.files import replace_together
from theory.errors import InvalidInputError

REMEDY = "Make it again with flatscape verify --json."


@dataclass(frozen=True)
class Ledger:
    """What is known, and how it was found out.

    **Fields**: `evidence` (in register order, methods in turn); `level`, `seed`, `seconds`: the run's settings and
    cost; `versions`: of the software it ran on; `statements`: what each statement said, by id; `simulator`: how hitting
    times compare with rigorous enclosures of them, None where that was not looked at.
    """

    evidence: tuple[Evidence, ...]
    level: str
    seed: int
    seconds: float
    versions: dict[str, str]
    statements: dict[str, StatementSummary]
    simulator: SimulatorReport | None = None

    @property
    def by_statement(self) -> dict[str, list[Evidence]]:
        """All evidence on each statement, by its id, in the ledger's order."""
        found: dict[str, list[Evidence]] = {}
        for item in self.evidence:
            found.setdefault(item.statement, []).append(item)
        return found

    @property
    def sound(self) -> bool:
        """No statement violated, no formal proof refused, every statement checked on something, every control refuted,
        and no hitting time farther from its enclosure than its reported error (`evidence.control` says when a control
        is refuted)."""
        violated = any(e.violations or e.verdict.against for e in self.evidence)
        wrong_times = self.simulator is not None and not self.simulator.sound
        complete = all(
            control_is_refuted(items) and any(e.verdict.informative for e in items)
            for items in self.by_statement.values()
        )
        return complete and not (violated or wrong_times)

    def to_record(self) -> dict[str, Any]:
        """The ledger as JSON-ready data."""
        return {
            "format": LEDGER_FORMAT,
            "sound": self.sound,
            "level": self.level,
            "seed": self.seed,
            "seconds": self.seconds,
            "versions": self.versions,
            "simulator": None if self.simulator is None else self.simulator.to_record(),
            # Each piece of evidence with what it takes to read it without the register.
            "evidence": [self.statements[e.statement].to_record() | e.to_record() for e in self.evidence],
        }

    @classmethod
    def from_record(cls, record: object) -> Ledger:
        """The ledger that `to_record` wrote, also of a version that had fewer or more statements.

        **Raises** `InvalidInputError` for anything that it could not have written.
        """
        try:
            return _from_record(record)
        except FormatError as error:
            raise InvalidInputError("ledger", "another record", f"It is not a ledger: {error}. {REMEDY}") from None


def _from_record(record: Any) -> Ledger:
    check_record(record)
    evidence: list[Evidence] = []
    statements: dict[str, StatementSummary] = {}
    for place, item in enumerate(record["evidence"]):
        where = f"evidence {place}"
        try:
            evidence.append(Evidence.from_record(item))
            summary = StatementSummary.from_record(item)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{where} means nothing ({_short(error)})") from None
        if statements.setdefault(item["statement"], summary) != summary:
            raise FormatError(f"{where} says something else of its statement than the evidence before it")
    simulator = None
    if record["simulator"] is not None:
        try:
            simulator = SimulatorReport.from_record(record["simulator"])
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"the simulator's report means nothing ({_short(error)})") from None
    settings = {name: record[name] for name in ("level", "seed", "seconds", "versions")}
    return Ledger(tuple(evidence), **settings, statements=statements, simulator=simulator)


def _short(error: Exception) -> str:
    """What an error says of a record, which may hold anything, in one line."""
    return " ".join(str(error).split())[:80]


def write_json(path: Path, data: object) -> None:
    """Writes JSON in one step: a reader sees the old file or the new one, never half of it."""
    write_text(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file in one step, through a temporary file beside it."""
    replace_together(path.parent, {path.name: text.encode()})


@cache
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def versions() -> dict[str, str]:
    """Versions of what numbers depend on."""
    names = ("jax", "jaxlib", "numpy", "scipy", "optax", "sympy", "z3-solver", "cvc5", "python-flint")
    return {name: _version(name) for name in names}


def make_ledger(
    evidence: Sequence[Evidence], *, level: str, seed: int, seconds: float, simulator: SimulatorReport | None = None
) -> Ledger:
    """A `Ledger` in register order from evidence in any order."""
    from theory.statements.register import REGISTER

    place = {s.id: k for k, s in enumerate(REGISTER)}
    ordered = sorted(evidence, key=lambda e: (place[e.statement], e.method))
    statements = {e.statement: summary_of(e.statement) for e in ordered}
    return Ledger(tuple(ordered), level, seed, seconds, versions(), statements, simulator)
