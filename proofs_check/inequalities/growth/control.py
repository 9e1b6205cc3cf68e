"""The two rates behind S3+ and S3++, tied to each other by the mean of `|A|`, and the curves that they lead to.

Letters of `inequalities.rates`; `k^2 = s^2 - m^2`. Of the control problem: `v` the standard deviation, `c = m / v` and
`d = k / v`, `tau` the time left over `|S|`, `x = v tau = 2 s / q^3` with `q^2 = 1 - s^2`, `slope = W'(x)`; `speed` and
`growth` the rates of `artanh E r` and of `v`, times `|S|`.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

import sympy as sp

from proofs_check.inequalities import rates, sums
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Query
from proofs_check.symbolic.constants import quotient, rational
from proofs_check.symbolic.vanishing import SMALL_INCREASE, Vanishing
from theory.bounds import growth_control, lemmas
from theory.tabular.exact_solutions import one_against_equals_time

EVEN = "p = (1/2, 1/2), r_RM = r = (1, -1)"
RAISED = F(1005, 1000)

ROOM = sum_at_most(
    "mean deviation and room",
    "E |r - E r| <= 1 - (E r)^2 for r in [-1, 1]: |r - V| <= 1 - r V, the chord of a convex function",
    "M",
    "W - V*E",
    sums={"M": "p*abs(r - V)", "W": "p", "E": "p*r"},
    item=("p >= 0", "-1 <= r", "r <= 1", "-1 <= V", "V <= 1"),
    outputs=[{"p": F(1, 2), "r": F(1)}, {"p": F(1, 2), "r": F(-1)}],
    parameters={"V": F(0)},
)
SPEED_SUMS = {name: rates.REWARD_SUMS[name] for name in ("W", "M", "H", "E")}
SPEED_OF_THE_ARTANH = at_most(
    "speed of the artanh",
    "|S| d/dt artanh E r = H / (1 - (E r)^2) <= m/2, as |H| <= (m/2) E |r - E r|",
    "2*abs(speed)",
    "m",
    premises=(
        "m >= 0",
        "-1 < E",
        "E < 1",
        "W == 1",
        "speed*(1 - E**2) == H",
        ROOM.concluded(V="E"),
        sums.WEIGHTED.concluded(G="H", D="M", x="p*A", e="(r - E)"),
    ),
    witness=rates.TIGHT_VALUE | {"E": 0.0, "speed": 0.5},
    origin=EVEN,
    terms=(sums.zero_sum("p*A", "m", "p A r", SPEED_SUMS, item=sums.BOUNDED_REWARD),),
)
GROWTH_BY_THE_MEAN = at_most(
    "growth of the variance by the mean",
    "|S| dVar/dt = G - 2 lam K <= m s sqrt(s^2 - m^2)",
    "G - 2*lam*K",
    "m*s*k",
    premises=(
        "s > 0",
        "m >= 0",
        "k >= 0",
        "k**2 == s**2 - m**2",
        "D >= 0",
        "lam >= 0",
        "W == 1",
        "Q == s**2",
        sums.WEIGHTED.concluded(x="p*A", e="(A**2 - s**2)"),
        sums.CAUCHY_SCHWARZ.concluded(u="abs(abs(A) - s)", v="(abs(A) + s)"),
        sums.SECOND_MOMENTS.concluded(a="abs(A)"),
        sums.NONNEGATIVE_SQUARES.concluded(Q="K", x="p*A"),
    ),
    witness=rates.TIGHT_VARIANCE | {"k": math.sqrt(rates.TIGHT_VARIANCE["s"] ** 2 - rates.TIGHT_VARIANCE["m"] ** 2)},
    origin="p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), lambda = 0",
    terms=(sums.zero_sum("p*A", "m", "p A", rates.ADVANTAGE_SUMS, item=("p >= 0",)),),
)
FALL_SUMS = {name: term for name, term in rates.ADVANTAGE_SUMS.items() if name != "K"}
FALL_AND_GROWTH = at_most(
    "motion of the variance in both directions",
    "|sum p^2 A (A^2 - s^2)| <= (m/2) E|A^2 - s^2| <= s^3/2",
    "2*abs(G)",
    "s**3",
    premises=(
        "s > 0",
        "m >= 0",
        "D >= 0",
        "W == 1",
        "Q == s**2",
        sums.WEIGHTED.concluded(x="p*A", e="(A**2 - s**2)"),
        sums.CAUCHY_SCHWARZ.concluded(u="abs(abs(A) - s)", v="(abs(A) + s)"),
        sums.SECOND_MOMENTS.concluded(a="abs(A)"),
    ),
    witness=rates.TIGHT_VARIANCE,
    origin="p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), lambda = 0",
    terms=(sums.zero_sum("p*A", "m", "p A", FALL_SUMS, item=("p >= 0",)),),
)
_SPLIT = {"c": F(4, 5), "d": F(3, 5), "q": F(4, 5), "s": F(3, 5)}
MIXED_PRODUCT = at_most(
    "product of two sines",
    "2 s d <= s^2 + d^2 = (1 - q^2) + (1 - c^2)",
    "2*s*d",
    "2 - q**2 - c**2",
    premises=("c**2 + d**2 == 1", "q**2 == 1 - s**2"),
    witness=_SPLIT,
    origin="s = d = 3/5",
)
BEST_SPLIT = at_most(
    "best split",
    "c (1 - 2 s^2 + s d) = c (2 q^2 - 1 + p) <= q^3 for p = s d, since (q - c)^2 (c + 2q) >= 0",
    "c*(2*q**2 - 1 + p)",
    "q**3",
    premises=("c >= 0", "q > 0", "2*p <= 2 - q**2 - c**2", "(q - c)**2*(c + 2*q) >= 0"),
    witness={"c": F(4, 5), "q": F(4, 5), "p": F(9, 25)},
    origin="s = d = 3/5",
)
GROWTH_IN_TIME = at_most(
    "growth of the deviation in the time left",
    "growth tau <= v c d s / q^3, as v tau = 2 s / q^3",
    "lift*q**3",
    "v*c*d*s",
    premises=(
        "lift == growth*tau",
        "2*growth <= v**2*c*d",
        "v > 0",
        "c >= 0",
        "d >= 0",
        "q > 0",
        "tau >= 0",
        "v*tau*q**3 == 2*s",
    ),
    witness={"lift": F(9, 16), "v": F(1), "growth": F(6, 25), "tau": F(75, 32)} | _SPLIT,
    origin="s = d = 3/5, v = 1",
)
NO_GAIN = at_most(
    "no policy gains on the clock",
    "d/dt (artanh E r + W(x)) = speed + W'(x)(growth tau - v) <= 0, with W'(x) = q^3 / (2 (2 q^2 - 1))",
    "speed + slope*lift",
    "slope*v",
    premises=(
        GROWTH_IN_TIME.concluded(),
        MIXED_PRODUCT.concluded(),
        BEST_SPLIT.concluded(p="(s*d)"),
        "2*speed <= v*c",
        "v > 0",
        "c >= 0",
        "q > 0",
        "slope > 0",
        "2*q**2 > 1",
        "2*slope*(2*q**2 - 1) == q**3",
    ),
    given=(
        "lift == growth*tau",
        "2*growth <= v**2*c*d",
        "d >= 0",
        "c**2 + d**2 == 1",
        "q**2 == 1 - s**2",
        "s >= 0",
        "tau >= 0",
        "v*tau*q**3 == 2*s",
        "c + 2*q >= 0",
    ),
    witness={"lift": F(9, 16), "v": F(1), "speed": F(2, 5), "slope": F(32, 35)} | _SPLIT,
    origin="s = d = 3/5, v = 1",
)
CLOCK_RUNS = at_most(
    "the clock runs",
    "x' = growth tau - v <= v (x/4 - 1), negative while x < 4, as c d <= 1/2",
    "4*growth*tau",
    "v*x",
    premises=("2*growth <= v**2*c*d", "c**2 + d**2 == 1", "2*c*d <= c**2 + d**2", "v > 0", "tau >= 0", "x == v*tau"),
    witness={"growth": F(1, 4), "tau": F(1), "v": F(1), "x": F(1), "c": math.sqrt(0.5), "d": math.sqrt(0.5)},
    origin="c = d, v = tau = 1",
)
SMALLEST_RISE = at_most(
    "smallest rise of the artanh",
    "exp(2 D) = (a + g)(b + g) / (a b) >= ((2 + g)/(2 - g))^2 for a = 1 + V0, b = 1 - V0 - g: a b <= (a + b)^2 / 4",
    "(2 + g)**2*a*b",
    "(a + g)*(b + g)*(2 - g)**2",
    premises=("a > 0", "b > 0", "g > 0", "a + b == 2 - g", "4*a*b <= (a + b)**2"),
    witness={"a": F(3, 4), "b": F(3, 4), "g": F(1, 2)},
    origin="V0 = -1/4, gamma = 1/2",
)

t, S, gamma, s0, s, w, D = sp.symbols("t S gamma s0 s w D", positive=True)


def _even(bound: float) -> dict[str, object]:
    return {"policy": [0.5, 0.5], "proxy": [1, -1], "truth": [1, -1], "gamma": SMALL_INCREASE, "bound": bound}


def _exact_time() -> float:
    return float(one_against_equals_time(0.5, 0.5 + SMALL_INCREASE / 2, 2))


def by_room() -> Vanishing:
    """S3+: the integral of half the largest deviation is `D` at the bound."""
    variance_constant = rational(lemmas.SHARPENED_VARIANCE_RATE_CONSTANT)
    constant = rational(growth_control.BY_ROOM_CONSTANT)
    deviation = s0 / (1 - variance_constant * s0 * t / (2 * S))
    rise = -1 / variance_constant * sp.log(1 - variance_constant * s0 * t / (2 * S))
    bound = constant * S * (1 - sp.exp(-D / 2)) / s0
    raised = float(RAISED) * 4 * -math.expm1(-math.atanh(SMALL_INCREASE) / 2)
    return Vanishing(
        name="from the speed of the artanh to the time",
        claim="s(t) <= s0 / (1 - s0 t/(4|S|)) by Lemma 1; the integral of s/(2|S|) is 2 ln(1/(1 - s0 t/(4|S|))), and "
        "equals D at t = 4|S| (1 - exp(-D/2)) / s0",
        expressions={
            "Lemma 1's curve solves Var' = c Var^(3/2)/|S|": (
                (deviation**2).diff(t),
                variance_constant / S * deviation**3,
            ),
            "its start": (deviation.subs(t, 0), s0),
            "the integral": (rise.diff(t), deviation / (2 * S)),
            "the integral's start": rise.subs(t, 0),
            "rise at the bound": (rise.subs(t, bound), D),
        },
        wrong=rise.subs(t, sp.Rational(RAISED.numerator, RAISED.denominator) * bound) - D,
        wrong_description="the bound raised by half a per cent",
        scope="every |S|, D, standard deviation s0",
        witness=_even(raised) | {"exact_time": _exact_time()},
        realised=_exact_time() < raised,
    )


def by_control() -> Vanishing:
    """S3++: the value function `W`, in `s` and in the code's `w`, and what it says of the time."""
    value = 2 * sp.sqrt(2) * sp.atanh(sp.sqrt(2) * s) - 3 * sp.atanh(s)
    clock = 2 * s / (1 - s**2) ** sp.Rational(3, 2)
    slope = (1 - s**2) ** sp.Rational(3, 2) / (2 * (1 - 2 * s**2))
    in_code = 4 * w / (2 - w**2) ** sp.Rational(3, 2)
    raised = float(RAISED) * float(growth_control.scaled_time(math.atanh(SMALL_INCREASE)))
    return Vanishing(
        name="from the clock to the time",
        claim="W(x) = 2 sqrt 2 artanh(sqrt 2 s) - 3 artanh(s) at x = 2s/(1 - s^2)^(3/2) vanishes at 0 and has the "
        "slope q^3/(2 (1 - 2 s^2)); x grows with s, to 4 at s = 1/sqrt 2, and is 4 tanh w / (1 + sech^2 w)^(3/2) for "
        "sqrt 2 s = tanh w, as sech^2 w = 1 - tanh^2 w",
        expressions={
            "slope of W": (value.diff(s), slope * clock.diff(s)),
            "its start": value.subs(s, 0),
            "slope of x": (clock.diff(s), 2 * (1 + 2 * s**2) / (1 - s**2) ** sp.Rational(5, 2)),
            "end of x": (clock.subs(s, 1 / sp.sqrt(2)), sp.Integer(4)),
            "x squared, as in the code, w standing for tanh w": ((clock**2).subs(s, w / sp.sqrt(2)), in_code**2),
        },
        wrong=value.diff(s) - sp.Rational(RAISED.numerator, RAISED.denominator) * slope * clock.diff(s),
        wrong_description="the clock raised by half a per cent",
        scope="every 0 < s < 1/sqrt 2",
        witness=_even(raised) | {"exact_time": _exact_time()},
        realised=_exact_time() < raised,
    )


