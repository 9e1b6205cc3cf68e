"""Counts, extremes and verdicts."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling.judging import Judgement
from proofs_check.sampling.tally import Tally
from theory.statement import Relation
from theory.statements.register import find_statement

BOUND = find_statement("prop3")
IDENTITY = find_statement("lem9")


def judgement(violated, ratio, undecided=None):
    violated = np.array(violated)
    return Judgement(
        violated, np.zeros(len(violated), bool) if undecided is None else np.array(undecided), np.array(ratio)
    )


def record(place):
    return {"place": place}


def evidence(tally):
    return tally.evidence(Method.SAMPLING, scope={}, seed=1, seconds=0.5)


def test_the_smallest_ratio_among_the_instances_that_apply():
    tally = Tally(BOUND)
    applies = np.array([True, True, False, True])
    tally.add(applies, judgement([False] * 4, [3.0, 2.0, 1.0, np.inf]), record)
    tally.add(applies[:1], judgement([False], [2.5]), record)
    found = evidence(tally)
    assert (found.verdict, found.instances, found.violations) == (Verdict.SURVIVED, 4, 0)
    assert (found.tightness, found.tightest) == (2.0, {"place": 1})
    assert (found.method, found.seed, found.seconds, found.statement) == (Method.SAMPLING, 1, 0.5, "prop3")


def test_violations_are_shown_with_the_worst_instance():
    tally = Tally(BOUND)
    tally.add(np.ones(3, bool), judgement([False, True, True], [1.1, 0.9, 0.5]), record)
    found = evidence(tally)
    assert (found.verdict, found.violations, found.tightness, found.tightest) == (
        Verdict.VIOLATED,
        2,
        0.5,
        {"place": 2},
    )
    assert not found.sound


def test_violations_outside_the_hypotheses_do_not_count():
    tally = Tally(BOUND)
    tally.add(np.zeros(2, bool), judgement([True, True], [0.1, np.nan]), record)
    found = evidence(tally)
    assert (found.verdict, found.instances, found.violations) == (Verdict.NOT_APPLICABLE, 0, 0)
    assert found.reason


@pytest.mark.parametrize("statement", [BOUND, IDENTITY], ids=lambda s: s.id)
@pytest.mark.parametrize("ratio", [np.nan, np.inf])
def test_a_violation_by_breaking_down_is_recorded(statement, ratio):
    tally = Tally(statement)
    tally.add(np.ones(2, bool), judgement([False, True], [1.0, ratio]), record)
    found = evidence(tally)
    assert (found.verdict, found.tightest) == (Verdict.VIOLATED, {"place": 1})


def test_a_control_that_breaks_down_is_not_refuted():
    tally = Tally(BOUND)
    tally.add_control(np.ones(2, bool), judgement([True, True], [np.nan, np.inf]), record)
    assert not evidence(tally).control.refuted
    tally.add_control(np.array([True, False]), judgement([True, True], [0.9, 0.1]), record)
    control = evidence(tally).control
    assert (control.refuted, control.violations, control.ratio, control.instance) == (True, 1, 0.9, {"place": 0})


def test_the_largest_error_of_an_identity():
    assert IDENTITY.relation is Relation.EQUAL
    tally = Tally(IDENTITY)
    tally.add(np.ones(3, bool), judgement([False] * 3, [1e-16, 3e-16, 0.0]), record)
    assert (evidence(tally).tightness, evidence(tally).tightest) == (3e-16, {"place": 1})


def test_undecided_and_vacuous_instances():
    tally = Tally(BOUND)
    tally.add(np.ones(2, bool), judgement([False, False], [np.inf, np.inf], [True, True]), record)
    assert evidence(tally).verdict is Verdict.UNKNOWN
    tally.add(np.ones(1, bool), judgement([False], [1e7]), record)
    assert (evidence(tally).verdict, evidence(tally).undecided, evidence(tally).vacuous) == (Verdict.VACUOUS, 2, 1)
    tally.add(np.ones(1, bool), judgement([False], [5.0]), record)
    assert evidence(tally).verdict is Verdict.SURVIVED
