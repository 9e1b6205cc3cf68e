"""Ledgers from files: what the program writes is read, and what it could not have written is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.ledger.reading import parse_ledger
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
    record = ledger()
    assert parse_ledger(json.dumps(record), "--ledger", HERE) == record


def test_fields_of_later_versions_are_no_error() -> None:
    record = ledger()
    record["evidence"][0]["new"] = record["new"] = [1]
    assert parse_ledger(json.dumps(record), "--ledger", HERE) == record


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '{"format": "x"}', "[" * 100_000, "\x00", '{"format": NaN}']
)
def test_other_files_are_refused(text: str) -> None:
    refused(text)


OPTIONAL = ("vacuous", "direction", "seconds", "exercised")


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
    "path", [p for p in places(ledger()) if p[:2] in (("evidence", 0), ("evidence", 2)) or len(p) == 1]
)
@pytest.mark.parametrize("how", ["missing", "wrong"])
def test_every_field_is_checked(path: tuple, how: str) -> None:
    record = ledger()
    holder = record
    for name in path[:-1]:
        holder = holder[name]
    if how == "missing":
        del holder[path[-1]]
    else:
        holder[path[-1]] = [[1]]
    refused(json.dumps(record))


def test_ledgers_that_did_not_count_what_is_exercised_are_read() -> None:
    record = ledger()
    assert any(evidence["exercised"] for evidence in record["evidence"])
    for evidence in record["evidence"]:
        del evidence["exercised"]
    assert parse_ledger(json.dumps(record), "--ledger", HERE) == record


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
    record = ledger()
    record["evidence"][1]["exercised"] = exercised
    refused(json.dumps(record))


@pytest.mark.parametrize(
    ("field", "value"), [("verdict", "pass"), ("instances", -1), ("instances", True), ("violations", 1.5), ("seed", -3)]
)
def test_values_that_mean_nothing_are_refused(field: str, value: object) -> None:
    record = ledger()
    record["evidence"][0][field] = value
    refused(json.dumps(record))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_json_cannot_hold_are_refused(number: str) -> None:
    refused(json.dumps(ledger()).replace("61.0", number, 1))


def test_half_characters_are_refused() -> None:
    record = ledger()
    record["evidence"][0]["title"] = "\ud800"
    refused(json.dumps(record))


def nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), nested))
def test_evidence_of_any_other_shape_is_refused(item: object) -> None:
    refused(json.dumps(ledger() | {"evidence": [item]}))
