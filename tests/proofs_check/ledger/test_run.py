"""A plan gives the same findings in one process or two, and after an interruption; it keeps nothing once it is done."""

from __future__ import annotations

import json

import pytest

import proofs_check
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger import run as module
from proofs_check.ledger.plan import Findings, Wanted, plan
from proofs_check.ledger.run import forget, kept_findings, run_plan
from theory.errors import InvalidInputError

CONTROL = ControlOutcome("twin", True, 0.9, 1, {})
WANTED = Wanted(("lem11",), language_model=False)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path))
    return tmp_path


def part(log: list[str], name: str, tightness: float):
    def run() -> Findings:
        if name in log:
            raise KeyboardInterrupt
        log.append(name)
        evidence = Evidence("s3", Method.SAMPLING, Verdict.SURVIVED, CONTROL, instances=1, tightness=tightness)
        return Findings((evidence,))

    return run


@pytest.fixture
def log(monkeypatch):
    """A plan of three parts that refuse to run twice; the third one cannot run at first."""
    log = ["c"]
    parts = {name: part(log, name, tightness) for name, tightness in (("a", 3.0), ("b", 2.0), ("c", 4.0))}
    monkeypatch.setattr(module, "plan", lambda wanted: parts)
    return log


def test_an_interrupted_run_goes_on_where_it_was(log, cache):
    with pytest.raises(KeyboardInterrupt):
        run_plan(WANTED)
    assert log == ["c", "a", "b"]
    kept = list((cache / "unfinished").rglob("*.json"))
    assert len(kept) == 2
    log.remove("c")
    told = []
    findings = run_plan(WANTED, progress=lambda what, done: told.append((what, done)))
    assert told[0] == ("found 2 parts of an interrupted run", pytest.approx(2 / 3))
    assert told[-1] == ("done: c", 1.0)
    (evidence,) = findings.evidence
    assert (evidence.instances, evidence.tightness) == (3, 2.0)
    assert not list((cache / "unfinished").rglob("*.json"))


def test_a_run_that_is_part_of_another_is_kept_until_it_is_forgotten(log, cache):
    log.remove("c")
    run_plan(WANTED, keep=True)
    # None of the parts would run twice.
    run_plan(WANTED, keep=True)
    forget(WANTED)
    assert not list((cache / "unfinished").rglob("*.json"))


def test_what_is_damaged_or_was_asked_otherwise_is_not_taken_up(log, cache):
    with pytest.raises(KeyboardInterrupt):
        run_plan(WANTED)
    log.clear()
    for file in (cache / "unfinished").rglob("*.json"):
        file.write_text(json.dumps({"evidence": [{"statement": "s3"}], "simulator": None}))
    run_plan(WANTED)
    assert log == ["a", "b", "c"]
    assert len({kept_findings(w).folder for w in (WANTED, Wanted(), Wanted(seed=1), Wanted(level="full"))}) == 4


def test_the_parts_of_a_plan():
    names = list(plan(Wanted(("lem11",), seed=3, language_model=False)))
    assert "boxes" in names
    assert "proofs" in names
    assert not any(name.startswith(("policies", "simulator", "language")) for name in names)
    assert "simulator against enclosures: 3 outputs, KL" in plan(Wanted())


def test_findings_return_from_their_record():
    made = plan(Wanted(("lem10",)))["boxes"]()
    assert made.evidence[0].verdict is Verdict.DECIDED
    assert Findings.from_record(json.loads(json.dumps(made.to_record()))) == made
    with pytest.raises(InvalidInputError, match="nonsense"):
        run_plan(Wanted(("nonsense",)))


def test_two_processes_find_what_one_does(monkeypatch):
    """With real parts, of which only the quick ones are left."""
    whole = plan(WANTED)
    monkeypatch.setattr(module, "plan", lambda wanted: {name: whole[name] for name in ("boxes", "policy: 2 outputs")})
    one, two = (run_plan(WANTED, workers=workers).evidence for workers in (1, 2))
    assert [(e.method, e.verdict, e.instances, e.control.refuted) for e in one] == [
        (e.method, e.verdict, e.instances, e.control.refuted) for e in two
    ]
    assert [e.method for e in one] == ["boxes", "sampling"]
    assert [e.tightness for e in one] == pytest.approx([e.tightness for e in two], rel=1e-12)


def test_verify_gives_a_ledger_or_one_error():
    ledger = proofs_check.verify(["lem1", "lem2"])
    assert ledger.sound
    assert [item.statement for item in ledger.evidence] == ["lem1", "lem2"]
    for wrong, argument in (({"level": "deep"}, "level"), ({"seed": -1}, "seed"), ({"statements": ["x"]}, "statement")):
        with pytest.raises(InvalidInputError, match=argument):
            proofs_check.verify(**wrong)
