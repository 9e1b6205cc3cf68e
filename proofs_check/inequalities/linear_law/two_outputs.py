"""Two outputs of rewards 1 and -1: their time as a function of the start, the linear law for them, and their weight.

`y = artanh V`, `C = cosh y`; from `V` to `V_1` they need `W / v`, `W = (K - y - sinh y cosh y) / C`, where `K` is
`y + sinh y cosh y` at the end. They have `speed = 1 / (2 C^3)` and `growth = -V / (2 C)`.
"""

from __future__ import annotations

from fractions import Fraction as F

import sympy as sp
from flint import arb

from proofs_check.enclosures.on_boxes import OnBoxes, Part
from proofs_check.inequalities.linear_law.two_are_best import HIGHEST, LOWEST, largest_weight, smallest_weight
from proofs_check.smt.at_most import at_most
from proofs_check.symbolic.vanishing import Vanishing

y, y1, K, k = sp.symbols("y y1 K k", positive=True)
MIDDLE, NEAR = arb(-1) / 2, arb(56) / 100


def curve_of_two() -> Vanishing:
    """The equation of their time, with equality; the multipliers cancel in what bounds every policy."""
    time = (K - y - sp.sinh(y) * sp.cosh(y)) / sp.cosh(y)
    in_value = time.diff(y) * sp.cosh(y) ** 2
    speed, growth = 1 / (2 * sp.cosh(y) ** 3), -sp.tanh(y) / (2 * sp.cosh(y))
    rate = 2 * sp.cosh(y) + time * sp.tanh(y)
    law = y1 / 2 + sp.sinh(y1) * sp.cosh(y1) / 2 - sp.cosh(y) * sp.tanh(y1)
    a = sp.symbols("a", positive=True)
    share = 1 / (1 + a**2)
    return Vanishing(
        name="the time of two outputs",
        claim="-W'(V) speed + W growth = 1, -W'(V) = C^2 (2C + W V); C (W - 2 (V_1 - V)) is twice the integral of "
        "cosh^2 u - C/cosh^2 u from y to y_1",
        expressions={
            "the equation": (-in_value * speed + time * growth, sp.Integer(1)),
            "the slope": (-in_value, sp.cosh(y) ** 2 * rate),
            "the integrand": (law.diff(y1), sp.cosh(y1) ** 2 - sp.cosh(y) / sp.cosh(y1) ** 2),
            "its weight beta": share * a - (1 - share) / a,
            "its weight kappa": share * a**2 + (1 - share) / a**2 - 1,
        },
        wrong=-in_value * speed - time * growth - 1,
        wrong_description="the sign of the growth turned",
        scope="every y, K and P = 1/(1 + a^2)",
    )


def least_integral() -> Vanishing:
    """Growth of the integral of the law with its start, at the worst end: `cosh y = k^4`, `cosh y_1 = k`."""
    sine, small = sp.sqrt(k**8 - 1), sp.sqrt(k**2 - 1)
    start = sp.acosh(k**4) / 2 + sine * k**4 / 2 - sine
    end = sp.acosh(k) / 2 + small * k / 2 - k**3 * small
    grown = 4 * k**3 / sine * (k**8 - k**4 - sine * small / k)
    return Vanishing(
        name="growth of the least integral",
        claim="N = (a + z)/2 + (sinh a cosh a + sinh z cosh z)/2 - cosh a (tanh a + tanh z) with cosh a = k^4 "
        "and cosh z = k "
        "has dN/dk = 4 k^3/sinh a (k^8 - k^4 - sinh a tanh z)",
        expressions={"its slope": ((start + end).diff(k), grown)},
        wrong=(start + end).diff(k) - grown * sp.Rational(101, 100),
        wrong_description="a slope larger by one per cent",
        scope="every k > 1",
    )


LEAST_INTEGRAL_GROWS = at_most(
    "the least integral grows",
    "(sinh a tanh z)^2 = (u^4 - 1)(u - 1)/u <= u^4 (u^2 - 1)^2 = (k^8 - k^4)^2 for u = k^2 >= 1",
    "(u**4 - 1)*(u - 1)",
    "u**5*(u**2 - 1)**2",
    premises=("u >= 1",),
    witness={"u": F(1002, 1000)},
    origin="u = 1.002: both sides are 8 (u - 1)^2/2 to leading order",
)


def _at(value: arb, constant: arb) -> tuple[arb, arb, arb]:
    """`C`, `W` and `C^2 (2C + W V)`."""
    square = 1 / (1 - value**2)
    cosine = square.sqrt()
    time = (constant - value.atanh() - value * square) / cosine
    return cosine, time, square * (2 * cosine + time * value)


def _constant(value: arb) -> arb:
    return value.atanh() + value / (1 - value**2)


def weight_of_two() -> OnBoxes:
    """Where the value function of two outputs needs two outputs to be best, they are (`two_are_best`)."""

    def above(factor: arb) -> Part:
        def sides(value: arb) -> tuple[arb, arb]:
            _, time, slope = _at(value, _constant(HIGHEST))
            return time, factor * largest_weight(value) * slope

        return Part(sides, [(LOWEST, NEAR)])

    def below(value: arb) -> tuple[arb, arb]:
        _, time, slope = _at(value, arb(0))
        return smallest_weight(value) * slope, time

    def below_near(value: arb) -> tuple[arb, arb]:
        cosine, _, _ = _at(value, arb(0))
        return cosine**3, 2 + (value * cosine) ** 2

    def above_near(value: arb) -> tuple[arb, arb]:
        cosine, _, _ = _at(value, arb(0))
        return 2 / (1 - HIGHEST**2) ** 2, arb("2.36") * cosine**4

    return OnBoxes(
        name="weight of two outputs",
        claim="max(0, -V/2) <= mu <= (0.6 - V)(1.42 - 0.4 V) for mu = W / (C^2 (2C + W V)), and 2C + W V > 0",
        parts=(
            above(arb(1)),
            Part(above_near, [(NEAR, HIGHEST)]),
            Part(below, [(LOWEST, MIDDLE)]),
            Part(below_near, [(MIDDLE, arb(0))]),
        ),
        text="mu grows with W, and W with V_1. V_1 = 0.6: W <= (0.6 - V)(1.42 - 0.4 V) C^2 (2C + W V) for V "
        "<= 0.56, and "
        "beyond W C <= 2 (0.6 - V)/(1 - 0.36)^2 <= 2.36 (0.6 - V) C^4. V_1 = 0: -V/2 C^2 (2C + W V) <= W for "
        "V <= -0.5, and beyond, "
        "as W >= -2V, C^3 <= 2 + V^2 C^2",
        wrong=above(arb(7) / 10),
        wrong_description="a largest weight of seven tenths of that",
        scope="-0.8 <= V < V_1, 0 <= V_1 <= 0.6",
    )
