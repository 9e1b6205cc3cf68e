"""Certificates of positivity: exact coefficients, and no certificate for what is false."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as F

import pytest
from sympy import QQ
from sympy.polys.rings import ring

from proofs_check.evidence.verdict import Verdict
from proofs_check.symbolic.positivity import Fractional, Positive, evaluate, positive_step, smallest_coefficient

RING, A, T = ring("a,t", QQ)
ONE = RING(1)


def claim(terms, wrong=None, point=(F(1, 2), F(0))):
    wrong = wrong or [Fractional(4 * A * (1 - A), ONE), Fractional(RING(-2), ONE)]
    return Positive("n", "c", terms, 4, wrong, "less", point, "everywhere")


def test_a_parabola_that_touches_zero_needs_a_higher_degree_or_stays_unknown():
    touching = [Fractional((2 * A - 1) ** 2, ONE)]
    assert smallest_coefficient(touching, 2) == -1
    assert positive_step(claim(touching)).verdict is Verdict.UNKNOWN
    above = [Fractional((2 * A - 1) ** 2 + QQ(1, 2) + T, ONE)]
    assert smallest_coefficient(above, 4) >= 0
    step = positive_step(claim(above))
    assert (step.verdict, step.control.refuted) == (Verdict.PROVED, True)
    assert step.control.witness == {"a": "1/2", "t": "0", "value": "-1"}


def test_what_is_false_is_violated_or_unknown():
    false = [Fractional(A * (1 - A) - QQ(1, 5), ONE)]
    assert positive_step(claim(false, point=(F(0), F(0)))).verdict is Verdict.VIOLATED
    assert positive_step(claim(false)).verdict is Verdict.UNKNOWN
    good = [Fractional(A + T, ONE)]
    assert positive_step(claim(good), disagreement="edited").verdict is Verdict.VIOLATED


def test_a_twin_that_is_true_is_not_refuted():
    good = [Fractional(A + T, ONE)]
    assert not positive_step(claim(good, wrong=good)).control.refuted


def test_denominators_must_be_positive():
    one_over = Fractional(ONE, A - QQ(1, 2))
    assert smallest_coefficient([one_over, Fractional(ONE, ONE)], 4) == -math.inf
    # At a = 0 it is zero, and the fraction is not defined.
    assert smallest_coefficient([Fractional(ONE, A)], 4) == -math.inf
    with pytest.raises(ValueError, match="degree"):
        smallest_coefficient([Fractional(A**5, ONE)], 4)


def test_values_are_exact():
    terms = [Fractional(A, 1 + T), Fractional(-T, 2 + A)]
    assert evaluate(terms, (F(1, 3), F(1, 2))) == F(1, 3) / F(3, 2) - F(1, 2) / F(7, 3)
    with pytest.raises(ZeroDivisionError):
        evaluate([Fractional(ONE, A)], (F(0), F(0)))
    assert replace(claim(terms), degree=2).degree == 2
