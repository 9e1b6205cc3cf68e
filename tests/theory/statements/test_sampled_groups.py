"""Statements about sampled completions: their controls are false at their witnesses, and they are true there."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from proofs_check.instances.group_families import batched
from proofs_check.sampling.judging import judge
from theory.origins import ORIGINS
from theory.statement import Statement
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS

every_statement = pytest.mark.parametrize("statement", SAMPLED_GROUP_STATEMENTS, ids=lambda s: s.id)


@every_statement
def test_witnesses_refute_the_controls_only(statement: Statement[Any]) -> None:
    instance = batched(statement.control.witness())
    assert isinstance(instance, statement.subject.instance)
    with jax.enable_x64(True):
        assert np.all(statement.applies(instance))
        assert not judge(statement.sides(instance), statement.relation, 1).violated[0]
        assert judge(statement.control.sides(instance), statement.relation, 1).violated[0]


@every_statement
def test_entries(statement: Statement[Any]) -> None:
    assert statement.origin in ORIGINS
    assert statement.subject.grouped
    assert statement.subject.sampled
    assert not statement.subject.tabular
    assert not statement.subject.parametric
