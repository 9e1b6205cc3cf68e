"""The growth potential behind S6 for more than one token (`docs/sharpened.md`), for every number of steps.

`e_n(w)` is the largest `E[K/u]` that a positive martingale `u`, begun at `K w`, reaches in `n` steps of range `K`; with
`a` the place of the step's interval, `e_n(w) = max_a a e_{n-1}(w - 1 + a) + (1 - a) e_{n-1}(w + a)` and `e_0(w) = 1/w`.
Claimed: `e_1(w) <= 2 z(w)`, where `z + 1/z = 2 w`, and `e_n(w) <= w / (w^2 - 2n/5)` for `n >= 2`; always `w >= n`.
"""

from __future__ import annotations

from fractions import Fraction as F

import sympy as sp
from sympy import QQ
from sympy.polys.rings import PolyElement, ring

from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Query
from proofs_check.symbolic.positivity import Fractional, Positive
from proofs_check.symbolic.vanishing import Vanishing

SHARE = F(2, 5)
RING, A, M, T = ring("a,m,t", QQ)
"""The place of the step, and what the number of steps and `w` exceed their smallest values by."""

ROOT = ("w >= 1", "z > 0", "z <= 1", "z**2 + 1 == 2*w*z")

ONE_STEP = at_most(
    "one step",
    "a / (w - 1 + a) + (1 - a) / (w + a) <= 2 z",
    "a*(w + a) + (1 - a)*(w - 1 + a)",
    "2*z*(w - 1 + a)*(w + a)",
    premises=(*ROOT, "0 < a", "a <= 1"),
    witness={"w": F(5, 4), "z": F(1, 2), "a": F(1, 4)},
    origin="w = 5/4 and the best place of the step, a = 1/4",
)


def _below(name: str, claim: str, bound: str) -> Query:
    return Query(
        name=name,
        claim=claim,
        premises=ROOT,
        conclusion=f"z <= {bound}",
        stronger=f"100*z <= 99*{bound}",
        stronger_description="the right side lowered by one per cent",
        witness={"w": F(1), "z": F(1)},
        origin="w = 1",
    )


ONCE = _below("a fraction above z", "z = 1/(2w - z) <= 1/(2w - 1/(2w - 1))", "(2*w - 1)/(4*w**2 - 2*w - 1)")
TWICE = _below(
    "a closer one", "z <= 1/(2w - (2w - 1)/(4w^2 - 2w - 1))", "(4*w**2 - 2*w - 1)/(8*w**3 - 4*w**2 - 4*w + 1)"
)


def convexity() -> Vanishing:
    """All bounds are convex where they are used."""
    x, c = sp.symbols("x c", positive=True)
    z, later = x - sp.sqrt(x**2 - 1), x / (x**2 - c**2)
    halves = 1 / (x - c) ** 3 + 1 / (x + c) ** 3
    return Vanishing(
        name="convexity",
        claim="1/x, z(x) and x/(x^2 - c^2) have the second derivatives 2/x^3, (x^2 - 1)^(-3/2) and "
        "1/(x - c)^3 + 1/(x + c)^3",
        expressions={
            "1/x": (1 / x).diff(x, 2) - 2 / x**3,
            "z": z.diff(x, 2) - (x**2 - 1) ** sp.Rational(-3, 2),
            "z is the root": z**2 + 1 - 2 * x * z,
            "x/(x^2 - c^2)": later.diff(x, 2) - halves,
        },
        wrong=later.diff(x, 2) - halves / 2,
        wrong_description="half the second derivative",
        scope="every x > 1, x > c > 0",
        witness={"x": 2, "c": 1},
    )


def _claim(x: PolyElement, steps: PolyElement, share: F) -> Fractional:
    """`x / (x^2 - share * steps)`."""
    return Fractional(x, x**2 - QQ(share.numerator, share.denominator) * steps)


def _after(factor: PolyElement, value: Fractional) -> Fractional:
    return Fractional(-factor * value.numerator, value.denominator)


def _start_terms(share: F) -> list[Fractional]:
    w = 2 + T
    low, high = w - 1 + A, w + A
    twice = Fractional(4 * low**2 - 2 * low - 1, 8 * low**3 - 4 * low**2 - 4 * low + 1)
    once = Fractional(2 * high - 1, 4 * high**2 - 2 * high - 1)
    return [_claim(w, RING(2), share), _after(2 * A, twice), _after(2 * (1 - A), once)]


def _step_terms(share: F) -> list[Fractional]:
    n = 3 + M
    w = n + T
    before = [_claim(x, n - 1, share) for x in (w - 1 + A, w + A)]
    return [_claim(w, n, share), _after(A, before[0]), _after(1 - A, before[1])]


def start() -> Positive:
    """Two steps."""
    return Positive(
        name="start with two steps",
        claim="w/(w^2 - 4/5) - a 2 z(w - 1 + a) - (1 - a) 2 z(w + a) >= 0 with the fractions above z, w = 2 + t",
        terms=_start_terms(SHARE),
        degree=10,
        wrong=_start_terms(F(1, 4)),
        wrong_description="the share 2/5 lowered to 1/4",
        point=(F(1, 5), F(0), F(0)),
        scope="every w >= 2",
    )


def step() -> Positive:
    """One step more."""
    return Positive(
        name="one step more",
        claim="e_n(w) = w/(w^2 - 2n/5) is at least a e_{n-1}(w - 1 + a) + (1 - a) e_{n-1}(w + a), n = 3 + m, w = n + t",
        terms=_step_terms(SHARE),
        degree=14,
        wrong=_step_terms(F(1, 3)),
        wrong_description="the share 2/5 lowered to 1/3",
        point=(F(2, 5), F(0), F(0)),
        scope="every n >= 3, w >= n",
    )
