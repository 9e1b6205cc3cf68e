"""Identities for every number of outputs: true ones, planted errors, and what the argument does not cover."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.symbolic import identities
from proofs_check.symbolic.identity import DegreeArgumentError, Identity, identity_step, prove_for_every_size
from proofs_check.symbolic.quotients import Outputs, Quotient

ALL = [v for v in vars(identities).values() if isinstance(v, Identity)]


@pytest.mark.parametrize("identity", ALL, ids=lambda i: i.name)
def test_identities(identity):
    step = identity_step(identity)
    assert step.verdict is Verdict.PROVED
    assert step.control.refuted
    assert step.control.witness


def test_they_hold_for_more_outputs_than_the_degree_asks_for():
    for identity in (identities.LEMMA_9, identities.VALUE_FLOW):
        o = Outputs(6)
        values = {str(s): F(1 + (7 * k) % 11, 3) for k, s in enumerate(o.ring.symbols)}
        assert identity.left(o).at(values) == identity.right(o).at(values)


@pytest.mark.parametrize("identity", ALL, ids=lambda i: i.name)
def test_a_planted_error_is_rejected(identity):
    """The wrong side in the place of the right one."""
    step = identity_step(replace(identity, right=identity.wrong, wrong=identity.right))
    assert step.verdict is Verdict.VIOLATED
    assert "differ at" in step.reason
    # Its twin is now the true side, which nothing can tell from the left one.
    assert not step.control.refuted


def test_a_control_that_is_no_error_stands():
    step = identity_step(replace(identities.CONSTANT_SUM, wrong=identities.CONSTANT_SUM.right))
    assert step.verdict is Verdict.PROVED
    assert not step.control.refuted


def test_an_identity_of_two_outputs_only_is_rejected():
    """`p_0 = 1 - p_1` holds for two outputs; the degree is one, but the sides are not built by one rule."""
    with pytest.raises(DegreeArgumentError):
        prove_for_every_size(lambda o: o.policy[0] * o.reward[0], lambda o: o.policy[-1] * o.reward[-1])
    difference = prove_for_every_size(
        lambda o: o.policy[0] ** 3, lambda o: o.policy[0] ** 2 * (1 - o.sum(o.policy[1:2]))
    )[1]
    assert difference != 0


def test_what_the_degree_argument_does_not_cover():
    def bare(o):
        return o.reward[0] * 1

    with pytest.raises(DegreeArgumentError, match="without the output's w"):
        prove_for_every_size(bare, bare)

    def growing(o):
        return o.policy[0] ** o.count

    with pytest.raises(DegreeArgumentError):
        prove_for_every_size(lambda o: growing(o) * o.policy[0] ** 2, lambda o: growing(o) * o.policy[0] ** 2)

    def inhomogeneous(o):
        return Quotient(o.weights[0], 2, o.total)

    with pytest.raises(DegreeArgumentError, match="degree 1"):
        prove_for_every_size(inhomogeneous, inhomogeneous)
    identity = Identity("n", "c", bare, bare, bare, "none")
    assert identity_step(identity).verdict is Verdict.UNKNOWN
    assert not identity_step(identity).control.refuted


def test_what_the_code_says_counts():
    step = identity_step(identities.LEMMA_7, disagreement="the code differs")
    assert (step.verdict, step.reason) == (Verdict.VIOLATED, "the code differs")