def linear() -> Query:
    """The linear corollary: S3++ at the smallest rise `D = 2 artanh(h)`, `h = gamma/2`."""
    constant = quotient(growth_control.LINEAR_CONSTANT)
    return Query(
        name="linear corollary",
        claim="t s0 >= x(D) >= x(2 artanh(gamma/2)) >= c gamma",
        premises=("t*s >= x", "x >= least", f"least >= 2*{constant}*h", "g == 2*h"),
        conclusion=f"t*s >= {constant}*g",
        stronger="t*s >= (201/100)*g",
        stronger_description="the constant raised to 2.01 (the constant of the linear law is 2)",
        witness={
            "t": _exact_time(),
            "s": 1.0,
            "x": float(growth_control.scaled_time(math.atanh(SMALL_INCREASE))),
            "least": float(growth_control.scaled_time(2 * math.atanh(SMALL_INCREASE / 2))),
            "h": SMALL_INCREASE / 2,
            "g": SMALL_INCREASE,
        },
        origin="pi0 = (1/2, 1/2), r_RM = r_G = (1, -1), gamma = 0.001, t the exact hitting time",
    )


def inverse_deviation() -> Vanishing:
    """S-V: the rate of `1 / sigma` from that of the variance."""
    deviation = sp.Function("deviation", positive=True)(t)
    moved = (1 / deviation).diff(t)
    return Vanishing(
        name="rate of the inverse deviation",
        claim="(1/s)' = -Var'/(2 s^3), at most 1/(4|S|) in absolute value where |S| |Var'| <= s^3/2",
        expressions={
            "its rate": (moved, -((deviation**2).diff(t)) / (2 * deviation**3)),
            "at the largest growth": (moved.subs(deviation.diff(t), deviation**2 / (4 * S)), -1 / (4 * S)),
        },
        wrong=moved + (deviation**2).diff(t) / deviation**3,
        wrong_description="the factor 1/2 left out",
        scope="every differentiable deviation > 0",
    )
