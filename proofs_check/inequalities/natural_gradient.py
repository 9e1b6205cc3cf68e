"""The natural gradient of a table: rates of the expected reward and of the variance, and the time they lead to (S-NPG).

`theta' = A`: `E` the expected reward that is watched, `H` its rate, `C^2 = 1 - E^2`, `v` the standard deviation of the
reward model, `T3` the mean of `A^3`, `R` the range of the reward model.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

import sympy as sp

from proofs_check.inequalities.sums import (
    BOUNDED_REWARD,
    BOUNDED_SECOND_MOMENT,
    CAUCHY_SCHWARZ,
    SECOND_MOMENTS,
    WEIGHTED_MEAN,
)
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Terms
from proofs_check.symbolic.vanishing import SMALL_INCREASE, Vanishing

SPEED = at_most(
    "speed of the arcsine under the natural gradient",
    "d/dt arcsin(E r) = Cov(A, r) / sqrt(1 - (E r)^2) <= sqrt(Var r) v / sqrt(1 - (E r)^2) <= v",
    "angle",
    "v",
    premises=(
        CAUCHY_SCHWARZ.concluded(D="H", U="V", V="Q", u="A", v="(r - E)"),
        SECOND_MOMENTS.concluded(U="Q", V="other", Q="R2", m="E", s="E", a="r"),
        BOUNDED_SECOND_MOMENT.concluded(R="R2"),
        "W == 1",
        "V == v**2",
        "v >= 0",
        "C > 0",
        "C**2 == 1 - E**2",
        "angle*C == H",
    ),
    witness={n: F(1) for n in ("angle", "v", "H", "V", "Q", "R2", "other", "W", "C")} | {"E": F(0)},
    origin="p = (1/2, 1/2), r_RM = r = (1, -1)",
    terms=(
        Terms(
            "the outputs",
            "p A r",
            {
                "H": "p*A*(r - E)",
                "V": "p*A**2",
                "Q": "p*(r - E)**2",
                "E": "p*r",
                "R2": "p*r**2",
                "other": "p*(r + E)**2",
                "W": "p",
            },
            BOUNDED_REWARD,
        ),
    ),
)
GROWTH = at_most(
    "growth of the variance under the natural gradient",
    "dVar/dt = E A^3 <= R Var, as an advantage is at most the range of the reward",
    "T3",
    "R*V",
    premises=(WEIGHTED_MEAN.concluded(A="T3", W="V", w="p*A**2", a="A", top="R"),),
    witness={"T3": F(2), "R": F(2), "V": F(1)},
    origin="a rare output of reward 1, the others -1, in the limit",
    terms=(Terms("the outputs", "p A", {"T3": "p*A**2*A", "V": "p*A**2"}, ("p >= 0", "A <= R")),),
)

t, s0, R, D = sp.symbols("t s0 R D", positive=True)
variance = sp.Function("variance", positive=True)(t)


def time() -> Vanishing:
    """The integral of the largest deviation is `D` at the bound."""
    deviation = s0 * sp.exp(R * t / 2)
    rise = 2 * s0 / R * (sp.exp(R * t / 2) - 1)
    bound = 2 / R * sp.log(1 + R * D / (2 * s0))
    elapsed = math.atanh(SMALL_INCREASE)
    raised = 1.005 * math.log1p(math.asin(SMALL_INCREASE))
    return Vanishing(
        name="from the growth to the time",
        claim="Var exp(-R t) does not grow, so v <= s0 exp(R t/2); the integral of v is D at t = (2/R) ln(1 + R "
        "D/(2 s0))",
        expressions={
            "variance against the clock": (
                (variance * sp.exp(-R * t)).diff(t),
                sp.exp(-R * t) * (variance.diff(t) - R * variance),
            ),
            "its largest curve": ((deviation**2).diff(t), R * deviation**2),
            "its start": (deviation.subs(t, 0), s0),
            "the integral": (rise.diff(t), deviation),
            "the integral's start": rise.subs(t, 0),
            "rise at the bound": (rise.subs(t, bound), D),
        },
        wrong=rise.subs(t, sp.Rational(1005, 1000) * bound) - D,
        wrong_description="the bound raised by half a per cent",
        scope="every R, D, standard deviation s0",
        witness={"policy": [0.5, 0.5], "proxy": [1, -1], "truth": [1, -1], "exact_time": elapsed, "bound": raised},
        realised=elapsed < raised,
    )
