"""The two inequalities behind S6 for more than one token (docs/sharpened.md), for every number of steps.

`e_n(w)` is the largest `E[K/u]` that a positive martingale `u`, begun at `K w`, reaches in `n` steps of range `K`. The
claim is `e_n(w) <= w / (w^2 - 2n/5)` for `n >= 2` and `w >= n`; the constant of S6 follows from it.
"""

from __future__ import annotations

import itertools
import math

import pytest
import sympy
from mpmath import iv

from theory.general_bounds import CONTRAST_VARIANCE_RATE

SHARE = sympy.Rational(2, 5)
DEGREE = 14


def induction_numerator(share: sympy.Rational) -> tuple[sympy.Poly, sympy.Expr, tuple[sympy.Symbol, ...]]:
    """Numerator and denominator of the claim minus what one more step makes of it, `n = 3 + m`, `w = n + t`."""
    a, m, t = sympy.symbols("a m t", nonnegative=True)
    n = 3 + m
    w = n + t
    low, high = w - 1 + a, w + a

    def claim(x: sympy.Expr, steps: sympy.Expr) -> sympy.Expr:
        return x / (x**2 - share * steps)

    gap = claim(w, n) - a * claim(low, n - 1) - (1 - a) * claim(high, n - 1)
    numerator, denominator = sympy.fraction(sympy.together(gap))
    return sympy.Poly(sympy.expand(numerator), a), denominator, (a, m, t)


def smallest_bernstein_coefficient(share: sympy.Rational) -> sympy.Rational:
    """The smallest coefficient of any monomial in `m` and `t` of any Bernstein coefficient in `a`."""
    numerator, denominator, (a, m, t) = induction_numerator(share)
    # Each of its three factors x^2 - share * steps is positive, as x >= steps >= 2.
    sign = 1 if denominator.subs({a: sympy.Rational(1, 2), m: 0, t: 0}) > 0 else -1
    power = [sign * numerator.coeff_monomial(a**k) for k in range(numerator.degree() + 1)]
    smallest = []
    for j in range(DEGREE + 1):
        terms = [sympy.binomial(j, k) / sympy.binomial(DEGREE, k) * c for k, c in enumerate(power) if k <= j]
        smallest.append(min(sympy.Poly(sympy.expand(sum(terms)), m, t).coeffs()))
    return min(smallest)


def test_the_induction_step_holds_for_every_number_of_steps() -> None:
    assert smallest_bernstein_coefficient(SHARE) >= 0


def test_a_smaller_share_is_not_proved_this_way() -> None:
    """At one third the step is false (at n = w = 3), so no certificate may come out."""
    assert smallest_bernstein_coefficient(sympy.Rational(1, 3)) < 0


def start_holds_on(a: object, v: object, twice_share: float) -> bool:
    """The claim for two steps on a box of `a` and `v = 1/w`, both sides less one, over `v^2`: nothing cancels."""

    def rest(y: object) -> object:
        inside = y**2 - v**2
        root = iv.sqrt(iv.mpf([max(0.0, float(inside.a)), max(0.0, float(inside.b))]))
        return 1 / (y * (y + root) ** 2)

    low, high = 1 - v * (1 - a), 1 + v * a
    left = a * (1 - a) / (low * high) + a * rest(low) + (1 - a) * rest(high)
    right = twice_share / (1 - twice_share * v**2)
    return bool((right - left).a > 0)


def decide_start(twice_share: float, depth: int) -> bool:
    """Bisection of the boxes on which the inequality is not yet seen to hold."""
    boxes = [(0.0, 1.0, 0.0, 0.5)]
    for _ in range(depth):
        open_boxes = [b for b in boxes if not start_holds_on(iv.mpf(b[:2]), iv.mpf(b[2:]), twice_share)]
        if not open_boxes:
            return True
        boxes = []
        for a0, a1, v0, v1 in open_boxes:
            halves = ((a0, (a0 + a1) / 2), ((a0 + a1) / 2, a1)), ((v0, (v0 + v1) / 2), ((v0 + v1) / 2, v1))
            boxes += [(*a, *v) for a, v in itertools.product(*halves)]
    return False


def test_the_start_with_two_steps_holds_everywhere() -> None:
    assert decide_start(0.8, depth=9)


def test_a_start_with_too_small_a_share_is_not_proved() -> None:
    assert not decide_start(0.6, depth=5)


@pytest.mark.parametrize("length", [2, 3, 10, 1000])
def test_the_constant_of_s6_follows(length: int) -> None:
    """`E[K/u] <= 1 / (L - 2/5)`, hence `q <= 2K/5` and the product of S6's proof below a half in units of `J^2`."""
    inverse = length / (length**2 - 0.4 * length)
    q = length - 1 / inverse
    assert q == pytest.approx(0.4)
    product = 2 / (3 * math.sqrt(3)) * length**1.5 * math.sqrt(q) * 2
    assert product <= CONTRAST_VARIANCE_RATE * length**1.5
