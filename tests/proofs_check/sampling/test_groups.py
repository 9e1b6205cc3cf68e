"""Random groups of completions: statements survive, controls are refuted, and an edited statement is violated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling.groups import DRAWN, GroupSettings, sample_groups
from theory.statement import Sides, Subject
from theory.statements.register import find_statement
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS

FEW = GroupSettings((2, 3, 8), groups=400, prompts=60, draws=60)
GROUPED = [s for s in Subject if s.grouped]


@pytest.mark.parametrize("subject", GROUPED, ids=lambda s: s.name)
def test_nothing_is_violated_but_the_controls(subject: Subject) -> None:
    found = sample_groups(SAMPLED_GROUP_STATEMENTS, FEW, 0, subject)
    assert [e.statement for e in found] == [s.id for s in SAMPLED_GROUP_STATEMENTS if s.subject is subject]
    for evidence in found:
        assert evidence.verdict is Verdict.SURVIVED
        assert evidence.control.refuted
        assert evidence.instances > 100
        assert evidence.tightest is not None
    assert found == [
        replace(e, seconds=b.seconds)
        for e, b in zip(sample_groups(SAMPLED_GROUP_STATEMENTS, FEW, 0, subject), found, strict=True)
    ]


def test_all_sizes_of_draws_are_there() -> None:
    found = sample_groups(SAMPLED_GROUP_STATEMENTS, FEW, 1, Subject.DRAWS)[0]
    assert found.instances == FEW.draws * len(DRAWN) + 1


def test_an_edited_statement_is_violated() -> None:
    statement = find_statement("leave-one-out")

    def sides(instance: object) -> Sides:
        smaller, larger, scale = statement.sides(instance)
        return Sides(smaller, larger * np.float64(1 + 1e-9), scale)

    (found,) = sample_groups([replace(statement, sides=sides)], FEW, 0, Subject.GROUP)
    assert found.verdict is Verdict.VIOLATED
