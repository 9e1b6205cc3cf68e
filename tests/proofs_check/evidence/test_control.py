"""When a control is refuted: by each method that has to refute it, and by at least one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofs_check.evidence.control import ControlStatus, control_is_refuted, control_status
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from tests.ledger_example import REFUTED, UNREFUTED, evidence_on_theorem_5


def changed(**refuted):
    """The example's evidence, with other outcomes of the control by method."""
    named = {method.replace("_", " "): outcome for method, outcome in refuted.items()}
    outcomes = {True: REFUTED, False: UNREFUTED}
    return [replace(e, control=outcomes[named[e.method]]) if e.method in named else e for e in evidence_on_theorem_5()]


@pytest.mark.parametrize(
    ("change", "refuted"),
    [
        ({}, True),
        ({"sampling": False}, False),
        ({"sampling": False, "certified": False}, False),
        ({"language_model": True}, True),
        ({"proof": False}, False),
    ],
)
def test_whose_refutation_counts(change, refuted):
    assert control_is_refuted(changed(**change)) is refuted


def test_each_method_has_a_status_of_its_own():
    found = changed(certified=False)
    assert {e.method: control_status(e, found) for e in found} == {
        Method.PROOF: ControlStatus.REFUTED,
        Method.SAMPLING: ControlStatus.REFUTED,
        Method.CERTIFIED: ControlStatus.NOT_REFUTED,
        Method.LANGUAGE_MODEL: ControlStatus.NOT_NEEDED,
    }


def test_where_nobody_refutes_it_no_method_is_excused():
    none = changed(proof=False, sampling=False, certified=False)
    assert all(control_status(e, none) is ControlStatus.NOT_REFUTED for e in none)
    assert not control_is_refuted([])


def test_a_method_without_a_result_need_not_refute_it():
    found = [replace(e, verdict=Verdict.UNKNOWN) for e in changed(certified=False)]
    assert control_is_refuted(found)
