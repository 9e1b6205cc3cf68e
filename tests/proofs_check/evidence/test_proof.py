"""What a proof is worth: its weakest step, with gaps and written steps in the open."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from proofs_check.evidence.method import Method
from proofs_check.evidence.proof import Proof, cited, to_evidence, with_formal_steps
from proofs_check.evidence.step import Step, StepControl, StepMethod, gap, written
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger, make_ledger

REFUTED = StepControl("twin", True, "text", {"p": [0.5, 0.5]})
STEP = Step("a", "claim", StepMethod.SMT, Verdict.PROVED, "every size", "text", REFUTED)
ALGEBRA = replace(STEP, name="b", method=StepMethod.SYMBOLIC)
PROSE = written("c", "claim", "because")


def proof(*steps):
    return Proof("s3", steps)


def test_the_weakest_step_decides():
    assert proof(STEP, PROSE).verdict is Verdict.PROVED
    assert proof(STEP, replace(STEP, verdict=Verdict.DECIDED)).verdict is Verdict.DECIDED
    unknown = replace(STEP, verdict=Verdict.UNKNOWN, reason="stopped")
    assert proof(replace(STEP, verdict=Verdict.DECIDED), unknown).verdict is Verdict.UNKNOWN
    assert proof(STEP, unknown).reason == "a: stopped"
    assert proof(unknown, replace(STEP, verdict=Verdict.VIOLATED)).verdict is Verdict.VIOLATED


def test_a_control_that_is_not_refuted_makes_it_unknown():
    unrefuted = replace(STEP, control=replace(REFUTED, refuted=False))
    assert proof(unrefuted).verdict is Verdict.UNKNOWN
    assert "not refuted" in proof(unrefuted).reason
    evidence = to_evidence(proof(STEP, unrefuted))
    assert not evidence.control.refuted
    assert not evidence.sound
    assert proof(unrefuted, replace(STEP, verdict=Verdict.VIOLATED)).verdict is Verdict.VIOLATED


def test_a_gap_is_shown_as_a_gap():
    shown = proof(STEP, gap("d", "claim", "nobody knows"))
    assert shown.verdict is Verdict.UNKNOWN
    assert shown.reason == "d: gap: nobody knows"


def test_a_written_step_is_never_presented_as_checked():
    evidence = to_evidence(proof(STEP, PROSE))
    assert evidence.method is Method.PROOF
    assert evidence.scope["machine_checked_steps"] == 1
    assert evidence.scope["written_steps"] == ["c"]
    assert evidence.steps[1].method is StepMethod.WRITTEN
    assert evidence.steps[1].control is None
    assert not to_evidence(proof(PROSE)).control.refuted
    with pytest.raises(ValueError, match="checked by no machine"):
        replace(PROSE, control=REFUTED)
    with pytest.raises(ValueError, match="checked by no machine"):
        replace(PROSE, rests_on=())


@pytest.mark.parametrize("verdict", [Verdict.SURVIVED, Verdict.CERTIFIED, Verdict.VACUOUS])
def test_a_step_has_a_verdict_of_a_proof(verdict):
    with pytest.raises(ValueError, match="verdict: got"):
        replace(STEP, verdict=verdict)


def test_every_machine_checked_step_has_a_control():
    with pytest.raises(ValueError, match="needs a false twin"):
        replace(STEP, control=None)
    with pytest.raises(ValueError, match="at least one"):
        proof()


def test_methods():
    assert proof(STEP).method is Method.SMT
    assert proof(ALGEBRA).method is Method.SYMBOLIC
    assert proof(STEP, ALGEBRA).method is Method.PROOF


def test_a_citation_is_worth_what_it_cites():
    lemma = Proof("lem1", (STEP, PROSE))
    step = cited(lemma)
    assert (step.verdict, step.rests_on, step.control.refuted) == (Verdict.PROVED, ("lem1: c",), True)
    # Reached on two ways, a written step counts once.
    twice = Proof("prop3", (cited(Proof("s3", (step, PROSE))), step))
    assert twice.rests_on == ("lem1: c", "s3: c")
    weak = cited(Proof("lem1", (replace(STEP, verdict=Verdict.UNKNOWN, reason="stopped"),)))
    assert (weak.verdict, weak.reason) == (Verdict.UNKNOWN, "a: stopped")
    unrefuted = cited(Proof("lem1", (replace(STEP, control=replace(REFUTED, refuted=False)),)))
    assert (unrefuted.verdict, unrefuted.control.refuted) == (Verdict.UNKNOWN, False)


def test_evidence_goes_into_the_ledger():
    evidence = to_evidence(proof(STEP, ALGEBRA, PROSE))
    assert evidence.control.violations == 2
    assert evidence.control.instance == {"p": [0.5, 0.5]}
    ledger = make_ledger([evidence], level="quick", seed=0, seconds=1.0)
    assert ledger.sound
    whole = json.loads(json.dumps(ledger.to_record(), allow_nan=False))
    assert Ledger.from_record(whole) == ledger
    record = whole["evidence"][0]
    assert record["verdict"] == "proved"
    assert [s["name"] for s in record["steps"]] == ["a", "b", "c"]


def test_the_formal_theorem_of_a_proof_is_counted_apart():
    proved = to_evidence(proof(STEP))
    assert proved.scope["formal_steps"] == 0
    checked = replace(proved, method=Method.FORMAL, verdict=Verdict.FORMAL, steps=None)
    counted, same = with_formal_steps([proved, checked])
    assert (counted.scope["formal_steps"], same) == (1, checked)
    other = replace(checked, verdict=Verdict.NOT_RUN)
    assert with_formal_steps([proved, other]) == [proved, other]
