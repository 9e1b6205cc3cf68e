"""Steps come back from their records."""

from __future__ import annotations

import json

import pytest

from proofs_check.evidence.step import Step, StepControl, StepMethod, gap, written
from proofs_check.evidence.verdict import Verdict

CHECKED = Step(
    "a",
    "claim",
    StepMethod.SMT,
    Verdict.DECIDED,
    "n <= 3",
    "(check-sat)",
    StepControl("twin", True, "text", {"p": [0.5]}),
    seconds=0.5,
    rests_on=("b", "c"),
    code="both sides",
    reason="too large",
)


@pytest.mark.parametrize("step", [CHECKED, written("b", "claim", "because"), gap("c", "claim", "nobody knows")])
def test_a_step_comes_back_from_its_record(step):
    record = json.loads(json.dumps(step.to_record()))
    assert record == step.to_record()
    assert Step.from_record(record | {"later": 1}) == step


@pytest.mark.parametrize("change", [{"method": "guess"}, {"verdict": "survived"}, {"control": None}, {"control": {}}])
def test_a_record_that_is_no_step_is_an_error(change):
    with pytest.raises((ValueError, TypeError)):
        Step.from_record(CHECKED.to_record() | change)


def test_a_control_that_is_not_refuted_is_told():
    unrefuted = StepControl("twin", False)
    assert CHECKED.unrefuted is None
    assert written("b", "claim", "because").unrefuted is None
    assert Step.from_record(CHECKED.to_record() | {"control": vars(unrefuted)}).unrefuted == unrefuted
