"""Parts of one statement's evidence join into what one run over everything would have found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.merging import merge_evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict

STEP = Step("a", "claim", StepMethod.SMT, Verdict.PROVED, "", "text", StepControl("twin", True, "", {"p": [0.5]}))
UNREFUTED = ControlOutcome("twin", False, None, 0, None)


def refuted(ratio: float) -> ControlOutcome:
    return ControlOutcome("twin", True, ratio, 2, {"ratio": ratio})


def part(tightness: float | None, verdict: Verdict = Verdict.SURVIVED, **more: Any) -> Evidence:
    made = Evidence(
        "s3",
        Method.SAMPLING,
        verdict,
        UNREFUTED,
        instances=5,
        tightness=tightness,
        tightest={"ratio": tightness},
        scope={"outputs": [2]},
        seed=1,
        seconds=1.0,
    )
    return replace(made, **more)


def test_counts_add_up_and_extremes_survive():
    (merged,) = merge_evidence(
        [
            part(1.5, undecided=1, control=refuted(0.9)),
            part(1.2, vacuous=2, scope={"outputs": [3], "boxes": 4}),
            part(
                None, Verdict.NOT_APPLICABLE, instances=0, control=refuted(0.8), reason="none", scope={"outputs": [3]}
            ),
        ]
    )
    assert (merged.instances, merged.undecided, merged.vacuous, merged.seconds) == (10, 1, 2, 3.0)
    assert (merged.verdict, merged.reason) == (Verdict.SURVIVED, None)
    assert (merged.tightness, merged.tightest) == (1.2, {"ratio": 1.2})
    assert (merged.control.refuted, merged.control.violations, merged.control.instance) == (True, 4, {"ratio": 0.8})
    assert merged.scope == {"outputs": [2, 3], "boxes": 4}


def test_a_violation_outweighs_everything_and_keeps_its_instance():
    bad = part(0.7, Verdict.VIOLATED, violations=1)
    (merged,) = merge_evidence([part(0.5, Verdict.UNKNOWN, reason="censored"), bad])
    assert (merged.verdict, merged.violations, merged.tightness) == (Verdict.VIOLATED, 1, 0.7)


def test_of_an_identity_the_largest_error_counts():
    parts = [part(1e-16, statement="lem7"), part(3e-16, statement="lem7")]
    assert merge_evidence(parts)[0].tightness == 3e-16


def test_other_methods_and_statements_stay_apart():
    parts = [part(1.0), part(2.0, method=Method.SEARCH), part(3.0, statement="prop3"), part(4.0)]
    merged = merge_evidence(parts)
    assert [(e.statement, e.method, e.instances) for e in merged] == [
        ("s3", "sampling", 10),
        ("s3", "search", 5),
        ("prop3", "sampling", 5),
    ]


def test_records_return():
    evidence = part(1.25, steps=(STEP,), control=refuted(0.5))
    assert Evidence.from_record(evidence.to_record() | {"title": "not a field"}) == evidence
    with pytest.raises(ValueError, match="nonsense"):
        Evidence.from_record(evidence.to_record() | {"verdict": "nonsense"})
