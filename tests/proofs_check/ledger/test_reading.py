"""Ledgers from files: what the program writes is read, and what it could not have written is refused in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.certificates.simulator import Agreement, Answer, Comparison, ErrorRow, SimulatorReport
from proofs_check.ledger.ledger import Ledger, make_ledger
from proofs_check.ledger.reading import parse_ledger
from sims.hitting import Status
from tests import ledger_example
from tests.ledger_example import ledger
from theory.errors import InvalidInputError

HERE = Path("out/ledger.json")


def refused(text: str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_ledger(text, "--ledger", HERE)
    message = str(caught.value)
    assert message.startswith("--ledger: got out/ledger.json. ")
    assert "\n" not in message
    assert len(message) < 300
    return message


def test_what_the_program_writes_is_read() -> None:
    record = ledger_example.record()
    assert parse_ledger(json.dumps(record), "--ledger", HERE) == ledger()


def test_a_ledger_comes_back_from_its_record() -> None:
    finding = Comparison(
        {"gamma": 1.0}, Answer(2.0, float("nan"), Status.REACHED), Agreement.OUTSIDE, 1e-3, 2e-3, 2.1, 2.2
    )
    report = SimulatorReport((ErrorRow(3, True, 10, 7, 1, 2, 0, 0, 2e-3, np.nan, corner=True),), (finding,))
    for made in (ledger(), replace(ledger(), simulator=report), make_ledger([], level="full", seed=1, seconds=0.0)):
        record = json.loads(json.dumps(made.to_record(), allow_nan=False))
        read = Ledger.from_record(record)
        assert read.to_record() == record
        assert (read.sound, read.evidence, read.statements) == (made.sound, made.evidence, made.statements)
    assert Ledger.from_record(ledger().to_record()) == ledger()


@pytest.mark.parametrize("field", ["record", "answer", "agreement", "least_error", "upper"])
def test_findings_of_the_simulator_are_checked(field: str) -> None:
    answer = {"time": 2.0, "relative_error": None, "status": "REACHED"}
    numbers = dict.fromkeys(("least_error", "true_error", "lower", "upper"))
    finding = {"record": {}, "answer": answer, "agreement": "OUTSIDE", **numbers}
    record = ledger_example.record()
    record["simulator"] = {"sound": False, "rows": [], "findings": [finding]}
    assert not parse_ledger(json.dumps(record), "--ledger", HERE).sound
    for wrong in ([1], "nonsense"):
        record["simulator"]["findings"] = [finding | {field: wrong}]
        refused(json.dumps(record))


def test_a_ledger_of_other_statements_is_read() -> None:
    record = ledger_example.record()
    for evidence in record["evidence"]:
        evidence["statement"] += "-of-old"
    read = parse_ledger(json.dumps(record), "--ledger", HERE)
    assert set(read.by_statement) == {f"{id}-of-old" for id in ledger().by_statement}
    assert not any(summary.is_current(id) for id, summary in read.statements.items())
    assert all(summary.is_current(id) for id, summary in ledger().statements.items())


@pytest.mark.parametrize("record", [None, 3, [], {}, {"format": "flatscape ledger 1"}])
def test_what_is_no_record_is_one_error(record: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^ledger: got .*It is not a ledger.*flatscape verify --json"):
        Ledger.from_record(record)


def test_fields_of_later_versions_are_no_error() -> None:
    record = ledger_example.record()
    record["evidence"][0]["new"] = record["new"] = [1]
    assert parse_ledger(json.dumps(record), "--ledger", HERE) == ledger()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '{"format": "x"}', "[" * 100_000, "\x00", '{"format": NaN}']
)
def test_other_files_are_refused(text: str) -> None:
    refused(text)


OPTIONAL = ("vacuous", "exercised", "status")
"""Fields that the first ledgers did not have."""


def places(record: Any, path: tuple = ()) -> list[tuple]:
    """The paths of every field that the format demands."""
    found = []
    for name, value in record.items() if isinstance(record, dict) else enumerate(record):
        inside = name in ("evidence", "control", "steps") or isinstance(name, int)
        if not isinstance(name, int) and name not in OPTIONAL and path[:1] != ("versions",):
            found.append((*path, name))
        if inside and isinstance(value, dict | list):
            found += places(value, (*path, name))
    return found


@pytest.mark.parametrize(
    "path", [p for p in places(ledger_example.record()) if p[:2] in (("evidence", 0), ("evidence", 2)) or len(p) == 1]
)
@pytest.mark.parametrize("how", ["missing", "wrong"])
def test_every_field_is_checked(path: tuple, how: str) -> None:
    record = ledger_example.record()
    holder = record
    for name in path[:-1]:
        holder = holder[name]
    if how == "missing":
        del holder[path[-1]]
    else:
        holder[path[-1]] = [[1]]
    refused(json.dumps(record))


def test_ledgers_that_knew_theorems_only_are_read() -> None:
    record = ledger_example.record()
    for evidence in record["evidence"]:
        del evidence["status"]
    assert parse_ledger(json.dumps(record), "--ledger", HERE) == ledger()
    record["evidence"][0]["status"] = "conjecture"
    read = parse_ledger(json.dumps(record), "--ledger", HERE)
    assert [s.status.value for s in read.statements.values()].count("conjecture") == 1


def test_ledgers_that_did_not_count_what_is_exercised_are_read() -> None:
    record = ledger_example.record()
    assert any(evidence["exercised"] for evidence in record["evidence"])
    for evidence in record["evidence"]:
        del evidence["exercised"]
    read = parse_ledger(json.dumps(record), "--ledger", HERE)
    assert [e.exercised for e in read.evidence] == [None] * len(ledger().evidence)


@pytest.mark.parametrize(
    "exercised",
    [
        [],
        3,
        {},
        {"hypotheses": {}},
        {"hypotheses": [], "features": {}},
        {"hypotheses": {"a": 1}, "features": {}},
        {"hypotheses": {"a": {"edge": -1, "alone": 0}}, "features": {}},
        {"hypotheses": {}, "features": {"b": None}},
        {"hypotheses": {"a": {"edge": 1}}, "features": {}},
        {"hypotheses": {"a": {"edge": 1, "alone": None}}, "features": {}},
        {"hypotheses": {"a": {"edge": 1, "alone": 1, "more": 1}}, "features": {}},
    ],
)
def test_what_is_exercised_is_checked(exercised: object) -> None:
    record = ledger_example.record()
    record["evidence"][1]["exercised"] = exercised
    refused(json.dumps(record))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verdict", "pass"),
        ("method", "revelation"),
        ("relation", "<"),
        ("direction", "sideways"),
        ("status", "axiom"),
        ("status", 1),
        ("vacuous", "many"),
        ("instances", -1),
        ("instances", True),
        ("violations", 1.5),
        ("seed", -3),
    ],
)
def test_values_that_mean_nothing_are_refused(field: str, value: object) -> None:
    record = ledger_example.record()
    record["evidence"][-1][field] = value
    refused(json.dumps(record))


def test_all_evidence_on_a_statement_says_the_same_of_it() -> None:
    record = ledger_example.record()
    (place, *_) = (k for k, evidence in enumerate(record["evidence"]) if evidence["statement"] == "thm5-slow")
    record["evidence"][place]["title"] = "another title than in the evidence after it"
    assert "says something else of its statement" in refused(json.dumps(record))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_json_cannot_hold_are_refused(number: str) -> None:
    refused(json.dumps(ledger_example.record()).replace("61.0", number, 1))


def test_half_characters_are_refused() -> None:
    record = ledger_example.record()
    record["evidence"][0]["title"] = "\ud800"
    refused(json.dumps(record))


def nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), nested))
def test_evidence_of_any_other_shape_is_refused(item: object) -> None:
    refused(json.dumps(ledger_example.record() | {"evidence": [item]}))
