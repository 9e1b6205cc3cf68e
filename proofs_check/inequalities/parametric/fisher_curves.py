"""From rates to times with the Fisher information: the curves behind S7 and S8.

`f` and `g` are the square roots of `Lambda` and `Lambda_x`, `s0` is the standard deviation at the start, `D` the rise
of the arcsine of the expected reward.
"""

from __future__ import annotations

import math

import sympy as sp

from proofs_check.inequalities.parametric.curves import EVEN
from proofs_check.symbolic.vanishing import SMALL_INCREASE, Vanishing
from theory.tabular.exact_solutions import one_against_equals_time

t, s0, f, g, B, kappa, D, x = sp.symbols("t s0 f g B kappa D x", positive=True)
variance = sp.Function("variance", positive=True)(t)
path = sp.Function("path", positive=True)(t)

RAISED = sp.Rational(1005, 1000)
_AT_EVEN = {s0: 1, f: sp.sqrt(sp.Rational(1, 2)), g: sp.sqrt(sp.Rational(1, 2)), D: sp.asin(SMALL_INCREASE)}
"""Of the even case; the less likely output's advantage and score are the largest at the end."""


def _witness(bound: sp.Expr, largest: sp.Symbol, at_end: float) -> tuple[dict[str, object], bool]:
    time = float(one_against_equals_time(0.5, 0.5 + SMALL_INCREASE / 2, 2))
    raised = float((RAISED * bound).subs(_AT_EVEN | {largest: at_end}))
    return EVEN | {"gamma": SMALL_INCREASE, "exact_time": time, "bound": raised}, time < raised


def by_advantage() -> Vanishing:
    """S7: where the variance grows at most at the rate `B Lambda`."""
    deviation = s0 * sp.exp(B * f**2 * t / 2)
    rise = 2 * g * s0 / (B * f) * (sp.exp(B * f**2 * t / 2) - 1)
    bound = 2 / (B * f**2) * sp.log(1 + D * B / (2 * s0) * f / g)
    witness, realised = _witness(bound, B, 1 + SMALL_INCREASE)
    return Vanishing(
        name="from the largest advantage to the time",
        claim="Var exp(-B Lambda t) does not grow, so sqrt Var <= s0 exp(B Lambda t / 2); the integral of "
        "sqrt(Lambda_x Lambda Var) is D at t = 2/(B Lambda) ln(1 + (D B / (2 s0)) sqrt(Lambda / Lambda_x))",
        expressions={
            "variance against the clock": (
                (variance * sp.exp(-B * f**2 * t)).diff(t),
                sp.exp(-B * f**2 * t) * (variance.diff(t) - B * f**2 * variance),
            ),
            "its largest curve": ((deviation**2).diff(t), B * f**2 * deviation**2),
            "its start": (deviation.subs(t, 0), s0),
            "the integral": (rise.diff(t), g * f * deviation),
            "the integral's start": rise.subs(t, 0),
            "rise at the bound": (rise.subs(t, bound), D),
        },
        wrong=rise.subs(t, RAISED * bound) - D,
        wrong_description="the bound raised by half a per cent",
        scope="every Lambda, Lambda_x, B, D, standard deviation s0",
        witness=witness,
        realised=realised,
    )


def by_score() -> Vanishing:
    """S8: where the variance grows at most at the rate `kappa` per length of the path."""
    travelled = -2 / kappa * sp.log(1 - kappa * f * s0 * t / 2)
    bound = 2 / (kappa * f * s0) * (1 - sp.exp(-kappa * D / (2 * g)))
    witness, realised = _witness(bound, kappa, math.sqrt(0.5) * (1 + SMALL_INCREASE))
    return Vanishing(
        name="from the longest score to the time",
        claim="Var exp(-kappa path) does not grow, so path' <= sqrt(Lambda Var) <= sqrt Lambda s0 exp(kappa path / 2), "
        "and (2/kappa)(1 - exp(-kappa path / 2)) <= sqrt Lambda s0 t; sqrt(Lambda_x) times the longest such path is D "
        "at t = 2/(kappa sqrt Lambda s0) (1 - exp(-kappa D / (2 sqrt(Lambda_x))))",
        expressions={
            "variance against the path": (
                (variance * sp.exp(-kappa * path)).diff(t),
                sp.exp(-kappa * path) * (variance.diff(t) - kappa * path.diff(t) * variance),
            ),
            "clock of the path": (
                (2 / kappa * (1 - sp.exp(-kappa * path / 2))).diff(t),
                path.diff(t) * sp.exp(-kappa * path / 2),
            ),
            "its start": (2 / kappa * (1 - sp.exp(-kappa * x / 2))).subs(x, 0),
            "the longest path": (2 / kappa * (1 - sp.exp(-kappa * travelled / 2)), f * s0 * t),
            "rise at the bound": (g * travelled.subs(t, bound), D),
        },
        wrong=g * travelled.subs(t, RAISED * bound) - D,
        wrong_description="the bound raised by half a per cent",
        scope="every Lambda, Lambda_x, kappa, D, standard deviation s0",
        witness=witness,
        realised=realised,
    )


def arcsine() -> Vanishing:
    """The derivative of the arcsine, and of what it exceeds the identity by."""
    return Vanishing(
        name="arcsine",
        claim="arcsin has the slope 1 / sqrt(1 - x^2)",
        expressions={"slope": (sp.asin(x).diff(x), 1 / sp.sqrt(1 - x**2))},
        wrong=sp.asin(x).diff(x) - 1,
        wrong_description="the slope one",
        scope="every x in (-1, 1)",
        witness={"x": 0.5},
    )


def concavity() -> Vanishing:
    """`(1 - exp(-x)) / x` falls, since `1 - (1 + x) exp(-x)` is not negative."""
    above = 1 - (1 + x) * sp.exp(-x)
    return Vanishing(
        name="chords of an exponential",
        claim="(1 - exp(-x))/x has the derivative -(1 - (1 + x) exp(-x))/x^2, whose bracket vanishes at 0 and has the "
        "derivative x exp(-x)",
        expressions={
            "slope": (((1 - sp.exp(-x)) / x).diff(x), -above / x**2),
            "start": above.subs(x, 0),
            "it grows": (above.diff(x), x * sp.exp(-x)),
        },
        wrong=((1 - sp.exp(-x)) / x).diff(x) - above / x**2,
        wrong_description="the sign of the slope turned",
        scope="every x > 0",
        witness={"x": 1},
    )
