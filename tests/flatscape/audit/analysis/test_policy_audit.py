"""The audit of one policy: what it says beside its numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flatscape.audit.analysis.policy_audit import policy_audit
from tests.flatscape.audit.audited import QUICK, samples
from theory.errors import InvalidInputError

NAN = float("nan")


def test_models_that_score_no_completion_together_are_measured_all_the_same():
    data = samples([[1.0, 0.0, NAN, NAN], [NAN, NAN, 0.5, 0.2]], [0, 4], truth=[1.0, 0.0, 1.0, 0.0])
    found = policy_audit(data, QUICK)
    assert found.taught is None
    assert found.verdict is None
    assert any(note.startswith("Teaching is not simulated: ") for note in found.notes)
    assert {one.about.id for one in found.found} >= {"reward-variance", "accuracy-strict-pooled"}


def test_notes():
    settings = replace(QUICK, group_sizes=(2, 4), weighting="weight")
    data = samples([[1.0, 0.0, 0.5], [2.0, 2.0, 2.0]], [0, 3], weights=[0.9, 0.05, 0.05])
    notes = " ".join(policy_audit(data, settings).notes)
    assert "1 prompt is few" in notes
    assert "in groups of 4 cannot be told from at most 3" in notes
    assert "One completion decides nearly alone" in notes
    assert "rm_1: one value for all completions" in notes


def test_two_completions_of_a_prompt_are_needed():
    with pytest.raises(InvalidInputError, match="one scored completion of each prompt"):
        policy_audit(samples([[1.0, NAN, 0.5]], [0, 2, 3]), QUICK)
