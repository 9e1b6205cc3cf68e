"""When a ledger is sound, and how it is written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import make_ledger, write_json, write_text

REFUTED = ControlOutcome("twin", True, 0.9, 3, {"problem": {}})
UNREFUTED = ControlOutcome("twin", False, None, 0, None)
GOOD = Evidence("s3", Method.SAMPLING, Verdict.SURVIVED, REFUTED, instances=10, tightness=1.1)
UNKNOWN = Evidence("s3", Method.LANGUAGE_MODEL, Verdict.UNKNOWN, UNREFUTED, reason="no model")


def sound(*evidence):
    return make_ledger(evidence, level="quick", seed=0, seconds=1.0).sound


def test_what_is_sound():
    assert sound(GOOD)
    assert sound(GOOD, UNKNOWN)
    assert sound(GOOD, replace(UNKNOWN, verdict=Verdict.SURVIVED, instances=4))
    assert sound(GOOD, replace(GOOD, statement="prop3"))
    assert sound(replace(GOOD, verdict=Verdict.VACUOUS))


@pytest.mark.parametrize(
    "evidence",
    [
        [replace(GOOD, violations=1)],
        [replace(GOOD, verdict=Verdict.VIOLATED)],
        [replace(GOOD, control=UNREFUTED)],
        [GOOD, replace(UNKNOWN, verdict=Verdict.VIOLATED, violations=1)],
        [GOOD, replace(GOOD, statement="prop3", control=UNREFUTED)],
        [GOOD, replace(GOOD, method=Method.PROOF, verdict=Verdict.PROVED, control=UNREFUTED)],
        # Nothing was checked, though the control fell.
        [replace(GOOD, verdict=Verdict.NOT_APPLICABLE, instances=0)],
        [replace(GOOD, verdict=Verdict.UNKNOWN)],
        [UNKNOWN],
        [GOOD, replace(UNKNOWN, statement="prop3")],
    ],
)
def test_what_is_not(evidence):
    assert not sound(*evidence)


def test_register_order_and_record():
    ledger = make_ledger(
        [UNKNOWN, replace(GOOD, statement="prop3"), GOOD, replace(GOOD, statement="def2")],
        level="full",
        seed=7,
        seconds=2.0,
    )
    assert [(e.statement, e.method) for e in ledger.evidence] == [
        ("def2", "sampling"),
        ("prop3", "sampling"),
        ("s3", "language model"),
        ("s3", "sampling"),
    ]
    record = ledger.to_record()
    again = json.loads(json.dumps(record, allow_nan=False))
    assert again == record
    assert (again["format"], again["sound"], again["level"], again["seed"]) == ("flatscape ledger 1", True, "full", 7)
    assert {"jax", "jaxlib", "numpy", "scipy", "sympy", "z3-solver", "cvc5", "python-flint"} <= set(again["versions"])
    entry = again["evidence"][-1]
    assert (entry["number"], entry["verdict"], entry["direction"], entry["tightness"]) == (
        "S3",
        "survived",
        "lower",
        1.1,
    )
    assert entry["control"] == {
        "description": "twin",
        "refuted": True,
        "ratio": 0.9,
        "violations": 3,
        "instance": {"problem": {}},
    }


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "new" / "ledger.json"
    write_json(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "half")
    assert [p.name for p in path.parent.iterdir()] == ["ledger.json"]
    assert json.loads(path.read_text()) == {"a": 1}
