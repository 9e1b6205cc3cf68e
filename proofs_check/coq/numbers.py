"""Numbers to compute Coq's formulas with: exact where they are rational, and able to differentiate.

Rational numbers stay exact, and so do their logarithms until something is added to them: the probabilities of a
softmax of logarithms come out exactly. `Dual` numbers carry a derivative along.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = Any
"""An `int`, `Fraction`, `float`, `Logarithm` or `Dual`."""


class _Arithmetic:
    """Operators, each by a function of two numbers that a subclass gives."""

    def combine(self, other: Number, operation: str, swapped: bool) -> Number:
        raise NotImplementedError

    def __add__(self, other: Number) -> Number:
        return self.combine(other, "+", False)

    __radd__ = __add__

    def __mul__(self, other: Number) -> Number:
        return self.combine(other, "*", False)

    __rmul__ = __mul__

    def __sub__(self, other: Number) -> Number:
        return self.combine(other, "-", False)

    def __rsub__(self, other: Number) -> Number:
        return self.combine(other, "-", True)


@dataclass(frozen=True, eq=False)
class Logarithm(_Arithmetic):
    """The logarithm of a rational number that is not negative; that of zero is minus infinity."""

    of: Fraction

    def __float__(self) -> float:
        return logarithm(self.of)

    def __neg__(self) -> Number:
        return Logarithm(1 / self.of) if self.of else math.inf

    def combine(self, other: Number, operation: str, swapped: bool) -> Number:
        if isinstance(other, Dual):
            return NotImplemented
        pair = float(self), float(other)
        return _PLAIN[operation](*(pair[::-1] if swapped else pair))

    def __lt__(self, other: Number) -> bool:
        return float(self) < float(other)

    def __le__(self, other: Number) -> bool:
        return float(self) <= float(other)

    def __gt__(self, other: Number) -> bool:
        return float(self) > float(other)

    def __ge__(self, other: Number) -> bool:
        return float(self) >= float(other)


_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


@dataclass(frozen=True, eq=False)
class Dual(_Arithmetic):
    """A number and its derivative."""

    value: Number
    slope: Number

    def combine(self, other: Number, operation: str, swapped: bool) -> Number:
        value, slope = (other.value, other.slope) if isinstance(other, Dual) else (other, 0)
        (a, da), (b, db) = (
            ((value, slope), (self.value, self.slope))
            if swapped
            else (
                (self.value, self.slope),
                (value, slope),
            )
        )
        if operation == "*":
            return Dual(a * b, da * b + a * db)
        return Dual(_PLAIN[operation](a, b), _PLAIN[operation](da, db))

    def __neg__(self) -> Number:
        return Dual(-self.value, -self.slope)


def logarithm(number: Fraction | float) -> float:
    """The natural logarithm to full precision, also of rational numbers near one or beyond the range of a float."""
    if number <= 0:
        return -math.inf
    if isinstance(number, float):
        return math.log(number)
    number = Fraction(number)
    if abs(number - 1) < Fraction(1, 2):
        return math.log1p(float(number - 1))
    return math.log(number.numerator) - math.log(number.denominator)


def ln(x: Number) -> Number:
    """Coq's `ln`, zero where there is no logarithm."""
    match x:
        case Dual(value, slope):
            return Dual(ln(value), slope * inverse(value))
        case int() | Fraction():
            return Logarithm(Fraction(x)) if x > 0 else 0
    return math.log(x) if x > 0 else 0


def exp(x: Number) -> Number:
    """The exponential function; infinite beyond the range of a float."""
    match x:
        case Dual(value, slope):
            grown = exp(value)
            return Dual(grown, grown * slope)
        case Logarithm(of):
            return of
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def inverse(x: Number) -> Number:
    """One over a number. **Raises** `ZeroDivisionError` for zero, of which Coq says nothing."""
    match x:
        case Dual(value, slope):
            over = inverse(value)
            return Dual(over, -slope * over * over)
        case int() | Fraction():
            return Fraction(1) / x
        case Logarithm():
            return 1 / float(x)
    return 1 / x


def multiply(a: Number, b: Number) -> Number:
    """A product; with an exact zero it is zero, however large the other number is."""
    if any(isinstance(x, int | Fraction) and x == 0 for x in (a, b)):
        return 0
    return a * b


def divide(a: Number, b: Number) -> Number:
    """A quotient."""
    if isinstance(a, float | Logarithm) and isinstance(b, float | Logarithm):
        return float(a) / float(b)
    return a * inverse(b)


def sqrt(x: Number) -> Number:
    """Coq's `sqrt`, zero below zero."""
    if isinstance(x, Dual):
        root = sqrt(x.value)
        return Dual(root, x.slope * inverse(2 * root)) if root else Dual(root, 0)
    return math.sqrt(x) if x > 0 else 0


def rpower(x: Number, y: Number) -> Number:
    """Coq's `Rpower x y = exp (y * ln x)`."""
    if isinstance(x, Dual) or isinstance(y, Dual):
        return exp(y * ln(x))
    return math.pow(x, y) if x > 0 else 1


def power(x: Number, n: int) -> Number:
    """A power with a natural exponent."""
    if isinstance(x, Logarithm):
        return float(x) ** n
    if isinstance(x, Dual):
        result: Number = 1
        for _ in range(n):
            result = result * x
        return result
    return x**n


def arcsine(x: Number) -> Number:
    """Coq's `asin`, constant beyond minus one and one."""
    return math.asin(min(1.0, max(-1.0, float(x))))


def absolute(x: Number) -> Number:
    """The absolute value."""
    return -x if x < 0 else x


def sign(x: Number) -> int:
    """Coquelicot's `sign`."""
    return (x > 0) - (x < 0)


def derivative(function: Callable[[Number], Number], at: Number) -> Number:
    """The derivative of a function of one number."""
    found = function(Dual(at, 1))
    return found.slope if isinstance(found, Dual) else 0


def same(a: Number, b: Number, tolerance: float = 1e-9) -> bool:
    """Whether two numbers are equal: exactly where both are rational, otherwise up to rounding."""
    if isinstance(a, int | Fraction) and isinstance(b, int | Fraction):
        return a == b
    left, right = float(a), float(b)
    return left == right or abs(left - right) <= tolerance * (1 + abs(right))
