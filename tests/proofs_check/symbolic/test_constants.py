"""Constants are exact: a float is the dyadic number that it is."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.smt.formula import value
from proofs_check.symbolic.constants import quotient, rational


@given(st.floats(-1e6, 1e6))
def test_nothing_is_rounded(constant):
    assert rational(constant) == sp.Rational(*constant.as_integer_ratio())
    assert value(quotient(abs(constant)), {}) == Fraction(abs(constant))
