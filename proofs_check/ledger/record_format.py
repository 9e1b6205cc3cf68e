"""The format of a ledger's file: which fields its records have, and of what kind they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEDGER_FORMAT = "flatscape ledger 1"

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
_FINDING = {
    "record": _MAPPING,
    "answer": _MAPPING,
    "agreement": _TEXT,
    "least_error": _NUMBER + _NONE,
    "true_error": _NUMBER + _NONE,
    "lower": _NUMBER + _NONE,
    "upper": _NUMBER + _NONE,
}
_ANSWER = {"time": _NUMBER + _NONE, "relative_error": _NUMBER + _NONE, "status": _TEXT}
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
    "direction": _TEXT,
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
_COUNTED_LATER = {"vacuous": _COUNT, "status": _TEXT}
"""Fields that the first ledgers did not have."""
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
    "seconds": _NUMBER,
}
_STEP_CONTROL = {"description": _TEXT, "refuted": (bool,), "text": _TEXT, "witness": _MAPPING + _NONE}


class FormatError(ValueError):
    """Where a record is not a ledger's."""


def check_record(record: object) -> None:
    """Checks that every field which the format demands is there and of the right kind; more of them are no error.

    **Raises** `FormatError` for the first one that is not.
    """
    if not isinstance(record, dict) or record.get("format") != LEDGER_FORMAT:
        raise FormatError(f"its format is not {LEDGER_FORMAT!r}")
    _check_fields(record, _LEDGER, "it")
    for name, version in record["versions"].items():
        if not isinstance(version, str):
            raise FormatError(f"the version of {name!r} is not text")
    if record["simulator"] is not None:
        _check_fields(record["simulator"], _SIMULATOR, "the simulator's report")
        for place, row in enumerate(record["simulator"]["rows"]):
            _check_fields(row, _SIMULATOR_ROW, f"row {place} of the simulator's report")
        for place, finding in enumerate(record["simulator"]["findings"]):
            _check_fields(finding, _FINDING, f"finding {place} of the simulator's report")
            _check_fields(finding["answer"], _ANSWER, f"the answer of finding {place} of the simulator's report")
    for place, evidence in enumerate(record["evidence"]):
        where = f"evidence {place}"
        _check_fields(evidence, _EVIDENCE, where)
        _check_fields(evidence, {name: kinds for name, kinds in _COUNTED_LATER.items() if name in evidence}, where)
        _check_fields(evidence["control"], _CONTROL, f"the control of {where}")
        # Ledgers made before this was counted do not have it.
        if evidence.get("exercised") is not None:
            _check_exercised(evidence["exercised"], where)
        _check_names(evidence["scope"].get("written_steps", []), f"the scope of {where}")
        for number, step in enumerate(evidence["steps"] or ()):
            of = f"step {number} of {where}"
            _check_fields(step, _STEP, of)
            if step["control"] is not None:
                _check_fields(step["control"], _STEP_CONTROL, f"the control of {of}")
            _check_names(step["rests_on"], of)


def _check_exercised(record: Any, where: str) -> None:
    _check_fields(record, _EXERCISED, f"what {where} exercises")
    for name, one in record["hypotheses"].items():
        _check_fields(one, _HYPOTHESIS, f"{name!r} in what {where} exercises")
        if set(one) != set(_HYPOTHESIS):
            raise FormatError(f"{name!r} in what {where} exercises has other fields")
    _check_fields(record["features"], dict.fromkeys(record["features"], _COUNT), f"the features of {where}")


def _check_fields(record: object, fields: Mapping[str, tuple[type, ...]], where: str) -> None:
    if not isinstance(record, dict):
        raise FormatError(f"{where} is not an object")
    for name, kinds in fields.items():
        if name not in record:
            raise FormatError(f"{where} has no {name!r}")
        value = record[name]
        # A boolean is a number in Python, not in the format.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise FormatError(f"{name!r} of {where} is of the wrong kind")
        if kinds[0] is int and isinstance(value, int) and value < 0:
            raise FormatError(f"{name!r} of {where} is negative")


def _check_names(names: object, where: str) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError(f"{where} rests on something that is no list of names")
