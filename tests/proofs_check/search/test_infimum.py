"""What is claimed of infima is borne out by instances, and a claim that is a little off is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import pytest

from proofs_check.evidence.method import Method
from proofs_check.sampling.parametric import ParametricCampaign
from proofs_check.search.infima import INFIMA, PARAMETRIC_INFIMA, TABULAR_INFIMA
from proofs_check.search.infimum import NEARNESS, Kind, infimum_table, objection, ratios
from theory.statement import Relation, Status
from theory.statements.register import STATEMENTS

BY_ID = {item.statement: item for item in INFIMA}
SIGNS = ("objective-rises", "proxy-rises")


def test_every_inequality_has_an_entry():
    theorems = [s for s in STATEMENTS if s.status is Status.THEOREM]
    assert list(BY_ID) == [s.id for s in theorems if s.relation is Relation.AT_MOST and s.id not in SIGNS]
    for item in INFIMA:
        assert 1 <= item.proved <= item.value


@pytest.mark.parametrize("id", [item.statement for item in TABULAR_INFIMA])
def test_tabular(id):
    item, found = BY_ID[id], ratios(BY_ID[id])
    assert objection(item, found) is None
    for factor in (1.05, 0.95):
        # The control: a value five per cent off is refuted by the same instances.
        wrong = replace(item, value=factor * item.value, proved=min(item.proved, factor * item.value))
        assert objection(wrong, found) is not None
    if not item.reached:
        assert objection(item, found[::-1]) is not None or len(found) == 1
    assert objection(replace(item, proved=1.001 * found[-1], value=1.001 * found[-1]), found) is not None


def test_parametric():
    """At the witnesses of the controls: an attained value to rounding, the others nearly; none below what is proved."""
    statements = [s for s in STATEMENTS if s.id in BY_ID and s.subject.parametric]
    with jax.enable_x64(True):
        campaign = ParametricCampaign(Method.SAMPLING, statements, seed=0)
        campaign.add_witnesses()
    evidence = {e.statement: e for e in campaign.evidence({})}
    assert set(evidence) == {item.statement for item in PARAMETRIC_INFIMA}
    for item in PARAMETRIC_INFIMA:
        ratio = evidence[item.statement].tightness
        assert objection(item, [ratio]) is None, item.statement
        assert abs(ratio / item.value - 1) < (1e-7 if item.kind is not Kind.APPROACHED else 1e-3), item.statement
        assert objection(replace(item, value=(1 + 2 * NEARNESS) * item.value), [ratio]) is not None


def test_an_instance_outside_the_hypotheses_shows_nothing():
    with pytest.raises(ValueError, match="does not meet s-thm5's hypotheses"):
        ratios(replace(BY_ID["s-thm5"], members=BY_ID["s3"].members))


def test_objections():
    attained = BY_ID["lem4"]
    assert objection(attained, [1.0 + 1e-9]) is None
    assert "last ratio" in objection(attained, [1.01])
    assert "below" in objection(attained, [0.99])
    approached = BY_ID["s3"]
    assert objection(approached, [1.2, 1.1, 1.01]) is None
    assert "closer" in objection(approached, [1.2, 1.2, 1.01])
    assert "far" in objection(approached, [1.2, 1.1])


def test_the_page_is_the_table():
    page = (Path(__file__).parents[3] / "docs" / "tightness.md").read_text(encoding="utf-8")
    assert infimum_table(INFIMA) in page
