"""The first zero of a function enclosed by a Taylor polynomial: found, excluded, or too close to call."""

from __future__ import annotations

import enum
from typing import NamedTuple

from flint import arb, arb_poly

from proofs_check.enclosures.balls import ZERO, around, between

MOST_PIECES = 400
"""Pieces that one step's interval is cut into at most before it is called unclear."""

SHORTEST_PIECE = 2.0**-44
"""Pieces shorter than this share of the step are not cut further: the function is as good as zero there."""


CUT = 0.4873046875
"""Where a piece is cut: not at its middle, as zeros at simple fractions of a step would fall on the cuts."""

OVERHANG = 2.0**-20
"""The share of its length by which a ball may stick out of the interval that it covers (radii have 30 bits)."""


class Crossing(enum.Enum):
    """What is known of a step's whole interval."""

    NONE = "the function stays below zero"
    FOUND = "the function has its first zero in the bracket"
    UNCLEAR = "the function comes closer to zero than the enclosure can tell"


class EnclosedFunction(NamedTuple):
    """A function on `[0, length]`: a polynomial, give or take.

    **Fields**: `polynomial`, `derivative` (with ball coefficients); `error`, `slope_error`: nonnegative bounds on what
    the polynomial and its derivative leave out; `slack`: a bound on the distance from the function that is really meant
    (a nearby trajectory's), which may be any continuous function that close.
    """

    polynomial: arb_poly
    derivative: arb_poly
    error: arb
    slope_error: arb
    slack: arb = ZERO

    def value(self, at: arb) -> arb:
        """An enclosure of all the values that the function meant may take on the ball `at`."""
        return around(self.polynomial(at), self.error + self.slack)

    def slope(self, at: arb) -> arb:
        """An enclosure of the derivative on the ball `at` (of the enclosed function: the slack has none)."""
        return around(self.derivative(at), self.slope_error)


def enclosed_function(
    coefficients: list[arb], bound: arb, ratio: arb, length: arb, slack: arb = ZERO
) -> EnclosedFunction:
    """A function from its first `n` Taylor coefficients at zero and a bound on it in a disk.

    **Arguments**

    - `coefficients`: `c_0, ..., c_(n-1)`.
    - `bound`: `M >= |f|` on the complex disk of radius `length / ratio` around zero, in which `f` is analytic.
    - `ratio`: below one (by a millionth at least). `length`: of the interval that starts at zero.
    - `slack`: see `EnclosedFunction`.

    **Proof of the errors.** By Cauchy's estimate `|c_k| <= M / R^k`, `R = length / ratio =: length / q`; so on `[0,
    length]` the terms left out add up to at most `sum_{k >= n} M q^k = M q^n / (1 - q)`, and those of the derivative to
    `(1/length) sum_{k >= n} k M q^k = (M / length) q^n (n - (n - 1) q) / (1 - q)^2`.
    """
    count = len(coefficients)
    polynomial = arb_poly(coefficients)
    ratio = ratio * (1 + OVERHANG)
    error = bound * ratio**count / (1 - ratio)
    slope_error = bound / length * ratio**count * (count - (count - 1) * ratio) / (1 - ratio) ** 2
    return EnclosedFunction(polynomial, polynomial.derivative(), error, slope_error, slack)


def first_crossing(function: EnclosedFunction, length: arb) -> tuple[Crossing, arb]:
    """Where on `[0, length]` the function meant first reaches zero from below.

    Pieces of the interval are taken from left to right. A piece is done with when the function is negative on all of
    it. The first piece on which the derivative is positive and the function positive at the right end contains exactly
    one zero of `f + c` for every constant `|c| <= slack`, because all earlier pieces, hence its left end, are negative:
    interval Newton encloses these zeros. If `L` and `U` are the least and the largest of them, then `f + slack < 0`
    before `L` and `f - slack >= 0` at `U`: any continuous function within the slack has its first zero in `[L, U]`.

    **Returns** the outcome, and the bracket (a ball) where one was found, otherwise zero.
    """
    pieces = [(ZERO, length)]
    if not function.value(ZERO) < 0:
        return Crossing.UNCLEAR, ZERO
    for _ in range(MOST_PIECES):
        if not pieces:
            return Crossing.NONE, ZERO
        left, right = pieces.pop()
        span = between(left, right)
        middle = (left + CUT * (right - left)).mid()
        slope = function.slope(span)
        if function.value(span) < 0 or function.value(middle) + slope * (span - middle) < 0:
            continue
        if slope > 0:
            end = function.value(right)
            if end > 0:
                return Crossing.FOUND, _newton(function, span)
            if end < 0:
                continue
            return Crossing.UNCLEAR, ZERO
        if right - left < SHORTEST_PIECE * length:
            return Crossing.UNCLEAR, ZERO
        pieces += [(middle, right), (left, middle)]
    return Crossing.UNCLEAR, ZERO


def _newton(function: EnclosedFunction, span: arb) -> arb:
    """Interval Newton in a ball that contains the zeros, until it gains nothing any more."""
    while True:
        middle = span.mid()
        narrower = span.intersection(middle - function.value(middle) / function.slope(span))
        if not narrower.rad() < 0.9 * span.rad():
            return narrower
        span = narrower
