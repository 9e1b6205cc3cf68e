"""The register's statements about completions are the printed ones, and edited ones are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proofs_check.conformance.groups import disagreement_of, group_agreement, group_disagreement
from proofs_check.conformance.printed_groups import GROUP_HYPOTHESES, GROUP_STATED
from theory.statement import Hypothesis, Relation
from theory.statements.register import find_statement
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS

EVERYWHERE: Hypothesis[Any] = Hypothesis("means-differ", "x", lambda instance: np.ones(instance.batch_shape, bool))


def test_all_are_printed() -> None:
    assert set(GROUP_STATED) == {s.id for s in SAMPLED_GROUP_STATEMENTS}
    assert set(GROUP_HYPOTHESES) == {s.id for s in SAMPLED_GROUP_STATEMENTS if s.hypotheses}


@pytest.mark.parametrize("id", GROUP_STATED)
def test_the_register_says_what_is_printed(id: str) -> None:
    assert group_disagreement(id) is None
    assert f" {id} in the register" in group_agreement(id)


@pytest.mark.parametrize("id", GROUP_STATED)
def test_a_control_is_not_what_is_printed(id: str) -> None:
    statement = find_statement(id)
    assert disagreement_of(replace(statement, sides=statement.control.sides)) is not None


def test_other_hypotheses_are_noticed() -> None:
    statement = find_statement("whitening-shift")
    for hypotheses in ((), (EVERYWHERE,), (*statement.hypotheses, EVERYWHERE)):
        assert disagreement_of(replace(statement, hypotheses=hypotheses)) is not None
    assert statement.relation is Relation.AT_MOST
