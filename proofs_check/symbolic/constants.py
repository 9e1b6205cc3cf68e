"""Constants of the code as the exact rational numbers that they are, for algebra and for formulas."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp


def rational(constant: float) -> sp.Rational:
    """A float as the rational number that it is."""
    fraction = Fraction(constant)
    return sp.Rational(fraction.numerator, fraction.denominator)


def quotient(constant: float) -> str:
    """A float as the quotient of whole numbers that it is, as formulas write it."""
    fraction = Fraction(constant)
    return f"({fraction.numerator}/{fraction.denominator})"
