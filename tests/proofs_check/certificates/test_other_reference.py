"""Certificates of bounds with another reference: enclosures agree with simulated times, a false twin is refuted."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from proofs_check.certificates.claim import agrees
from proofs_check.certificates.hitting_times import CertifiedSettings, Disagreement
from proofs_check.certificates.other_reference import REFERENCE_CLAIMS, ball_claim, certify_references_part
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.evidence.verdict import Verdict
from sims.other_reference import reference_hitting_times
from theory.statement import Subject
from theory.statements.register import STATEMENTS, find_statement

FEW = CertifiedSettings((2,), problems=2, most_steps=60)
OURS = tuple(s for s in STATEMENTS if s.subject is Subject.REFERENCE)


def test_every_statement_has_a_claim() -> None:
    assert set(REFERENCE_CLAIMS) == {s.id for s in OURS}


@pytest.mark.parametrize("statement", OURS, ids=lambda s: s.id)
def test_the_witness(statement) -> None:
    with jax.enable_x64(True):
        witness = statement.control.witness()
        increase = float(witness.increase)
        found = enclose_hitting_time(witness.problem, increase, log_reference=np.asarray(witness.reference))
        simulated = reference_hitting_times(witness.problem, witness.reference, increase)
        claim = ball_claim(statement, witness)
    assert found.relative_width < 1e-12
    assert float(simulated.time) == pytest.approx(float(found.time.mid()), rel=1e-9)
    assert agrees(claim.bound, claim.float_bound)
    assert all(claim.hypotheses.values())


def test_certified() -> None:
    for item in certify_references_part(OURS, FEW, 0, 2):
        assert item.verdict is Verdict.CERTIFIED
        assert item.control.refuted
        assert item.violations == 0
        assert item.tightness is not None
        assert item.tightness < 1.01 or item.statement == "s3-entropy"


def test_a_statement_whose_code_says_something_else_is_noticed() -> None:
    right = find_statement("s3-other-reference")
    wrong = replace(right, sides=lambda i: right.sides(i)._replace(smaller=1.01 * right.sides(i).smaller))
    with pytest.raises(Disagreement, match="s3-other-reference"):
        certify_references_part([wrong], FEW, 0, 2)
