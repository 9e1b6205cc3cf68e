"""What statements take for granted is said of each of them, wherever it is explained."""

from __future__ import annotations

import pytest

from proofs_check.report.explanation import explain_statement
from proofs_check.report.standing_assumptions import (
    FINITE,
    PARAMETRIC_FLOW,
    SMOOTH_LOGITS,
    TABULAR_FLOW,
    standing_assumptions,
)
from theory.statement import Subject
from theory.statements.register import REGISTER, find_statement


@pytest.mark.parametrize("statement", REGISTER, ids=lambda statement: statement.id)
def test_whatever_moves_says_that_it_can(statement):
    assumed = standing_assumptions(statement)
    timed = statement.subject in (Subject.PATH, Subject.HITTING_TIME)
    parametric = statement.subject in (Subject.PARAMETRIC_PATH, Subject.PARAMETRIC_HITTING_TIME)
    assert (PARAMETRIC_FLOW in assumed) == parametric
    assert TABULAR_FLOW in assumed or not timed
    assert not (TABULAR_FLOW in assumed and statement.subject.parametric)
    assert (SMOOTH_LOGITS in assumed) == (statement.subject is Subject.PARAMETRIC_POLICY)


def test_the_flow_is_not_assumed_where_it_is_shown_never_to_end():
    assert standing_assumptions(find_statement("probabilities")) == (FINITE,)
    assert standing_assumptions(find_statement("lem1")) == ()


@pytest.mark.parametrize(("id", "said"), [("s3", "exists at every time"), ("s4", "twice continuously differentiable")])
def test_it_is_explained(id, said):
    sections = explain_statement(find_statement(id), None, [], source="Nowhere.")
    lines = [line.text for section in sections if section.heading == "Standing assumptions" for line in section.lines]
    assert any(said in line for line in lines)
