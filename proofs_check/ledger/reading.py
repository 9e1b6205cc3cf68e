"""Ledgers that come from a file: checked against the format before anything is made from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proofs_check.evidence.evidence import Verdict
from theory.errors import InvalidInputError

LEDGER_FORMAT = "flatscape ledger 1"
REMEDY = "Make it again with flatscape verify --json."

_NUMBER, _COUNT, _TEXT, _MAPPING = (int, float), (int,), (str,), (dict,)
_NONE = (type(None),)
_LEDGER = {
    "sound": (bool,),
    "level": _TEXT,
    "seed": _COUNT,
    "seconds": _NUMBER,
    "versions": _MAPPING,
    "evidence": (list,),
    "simulator": _MAPPING + _NONE,
}
_SIMULATOR = {"sound": (bool,), "rows": (list,), "findings": (list,)}
_SIMULATOR_ROW = {
    "outputs": _COUNT,
    "regularized": (bool,),
    "problems": _COUNT,
    "inside": _COUNT,
    "outside": _COUNT,
    "same": _COUNT,
    "contradictions": _COUNT,
    "undecided": _COUNT,
    "true_error": _NUMBER + _NONE,
    "reported_error": _NUMBER + _NONE,
}
_EVIDENCE = {
    "statement": _TEXT,
    "method": _TEXT,
    "verdict": _TEXT,
    "number": _TEXT,
    "title": _TEXT,
    "origin": _TEXT,
    "section": _TEXT,
    "latex": _TEXT,
    "relation": _TEXT,
    "control": _MAPPING,
    "instances": _COUNT,
    "violations": _COUNT,
    "undecided": _COUNT,
    "tightness": _NUMBER + _NONE,
    "tightest": _MAPPING + _NONE,
    "scope": _MAPPING,
    "seed": _COUNT + _NONE,
    "seconds": _NUMBER,
    "reason": _TEXT + _NONE,
    "steps": (list, *_NONE),
}
_EXERCISED = {"hypotheses": _MAPPING, "features": _MAPPING}
_HYPOTHESIS = {"edge": _COUNT + _NONE, "alone": _COUNT}
_CONTROL = {
    "description": _TEXT,
    "refuted": (bool,),
    "ratio": _NUMBER + _NONE,
    "violations": _COUNT,
    "instance": _MAPPING + _NONE,
}
_STEP = {
    "name": _TEXT,
    "claim": _TEXT,
    "method": _TEXT,
    "verdict": _TEXT,
    "scope": _TEXT,
    "text": _TEXT,
    "control": _MAPPING + _NONE,
    "rests_on": (list,),
    "code": _TEXT,
    "reason": _TEXT + _NONE,
}
_STEP_CONTROL = {"description": _TEXT, "refuted": (bool,), "text": _TEXT, "witness": _MAPPING + _NONE}


class _FormatError(ValueError):
    """Where a record is not a ledger."""


def parse_ledger(text: str, argument: str, path: Path) -> dict[str, Any]:
    """The ledger's record from the text of a file, whatever that holds.

    **Arguments**: `argument`, `path`: how errors name the file.

    **Raises** `InvalidInputError` for anything that `Ledger.to_record` could not have made.
    """
    try:
        record = json.loads(text)
        # Refuses, in one pass, what JSON cannot hold and half-characters that cannot be written.
        json.dumps(record, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise InvalidInputError(argument, str(path), f"It is not JSON. {REMEDY}") from None
    try:
        _check_record(record)
    except _FormatError as error:
        raise InvalidInputError(argument, str(path), f"It is not a ledger: {error}. {REMEDY}") from None
    return record


def _check_record(record: object) -> None:
    if not isinstance(record, dict) or record.get("format") != LEDGER_FORMAT:
        raise _FormatError(f"its format is not {LEDGER_FORMAT!r}")
    _check_fields(record, _LEDGER, "it")
    for name, version in record["versions"].items():
        if not isinstance(version, str):
            raise _FormatError(f"the version of {name!r} is not text")
    if record["simulator"] is not None:
        _check_fields(record["simulator"], _SIMULATOR, "the simulator's report")
        for place, row in enumerate(record["simulator"]["rows"]):
            _check_fields(row, _SIMULATOR_ROW, f"row {place} of the simulator's report")
    for place, evidence in enumerate(record["evidence"]):
        where = f"evidence {place}"
        _check_fields(evidence, _EVIDENCE, where)
        _check_fields(evidence["control"], _CONTROL, f"the control of {where}")
        _check_verdict(evidence["verdict"], where)
        # Ledgers made before this was counted do not have it.
        if evidence.get("exercised") is not None:
            _check_exercised(evidence["exercised"], where)
        _check_names(evidence["scope"].get("written_steps", []), f"the scope of {where}")
        for number, step in enumerate(evidence["steps"] or ()):
            of = f"step {number} of {where}"
            _check_fields(step, _STEP, of)
            _check_verdict(step["verdict"], of)
            if step["control"] is not None:
                _check_fields(step["control"], _STEP_CONTROL, f"the control of {of}")
            _check_names(step["rests_on"], of)


def _check_exercised(record: object, where: str) -> None:
    _check_fields(record, _EXERCISED, f"what {where} exercises")
    assert isinstance(record, dict)
    for name, one in record["hypotheses"].items():
        _check_fields(one, _HYPOTHESIS, f"{name!r} in what {where} exercises")
        if set(one) != set(_HYPOTHESIS):
            raise _FormatError(f"{name!r} in what {where} exercises has other fields")
    _check_fields(record["features"], dict.fromkeys(record["features"], _COUNT), f"the features of {where}")


def _check_fields(record: object, fields: Mapping[str, tuple[type, ...]], where: str) -> None:
    if not isinstance(record, dict):
        raise _FormatError(f"{where} is not an object")
    for name, kinds in fields.items():
        if name not in record:
            raise _FormatError(f"{where} has no {name!r}")
        value = record[name]
        # A boolean is a number in Python, not in the format.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _FormatError(f"{name!r} of {where} is of the wrong kind")
        if kinds[0] is int and isinstance(value, int) and value < 0:
            raise _FormatError(f"{name!r} of {where} is negative")


def _check_names(names: object, where: str) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _FormatError(f"{where} rests on something that is no list of names")


def _check_verdict(verdict: str, where: str) -> None:
    if verdict not in [known.value for known in Verdict]:
        raise _FormatError(f"the verdict of {where} is none of the known ones")
