"""Numbers: exact where they can be, and derivatives against closed forms."""

from __future__ import annotations

import math
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.coq import numbers
from proofs_check.coq.numbers import Dual, Logarithm, derivative


@given(st.fractions(min_value=F(1, 1000), max_value=1000))
def test_the_exponential_of_a_logarithm_is_exact(q):
    assert numbers.exp(numbers.ln(q)) == q
    assert numbers.exp(-numbers.ln(q)) == 1 / q
    assert float(numbers.ln(q)) == pytest.approx(math.log(q), rel=1e-14, abs=1e-15)


def test_logarithms_near_one_and_beyond_the_range_of_floats():
    assert numbers.logarithm(1 + F(1, 10**18)) == pytest.approx(1e-18, rel=1e-14)
    assert numbers.logarithm(F(1, 10**400)) == pytest.approx(-400 * math.log(10), rel=1e-14)


@given(st.floats(0.1, 3.0), st.floats(-2.0, 2.0))
def test_derivatives(x, a):
    cases = {
        lambda t: t * t * t - a * t: 3 * x * x - a,
        lambda t: numbers.exp(a * t): a * math.exp(a * x),
        lambda t: numbers.ln(t) / 2 if False else numbers.divide(numbers.ln(t), t): (1 - math.log(x)) / x**2,
        lambda t: numbers.sqrt(t): 0.5 / math.sqrt(x),
        lambda t: numbers.rpower(t, 1.5): 1.5 * math.sqrt(x),
        lambda t: numbers.power(a - t, 3): -3 * (a - x) ** 2,
        lambda t: 4: 0,
    }
    for function, slope in cases.items():
        assert float(derivative(function, x)) == pytest.approx(slope, rel=1e-12, abs=1e-12)


def test_what_coq_says_outside_of_a_domain():
    assert (numbers.ln(-1), numbers.ln(0.0), numbers.sqrt(-4), numbers.rpower(0.0, 0.5)) == (0, 0, 0, 1)
    assert numbers.arcsine(2) == math.pi / 2
    with pytest.raises(ZeroDivisionError):
        numbers.inverse(0)


def test_an_exact_zero_times_anything():
    assert numbers.multiply(F(0), numbers.exp(10_000)) == 0
    assert math.isnan(numbers.multiply(0.0, math.inf))


def test_equality_is_exact_between_rational_numbers():
    assert not numbers.same(F(1, 3), F(1, 3) + F(1, 10**30))
    assert numbers.same(1 / 3, F(1, 3))
    assert not numbers.same(1.0, 1.0 + 1e-6)


def test_numbers_mix():
    assert float(Logarithm(F(1)) + 2) == 2
    assert 3 - Logarithm(F(1)) == 3
    mixed = Logarithm(F(2)) * Dual(1, 1)
    assert float(mixed.slope) == pytest.approx(math.log(2))
    assert Logarithm(F(1, 2)) < 0 <= Logarithm(F(1)) <= Logarithm(F(2)) > 0.5 >= Logarithm(F(1))
