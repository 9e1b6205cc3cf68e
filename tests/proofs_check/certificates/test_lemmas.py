"""The reductions to few variables are the lemmas', and what is decided can be undone by a wrong constant."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from flint import arb

from proofs_check.certificates import lemmas as certified_lemmas
from proofs_check.certificates.lemmas import (
    DECIDED,
    decide_lemmas,
    kl_velocity,
    sharp_rate_is_exact,
    tail_holds,
    x_log_x,
)
from proofs_check.enclosures.balls import working_precision
from proofs_check.evidence.verdict import Verdict
from theory.bounds import lemmas
from theory.moments import variance
from theory.statements.register import find_statement

STATEMENTS = [find_statement(id) for id in DECIDED]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.id)
def test_decided_with_the_control_refuted(statement):
    (evidence,) = decide_lemmas([statement])
    assert evidence.verdict is Verdict.DECIDED
    assert evidence.control.refuted
    assert 0 < evidence.control.ratio < 1
    assert evidence.control.instance is not None
    assert evidence.scope["outputs"][0] == 2
    assert evidence.tightness > 1


@pytest.mark.parametrize(
    ("id", "constant", "value"),
    [
        ("lem11", "LEMMA_11_LOG_COEFFICIENT", 0.3),
        ("lem10", "LEMMA_10_REWARD_RATE", 0.59),
        ("lem10", "LEMMA_10_KL_RATE", 0.4),
        ("var-rate", "VARIANCE_RATE_CONSTANT", 0.49),
    ],
)
def test_a_wrong_constant_is_not_decided(id, constant, value, monkeypatch):
    monkeypatch.setattr(lemmas, constant, value)
    (evidence,) = decide_lemmas([find_statement(id)])
    assert evidence.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN)


@pytest.mark.parametrize("outputs", [2, 3])
def test_the_angles_are_the_variance_rate(outputs):
    rng = np.random.default_rng(outputs)
    for _ in range(20):
        p = rng.dirichlet(np.ones(outputs))
        reward = rng.standard_normal(outputs)
        rate = abs(float(lemmas.variance_rate(jnp.asarray(p), jnp.asarray(reward), 0.0)))
        expected = rate / float(variance(jnp.asarray(p), jnp.asarray(reward))) ** 1.5
        if outputs == 2:
            smaller, _ = certified_lemmas._variance_rate_two(arb(p[0]))
        else:
            s = np.sqrt(p)
            a = s * (reward - p @ reward)
            a /= np.linalg.norm(a)
            alpha, beta = np.arccos(s[0]), np.arctan2(s[2], s[1])
            first = np.array([-np.sin(alpha), np.cos(alpha) * np.cos(beta), np.cos(alpha) * np.sin(beta)])
            second = np.array([0, -np.sin(beta), np.cos(beta)])
            smaller, _ = certified_lemmas._variance_rate_three(
                arb(alpha), arb(beta), arb(np.arctan2(a @ second, a @ first))
            )
        assert float(smaller) == pytest.approx(expected, rel=1e-9)


def test_the_two_output_form_is_lemma_11s():
    rng = np.random.default_rng(1)
    for _ in range(20):
        p, q = rng.uniform(0.01, 0.99, 2)
        left, right = lemmas.lemma_11_sides(jnp.log(jnp.array([p, 1 - p])), jnp.log(jnp.array([q, 1 - q])))
        z = -np.log(min(q, 1 - q))
        sign = 1 if q < 0.5 else -1
        assert abs(float(kl_velocity(arb(p), arb(z), sign))) == pytest.approx(float(left[0]), rel=1e-9)
        assert float(certified_lemmas._lemma_11(arb(p), arb(z))[1]) == pytest.approx(float(right[0]), rel=1e-12)


def test_x_log_x_near_zero():
    with working_precision(64):
        for low, high in ((0.0, 1e-9), (0.0, 0.3), (0.0, 0.6), (0.0, 1.0), (0.2, 0.5)):
            ball = x_log_x(arb(low).union(arb(high)))
            for x in np.linspace(low, high, 11)[1:]:
                assert ball.overlaps(arb(x) * arb(x).log())
            assert ball.is_finite()
        assert x_log_x(arb(0)).contains(0)


def test_the_sharp_rate_and_the_tail():
    assert sharp_rate_is_exact()
    assert tail_holds(2.0, arb(0))
    assert not tail_holds(0.5, arb(0))
    assert not tail_holds(8 / 27, arb(10))
