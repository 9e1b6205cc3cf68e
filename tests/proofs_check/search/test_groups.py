"""The search over groups of completions: it comes close to every inequality, violates none, and finds a false one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.search.groups import GROUP_SEARCH_LEVELS, search_groups
from theory.statement import Relation
from theory.statements.register import find_statement
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS


def test_it_drives_every_inequality() -> None:
    found = search_groups(SAMPLED_GROUP_STATEMENTS, "quick", 0)
    assert [e.statement for e in found] == [s.id for s in SAMPLED_GROUP_STATEMENTS if s.relation is Relation.AT_MOST]
    for evidence in found:
        assert evidence.verdict is Verdict.SURVIVED
        assert evidence.tightness is not None
        assert evidence.tightness < 1.1
        assert evidence.control.refuted


@pytest.mark.parametrize("id", ["largest-variance", "whitening-shift", "no-signal-pooling"])
def test_it_finds_a_false_twin(id: str) -> None:
    statement = find_statement(id)
    (found,) = search_groups([replace(statement, sides=statement.control.sides)], "quick", 0)
    assert found.verdict is Verdict.VIOLATED


def test_levels() -> None:
    assert set(GROUP_SEARCH_LEVELS) == {"quick", "full"}
