"""The ledger as the gallery's table shows it: one row per statement, one line per way of knowing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from figures.formula import formula
from figures.numbers import readable

LEDGER_FORMAT = "flatscape ledger 1"


@dataclass(frozen=True)
class EvidenceLine:
    """One method's result, as texts.

    **Fields**: `verdict` and `good` (whether it speaks for the statement); `instances`, `violations`, `undecided`;
    `tightness` (the smallest truth/bound, or an identity's largest error); `control` (what became of the false twin).
    """

    method: str
    verdict: str
    good: bool
    instances: str
    violations: str
    undecided: str
    tightness: str
    control: str


@dataclass(frozen=True)
class LedgerRow:
    """A statement and all that is known about it."""

    id: str
    number: str
    title: str
    origin: str
    section: str
    claim: Markup
    control: str
    lines: tuple[EvidenceLine, ...]


def ledger_rows(ledger: Mapping[str, Any]) -> list[LedgerRow]:
    """The rows of a record that `proofs_check.ledger.Ledger.to_record` made, in its order."""
    by_statement: dict[str, list[Mapping[str, Any]]] = {}
    for evidence in ledger["evidence"]:
        by_statement.setdefault(evidence["statement"], []).append(evidence)
    return [_row(id, evidence) for id, evidence in by_statement.items()]


def _row(id: str, evidence: list[Mapping[str, Any]]) -> LedgerRow:
    evidence = sorted(evidence, key=lambda e: -e["instances"])
    first = evidence[0]
    return LedgerRow(
        id=id,
        number=first["number"],
        title=first["title"],
        origin=first["origin"],
        section=first["section"],
        # A wide space separates parts of a claim: each gets a line of its own, so that no line is long.
        claim=Markup("").join(formula(part) for part in re.split(r"\\quad\s*", first["latex"])),
        control=first["control"]["description"],
        lines=tuple(_line(e, settled=any(other["control"]["refuted"] for other in evidence)) for e in evidence),
    )


def _line(evidence: Mapping[str, Any], *, settled: bool) -> EvidenceLine:
    tightness, control = evidence.get("tightness"), evidence["control"]
    # A method that only adds instances need not refute the control, once another one has.
    refuted = "refuted" if control["refuted"] else "–" if settled else "not refuted"
    if control["refuted"] and control.get("violations"):
        refuted += f" ({control['violations']:,} times)"
    return EvidenceLine(
        method=evidence["method"],
        verdict=evidence["verdict"],
        good=evidence["verdict"] in ("proved", "decided", "certified", "survived"),
        # A proof speaks of all instances and counts none.
        instances=f"{evidence['instances']:,}" if evidence["instances"] else "–",
        violations=f"{evidence['violations']:,}",
        undecided=f"{evidence['undecided']:,}",
        tightness="–" if tightness is None else _ratio(float(tightness), evidence["relation"]),
        control=refuted,
    )


def _ratio(value: float, relation: str) -> str:
    if relation == "==":
        return f"error {readable(value, 1)}" if value else "error 0"
    # Five digits where it matters: just above one.
    return f"{value:.5f}" if value < 10 else readable(value, 3)
