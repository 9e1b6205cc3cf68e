"""Numbers that the write-up names: from the ledger, from the provenance of figures, and from the bounds themselves."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from figures.drawing.numbers import readable
from figures.pages.gallery import read_ledger
from figures.theorems.envelope import bounds_at
from figures.theorems.which_optimiser_escapes import adam_factor
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger
from proofs_check.report.wording import ratio
from theory.bounds.growth_control import LINEAR_CONSTANT, LINEAR_LAW_CONSTANT
from theory.errors import InvalidInputError
from theory.statement import Relation, Status
from theory.statements.register import find_statement

REMEDY = "Run make paper, which makes it."
FIGURES = {"envelope": ("envelope", 4), "escape": ("which-optimiser-escapes", 2)}
"""Figures whose facts the write-up quotes: the prefix of their names there, the figure's id, and how many digits."""


def figure_facts(artefacts: Path, id: str) -> dict[str, float]:
    """The facts of a figure. **Raises** `InvalidInputError` if they are missing."""
    path = artefacts / f"{id}.provenance.json"
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInputError("artefacts", str(path), f"It is missing. {REMEDY}") from None
    return dict(record["facts"])


def sound_ledger(artefacts: Path, ids: Collection[str]) -> Ledger:
    """The ledger, which has evidence on all statements named.

    **Raises** `InvalidInputError` for one that is missing, not sound, or silent on some of them.
    """
    ledger, path = read_ledger(artefacts), str(artefacts / "ledger.json")
    if ledger is None:
        raise InvalidInputError("artefacts", path, f"It is missing. {REMEDY}")
    if not ledger.sound:
        raise InvalidInputError("artefacts", path, "The ledger is not sound: nothing is written up from it.")
    silent = [id for id in ids if id not in ledger.by_statement]
    if silent:
        raise InvalidInputError("artefacts", path, f"It has nothing on {', '.join(silent)}. {REMEDY}")
    return ledger


def latex_number(value: float, digits: int) -> str:
    r"""A number with so many significant digits, its thousands set apart, as in `1{,}200`."""
    return readable(value, digits).replace(",", "{,}")


def with_thousands(number: int) -> str:
    r"""A whole number, its thousands set apart, as in `1{,}234`."""
    return f"{number:,}".replace(",", "{,}")


def counted(ledger: Ledger, id: str, methods: Iterable[Method]) -> int:
    """How many instances of a statement were tried by these methods."""
    wanted = set(methods)
    return sum(item.instances for item in ledger.by_statement[id] if item.method in wanted)


def smallest_ratio(ledger: Ledger, id: str) -> str:
    """The smallest ratio of the larger to the smaller side of a statement over all instances of a table's size."""
    found = [
        item.tightness
        for item in ledger.by_statement[id]
        if item.tightness is not None and item.method not in (Method.BOXES, Method.LANGUAGE_MODEL)
    ]
    return ratio(min(found), Relation.AT_MOST) if found else "--"


def ledger_facts(ledger: Ledger, ids: Collection[str]) -> dict[str, str]:
    """What the run was, and what it found of the linear law."""
    proved = [id for id in ids if find_statement(id).status is Status.THEOREM]
    by_coq = [id for id in proved if any(item.verdict is Verdict.FORMAL for item in ledger.by_statement[id])]
    found = {
        "ledger: level": ledger.level,
        "ledger: seed": str(ledger.seed),
        "ledger: statements": str(len(proved)),
        "ledger: formal": str(len(by_coq)),
    }
    if "linear-law" in ids:
        methods = {"sampled": Method.SAMPLING, "searched": Method.SEARCH, "certified": Method.CERTIFIED}
        counts = {name: counted(ledger, "linear-law", [method]) for name, method in methods.items()}
        found |= {f"linear-law: {name}": with_thousands(count) for name, count in counts.items()}
        found["linear-law: smallest"] = smallest_ratio(ledger, "linear-law")
    return found


def bound_facts() -> dict[str, str]:
    """Where S3++ is nearest to a straight line through the origin, and the largest update of Adam."""

    def slope(increase: float) -> float:
        return float(bounds_at(np.array([increase]))["S3++"][0]) / increase

    least = minimize_scalar(slope, bounds=(0.5, 1.9), method="bounded", options={"xatol": 1e-9})
    return {
        "linear: minimum": f"{least.fun:.5f}",
        "linear: gamma": f"{least.x:.3f}",
        "linear: shortfall": f"{1 - LINEAR_CONSTANT / LINEAR_LAW_CONSTANT:.1%}".replace("%", r"\,\%"),
        "adam": f"{adam_factor():.2f}",
    }


def all_facts(artefacts: Path, ledger: Ledger, ids: Collection[str]) -> dict[str, str]:
    """Every number that a text may name, by name. **Raises** `InvalidInputError` if an artefact is missing."""
    found = ledger_facts(ledger, ids) | bound_facts()
    for prefix, (id, digits) in FIGURES.items():
        facts = figure_facts(artefacts, id).items()
        found |= {f"{prefix}: {name}": latex_number(value, digits) for name, value in facts}
    return found
