r"""The tabular policy in exact symbols: quotients of polynomials in `w_i = exp(theta_i)` over powers of `W = sum w_i`.

For a number of outputs the symbols are `w_i`, the reward `r_i`, the logarithm `l_i = ln(p_i / p0_i)`, the regularised
reward `h_i`, a second reward `g_i`, and `lambda`. A logarithm is a symbol with the right derivative, `d l_i = d theta_i
- sum_j p_j d theta_j`, and so is `h_i = r_i - lambda l_i`, whose parts need not be distinguished: `d h_i = -lambda d
l_i`. Nothing is simplified: equality of two quotients is equality of polynomials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import QQ
from sympy.polys.rings import PolyElement, ring

SYMBOLS = "wrlhg"
"""One letter per symbol that every output has; the weights come first."""


@dataclass(frozen=True)
class Quotient:
    """`numerator / W^power`, a polynomial over a power of the sum of weights."""

    numerator: PolyElement
    power: int
    total: PolyElement

    def reduced(self) -> Quotient:
        """The same with as many factors `W` cancelled as there are."""
        value = self
        while value.power:
            quotient, remainder = divmod(value.numerator, self.total)
            if remainder:
                break
            value = Quotient(quotient, value.power - 1, self.total)
        return value

    def over(self, power: int) -> PolyElement:
        """The numerator over `W^power`, for a power that is at least the present one."""
        return self.numerator * self.total ** (power - self.power)

    def _coerced(self, other: Quotient | int | Fraction) -> Quotient:
        if isinstance(other, Quotient):
            return other
        constant = self.total.ring.domain_new(QQ(other.numerator, other.denominator))
        return Quotient(self.total.ring.ground_new(constant), 0, self.total)

    def __add__(self, other: Quotient | int | Fraction) -> Quotient:
        other = self._coerced(other)
        power = max(self.power, other.power)
        return Quotient(self.over(power) + other.over(power), power, self.total)

    __radd__ = __add__

    def __neg__(self) -> Quotient:
        return Quotient(-self.numerator, self.power, self.total)

    def __sub__(self, other: Quotient | int | Fraction) -> Quotient:
        return self + -self._coerced(other)

    def __rsub__(self, other: Quotient | int | Fraction) -> Quotient:
        return -self + other

    def __mul__(self, other: Quotient | int | Fraction) -> Quotient:
        other = self._coerced(other)
        return Quotient(self.numerator * other.numerator, self.power + other.power, self.total)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Quotient:
        return Quotient(self.numerator**exponent, self.power * exponent, self.total)

    def at(self, values: Mapping[str, Fraction]) -> Fraction:
        """Its exact value where the symbols have these values."""
        return _value(self.numerator, values) / _value(self.total, values) ** self.power


def _value(polynomial: PolyElement, values: Mapping[str, Fraction]) -> Fraction:
    point = [values[str(symbol)] for symbol in polynomial.ring.symbols]
    total = Fraction(0)
    for exponents, coefficient in polynomial.terms():
        term = Fraction(int(coefficient.numerator), int(coefficient.denominator))
        for value, exponent in zip(point, exponents, strict=True):
            if exponent:
                term *= value**exponent
        total += term
    return total


class Outputs:
    """The symbols of a tabular policy over `count` outputs, with what is made of them.

    **Fields**: `policy` (`p_i = w_i / W`), `reward` (`r_i`), `log_ratio` (`l_i`), `coefficient` (`lambda`),
    `regularized` (`h_i`), `spelt_out` (`r_i - lambda l_i`), `truth` (`g_i`).
    """

    def __init__(self, count: int) -> None:
        self.count = count
        names = [f"{letter}{i}" for letter in SYMBOLS for i in range(count)]
        self.ring, *symbols = ring([*names, "lam"], QQ)
        blocks = [symbols[k * count : (k + 1) * count] for k in range(len(SYMBOLS))]
        self.weights, rewards, self.log_symbols, self.regularized_symbols, truths = blocks
        self.total = sum(self.weights, self.ring.zero)
        self.policy = [Quotient(w, 1, self.total) for w in self.weights]
        self.reward = [self._plain(r) for r in rewards]
        self.log_ratio = [self._plain(symbol) for symbol in self.log_symbols]
        self.regularized = [self._plain(symbol) for symbol in self.regularized_symbols]
        self.truth = [self._plain(g) for g in truths]
        self.coefficient = self._plain(symbols[-1])
        self.spelt_out = [r - self.coefficient * ratio for r, ratio in zip(self.reward, self.log_ratio, strict=True)]

    def _plain(self, polynomial: PolyElement) -> Quotient:
        return Quotient(polynomial, 0, self.total)

    def constant(self, value: int | Fraction) -> Quotient:
        """A number as a quotient."""
        return self.policy[0]._coerced(value)

    def mean(self, values: Sequence[Quotient]) -> Quotient:
        """`sum_i p_i values_i`."""
        return self.sum(p * v for p, v in zip(self.policy, values, strict=True))

    def sum(self, values: Any) -> Quotient:
        """The sum of quotients."""
        return sum(values, self.constant(0))

    def centred(self, values: Sequence[Quotient]) -> list[Quotient]:
        """`values_i - sum_j p_j values_j`."""
        mean = self.mean(values)
        return [v - mean for v in values]

    def derivative(self, value: Quotient, velocity: Sequence[Quotient]) -> Quotient:
        """`d value` when every logit moves by `d theta_i = velocity_i`: `dw_i = w_i dtheta_i`, the rest as above."""
        drift = self.mean(velocity)
        numerator = self.constant(0)
        for place, speed in enumerate(velocity):
            w, relative = self.weights[place], speed - drift
            numerator += self._plain(value.numerator.diff(w) * w) * speed
            numerator += self._plain(value.numerator.diff(self.log_symbols[place])) * relative
            regularized = value.numerator.diff(self.regularized_symbols[place])
            numerator -= self.coefficient * self._plain(regularized) * relative
        over_power = Quotient(self.ring.one, value.power, self.total)
        # d(N / W^k) = dN / W^k - k (N / W^k) dW / W, and dW / W = sum p_i dtheta_i.
        return numerator * over_power - value.power * value * drift

    def basis(self, place: int) -> list[Quotient]:
        """The velocity that moves one logit only: with it, `derivative` is a partial derivative."""
        return [self.constant(int(i == place)) for i in range(self.count)]
