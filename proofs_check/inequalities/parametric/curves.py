"""From rates to paths and times, with shared parameters: curves that solve the differential inequalities.

`s0` is the square root of the mean variance at the start, `y0` its third root; `J` a bound on a norm of the Jacobian
over the path, `ell` the square root of the length. Every constant is the code's.
"""

from __future__ import annotations

import math

import sympy as sp

from proofs_check.symbolic.constants import rational
from proofs_check.symbolic.vanishing import SMALL_INCREASE, Vanishing
from theory.bounds import parameter_space
from theory.tabular.exact_solutions import one_against_equals_time

t, s0, y0, J, ell, gamma, lam, x = sp.symbols("t s0 y0 J ell gamma lambda x", positive=True)

EVEN = {"policy": [0.5, 0.5], "proxy": [1, -1], "truth": [1, -1]}
"""One prompt, one token, a table: `J = L = s0 = 1`, and the contrast norm is one as well."""


def _even_time() -> float:
    """When the even case's expected reward has risen by the small increase."""
    return float(one_against_equals_time(0.5, 0.5 + SMALL_INCREASE / 2, 2))


def _even_path() -> float:
    """How far its two logits `(x, -x)` have moved then: `ln(p / (1 - p)) = 2 x`."""
    p = 0.5 + SMALL_INCREASE / 2
    return math.sqrt(2) * math.log(p / (1 - p)) / 2


def _bracket(constant: sp.Rational) -> sp.Expr:
    return 1 - constant * ell**3 * J**2 * s0 * t / 2


def _path(constant: sp.Rational) -> sp.Expr:
    return -sp.sqrt(2) / (constant * ell**2 * J) * sp.log(_bracket(constant))


def _speed() -> sp.Expr:
    """`J sqrt(L/2)`, by which a gradient exceeds a standard deviation at most."""
    return J * ell * sp.sqrt(rational(parameter_space.SHARPENED_PROPOSITION_2_SQUARE))


def path_length(rate: float) -> Vanishing:
    """S4's and S6's path lengths, for their rates `c`."""
    constant = rational(rate)
    deviation, path = s0 / _bracket(constant), _path(constant)
    length, time = _even_path(), _even_time()
    too_low = 0.99 * float(path.subs({s0: 1, J: 1, ell: 1, t: time}))
    return Vanishing(
        name="from the rate to the path",
        claim="sqrt Var <= s0 / (1 - c L^(3/2) J^2 s0 t / 2) by Lemma 1 with p = 3/2; the integral of J sqrt(L/2) sqrt "
        "Var is sqrt 2 / (c L J) ln(1 / (1 - c L^(3/2) J^2 s0 t / 2))",
        expressions={
            "Lemma 1's curve": ((deviation**2).diff(t), constant * ell**3 * J**2 * deviation**3),
            "its start": (deviation.subs(t, 0), s0),
            "the integral": (path.diff(t), _speed() * deviation),
            "the integral's start": path.subs(t, 0),
        },
        wrong=sp.Rational(99, 100) * path.diff(t) - _speed() * deviation,
        wrong_description="the bound lowered by one per cent",
        scope="every L, J, standard deviation s0",
        witness=EVEN | {"time": time, "path_length": length, "bound": too_low},
        realised=length > too_low,
    )


def hitting_time(rate: float) -> Vanishing:
    """S4's and S6's times: the path times the largest gradient of an expected reward is `gamma` there."""
    constant = rational(rate)
    claimed = 2 / constant

    def at_the_bound(factor: sp.Expr) -> sp.Expr:
        time = factor * (1 - sp.exp(-constant * ell * gamma)) / (ell**3 * J**2 * s0)
        return _speed() * _path(constant).subs(t, time) - gamma

    too_high = sp.Rational(1005, 1000) * claimed
    bound = float(too_high) * -math.expm1(-rate * SMALL_INCREASE)
    return Vanishing(
        name="from the path to the time",
        claim="J sqrt(L/2) times the path is gamma at t = 2 (1 - exp(-c sqrt(L) gamma)) / (c L^(3/2) J^2 s0)",
        expressions={
            f"rise at t = {claimed}*(1 - exp(-c L gamma))/(L^3 J^2 s0)": (at_the_bound(claimed) + gamma, gamma)
        },
        wrong=at_the_bound(too_high),
        wrong_description="the constant raised by half a per cent",
        scope="every L, J, gamma, standard deviation s0",
        witness=EVEN | {"gamma": SMALL_INCREASE, "exact_time": _even_time(), "bound": bound},
        realised=_even_time() < bound,
    )


