"""One piece of evidence from parts: the same statement by the same method, on other sizes, kinds or families."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.exercise import added_up
from proofs_check.evidence.method import Method
from theory.statement import Relation
from theory.statements.register import find_statement


def merge_evidence(parts: Iterable[Evidence]) -> list[Evidence]:
    """Joins parts of the same statement and method: a violation outweighs everything, and a part that learnt nothing
    takes nothing from one that learnt something. The others stay as they are, in the order of their first parts."""
    groups: dict[tuple[str, Method], list[Evidence]] = {}
    for part in parts:
        groups.setdefault((part.statement, part.method), []).append(part)
    return [group[0] if len(group) == 1 else _merged(group) for group in groups.values()]


def _merged(parts: Sequence[Evidence]) -> Evidence:
    relation = find_statement(parts[0].statement).relation
    verdict = min((part.verdict for part in parts), key=lambda verdict: verdict.place)
    speaking = [part for part in parts if part.verdict is verdict]
    violated = [part for part in parts if part.violations]
    extreme = _extreme(violated or parts, relation, lambda part: part.tightness)
    return replace(
        parts[0],
        verdict=verdict,
        control=_merged_control([part.control for part in parts], relation),
        instances=sum(part.instances for part in parts),
        violations=sum(part.violations for part in parts),
        undecided=sum(part.undecided for part in parts),
        vacuous=sum(part.vacuous for part in parts),
        tightness=extreme.tightness,
        tightest=extreme.tightest,
        scope=_merged_scope([part.scope for part in parts]),
        seconds=sum(part.seconds for part in parts),
        reason=speaking[0].reason,
        exercised=added_up(part.exercised for part in parts),
    )


def _merged_control(controls: Sequence[ControlOutcome], relation: Relation) -> ControlOutcome:
    worst = _extreme(controls, relation, lambda control: control.ratio)
    return replace(
        worst,
        refuted=any(control.refuted for control in controls),
        violations=sum(control.violations for control in controls),
    )


def _extreme(parts: Sequence[Any], relation: Relation, ratio: Callable[[Any], float | None]) -> Any:
    """The part of smallest ratio (of the largest error, for an identity); the first one if none has any."""
    known = [(value, part) for part in parts if (value := ratio(part)) is not None]
    if not known:
        return parts[0]
    choose = max if relation is Relation.EQUAL else min
    return choose(known, key=lambda pair: pair[0])[1]


def _merged_scope(scopes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts are added up, lists joined without repetition, and what differs otherwise becomes a list."""
    merged: dict[str, Any] = {}
    for name in dict.fromkeys(name for scope in scopes for name in scope):
        values = [scope[name] for scope in scopes if name in scope]
        if all(isinstance(value, list) for value in values):
            merged[name] = list(dict.fromkeys(item for value in values for item in value))
        elif name in ADDED_UP:
            merged[name] = sum(values)
        else:
            different = [v for k, v in enumerate(values) if v not in values[:k]]
            merged[name] = different[0] if len(different) == 1 else different
    return merged


ADDED_UP = ("certified", "with a KL coefficient", "boxes")
"""Entries of a scope that count instances."""
