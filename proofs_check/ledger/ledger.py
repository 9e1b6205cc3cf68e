"""The ledger: statement x method -> evidence, as data that pages and tables are made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs_check.certificates.simulator import SimulatorReport
from proofs_check.evidence.evidence import Evidence, Verdict
from proofs_check.ledger.reading import LEDGER_FORMAT
from sims.files import replace_together
from theory.statements.register import find_statement

NOTHING_LEARNT = (Verdict.NOT_APPLICABLE, Verdict.UNKNOWN)
"""Verdicts that say nothing of the statement."""

ADDING_INSTANCES = ("language model", "search")
"""Methods that need not refute a control which another one has refuted."""


@dataclass(frozen=True)
class Ledger:
    """What is known, and how it was found out.

    **Fields**: `evidence` (in register order, methods in turn); `level`, `seed`, `seconds`: the run's settings and
    cost; `versions`: of the software it ran on; `simulator`: how hitting times compare with rigorous enclosures of
    them, None where that was not looked at.
    """

    evidence: tuple[Evidence, ...]
    level: str
    seed: int
    seconds: float
    versions: dict[str, str]
    simulator: SimulatorReport | None = None

    @property
    def sound(self) -> bool:
        """No statement violated, every statement checked on something, every control refuted, and no hitting time
        farther from its enclosure than its reported error.

        Each method that came to a result has to refute its own control, but for those that only add instances to
        another's (the language model's problems, adversarial search): there it is enough that another one does.
        """
        checked = {e.statement for e in self.evidence if e.verdict not in NOTHING_LEARNT}
        refuted = {e.statement for e in self.evidence if e.control.refuted}
        violated = any(e.violations or e.verdict is Verdict.VIOLATED for e in self.evidence)
        standing = any(
            not e.control.refuted
            for e in self.evidence
            if e.method not in ADDING_INSTANCES and e.verdict not in NOTHING_LEARNT
        )
        wrong_times = self.simulator is not None and not self.simulator.sound
        complete = all(e.statement in checked & refuted for e in self.evidence)
        return complete and not (violated or standing or wrong_times)

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
            "evidence": [evidence_record(e) for e in self.evidence],
        }


def evidence_record(evidence: Evidence) -> dict[str, Any]:
    """One piece of evidence as JSON-ready data, with what it takes to read it without the register."""
    statement = find_statement(evidence.statement)
    about = {
        "number": statement.number,
        "title": statement.title,
        "origin": statement.origin,
        "section": statement.section,
        "latex": statement.latex,
        "relation": statement.relation.value,
        "direction": statement.direction.value,
    }
    return about | evidence.to_record()


def write_json(path: Path, data: object) -> None:
    """Writes JSON in one step: a reader sees the old file or the new one, never half of it."""
    write_text(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file in one step, through a temporary file beside it."""
    replace_together(path.parent, {path.name: text.encode()})


def versions() -> dict[str, str]:
    """Versions of what numbers depend on."""
    from importlib.metadata import version

    names = ("jax", "jaxlib", "numpy", "scipy", "optax", "sympy", "z3-solver", "cvc5", "python-flint")
    return {name: version(name) for name in names}


def make_ledger(
    evidence: Sequence[Evidence], *, level: str, seed: int, seconds: float, simulator: SimulatorReport | None = None
) -> Ledger:
    """A `Ledger` in register order from evidence in any order."""
    from theory.statements.register import REGISTER

    place = {s.id: k for k, s in enumerate(REGISTER)}
    ordered = sorted(evidence, key=lambda e: (place[e.statement], e.method))
    return Ledger(tuple(ordered), level, seed, seconds, versions(), simulator)
