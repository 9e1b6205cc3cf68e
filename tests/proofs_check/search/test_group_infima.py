"""Infima of inequalities about completions: the members have the ratios that are claimed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from proofs_check.search.group_infima import GROUP_INFIMA, GroupInfimum, group_infimum_in_words, group_ratios
from theory.statement import Relation
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS


def test_every_inequality_has_one() -> None:
    assert [i.statement for i in GROUP_INFIMA] == [
        s.id for s in SAMPLED_GROUP_STATEMENTS if s.relation is Relation.AT_MOST
    ]


@pytest.mark.parametrize("infimum", GROUP_INFIMA, ids=lambda i: i.statement)
def test_members(infimum: GroupInfimum) -> None:
    ratios = group_ratios(infimum)
    assert all(ratio >= 1 - 1e-12 for ratio in ratios)
    assert ratios[-1] == pytest.approx(1.0, abs=1e-12 if infimum.reached else 1e-3)
    assert infimum.reached or all(before > after for before, after in pairwise(ratios))


def test_in_words() -> None:
    assert group_infimum_in_words("no-signal-pooling").startswith("attained: 1 (")
    assert group_infimum_in_words("leave-one-out") == ""
