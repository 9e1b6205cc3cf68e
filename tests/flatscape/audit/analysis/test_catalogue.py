"""Every measure has a description of its own."""

from __future__ import annotations

import pytest

from flatscape.audit.analysis.catalogue import described
from tests.flatscape.audit.audited import samples
from theory.comparison.measures import audit_measures

DATA = samples([[1.0, 0.0, 0.5, 0.2]], [0, 2, 4], truth=[1.0, 0.0, 0.0, 1.0], weights=[0.5, 0.5, 0.1, 0.9]).grouped


def test_every_measure_is_described_once():
    names = [m.name for m in audit_measures(DATA, subset_sizes=(1, 2), group_sizes=(2, 4), trainer="verl")]
    found = [described(name) for name in [*names, "relative time bound"]]
    assert len({one.id for one in found}) == len(found)
    assert len({one.title for one in found}) == len(found)
    for one in found:
        assert one.definition.endswith(".")
        assert "\\" not in one.title + one.definition
        assert one.id == one.id.lower()
        assert " " not in one.id


def test_accuracies_differ_in_rule_and_way():
    assert described("accuracy, strict, pooled").id == "accuracy-strict-pooled"
    weighted = described("weighted accuracy, harm aware, by prompt")
    assert weighted.id == "weighted-accuracy-harm-aware-by-prompt"
    assert weighted.definition != described("accuracy, harm aware, by prompt").definition


@pytest.mark.parametrize("name", ["nonsense", "accuracy, nonsense, pooled"])
def test_an_unknown_measure_is_refused(name):
    with pytest.raises(KeyError):
        described(name)