def lemma_5() -> Vanishing:
    """The paper's path, from `Var' <= 24 L^2 J^2 Var^(4/3)` and `||theta'|| <= 12 L J Var^(1/3)`."""
    clock, factor = rational(parameter_space.LEMMA_5_CLOCK), rational(parameter_space.LEMMA_5_PATH_CONSTANT)
    bracket = 1 - clock * ell**4 * J**2 * y0 * t
    root, path = y0 / bracket, -factor / (ell**2 * J) * sp.log(bracket)
    time = _even_time()
    lowered = 0.085 * -math.log1p(-parameter_space.LEMMA_5_CLOCK * time)
    return Vanishing(
        name="from the rate to the path of Lemma 5",
        claim="Var^(1/3) <= y0 / (1 - 8 L^2 J^2 y0 t) by Lemma 1 with p = 4/3; the integral of 12 L J Var^(1/3) is "
        "3/(2 L J) ln(1 / (1 - 8 L^2 J^2 y0 t))",
        expressions={
            "Lemma 1's curve": (
                (root**3).diff(t),
                rational(parameter_space.LEMMA_5_VARIANCE_RATE) * ell**4 * J**2 * root**4,
            ),
            "its start": (root.subs(t, 0), y0),
            "the integral": (path.diff(t), 12 * ell**2 * J * root),
            "the integral's start": path.subs(t, 0),
        },
        wrong=sp.Rational(85, 1500) * path.diff(t) - 12 * ell**2 * J * root,
        wrong_description="the constant 3/2 lowered to 0.085 (0.0884 is attained)",
        scope="every L, J, y0 = (E Var_0)^(1/3)",
        witness=EVEN | {"time": time, "path_length": _even_path(), "bound": lowered},
        realised=_even_path() > lowered,
    )


def lemma_6_share() -> Vanishing:
    """What Lemma 5's logarithm is at Lemma 6's limit."""
    exponent = rational(parameter_space.LEMMA_6_KL_EXPONENT) / lam
    share = 1 - sp.exp(-exponent)
    return Vanishing(
        name="logarithm at the limit",
        claim="ln(1 / (1 - share)) = 7/(3 lambda) at the share 1 - exp(-7/(3 lambda)), and has the slope 1/(1 - share)",
        expressions={
            "at the limit": (-sp.log(1 - share), exponent),
            "slope": ((-sp.log(1 - x)).diff(x), 1 / (1 - x)),
        },
        wrong=-sp.log(1 - share) - 2 * exponent,
        wrong_description="twice the logarithm",
        scope="every lambda > 0, share x < 1",
        witness={"lambda": 1},
    )


def exponential() -> Vanishing:
    """`exp(-x) >= 1 - x + x^2/2 - x^3/6` for `x >= 0`."""
    gap = sp.exp(-x) - (1 - x + x**2 / 2 - x**3 / 6)
    return Vanishing(
        name="exponential",
        claim="exp(-x) less the first four terms of its series vanishes at 0 with two derivatives, and its third one "
        "is 1 - exp(-x)",
        expressions={
            "value": gap.subs(x, 0),
            "slope": gap.diff(x).subs(x, 0),
            "second": gap.diff(x, 2).subs(x, 0),
            "third": (gap.diff(x, 3), 1 - sp.exp(-x)),
            "third at zero": (1 - sp.exp(-x)).subs(x, 0),
            "it increases": ((1 - sp.exp(-x)).diff(x), sp.exp(-x)),
        },
        wrong=gap.diff(x, 3) - (1 + sp.exp(-x)),
        wrong_description="the sign of the exponential turned",
        scope="every x >= 0",
        witness={"x": 0},
    )
