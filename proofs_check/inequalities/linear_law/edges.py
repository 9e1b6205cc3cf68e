"""The linear law where the start and the end have one sign (by S3++), and where the start is nearly -1."""

from __future__ import annotations

from fractions import Fraction as F

import sympy as sp
from flint import arb

from proofs_check.enclosures.balls import exact
from proofs_check.enclosures.on_boxes import OnBoxes, Part
from proofs_check.inequalities.growth.linear_corollary import clock, rise
from proofs_check.inequalities.linear_law.two_are_best import HIGHEST
from proofs_check.smt.at_most import at_most
from proofs_check.symbolic.vanishing import Vanishing
from theory.bounds import growth_control

FROM, TO = arb(9) / 10, arb(3) / 2
"""Of `w`: below, `q^2 = 1 - tanh(w)^2 / 2` is above `(17/20)^2`; beyond, `x >= 2`."""

LAST = arb(2) / 10
"""The length of -1 <= V <= -0.8."""

SHORT_CLOCK = at_most(
    "a short rise",
    "q^5 <= 2 q^2 - 1 for 17/20 <= q <= 1: dx/dD = 2 (2 q^2 - 1)/q^3 is at least 2 q^2",
    "q**5",
    "2*q**2 - 1",
    premises=("17/20 <= q", "q <= 1"),
    witness={"q": F(999, 1000)},
    origin="q = 0.999",
)


def rise_beyond_artanh() -> Vanishing:
    """`D >= artanh s`, so that `sech^2 D <= q^2`."""
    s = sp.symbols("s", positive=True)
    grown = 2 * sp.sqrt(2) * sp.atanh(sp.sqrt(2) * s) - 4 * sp.atanh(s)
    return Vanishing(
        name="rise and artanh",
        claim="D - artanh s has the slope 4 s^2 / ((1 - 2 s^2)(1 - s^2)), which is positive, and starts at zero",
        expressions={
            "its slope": (grown.diff(s), 4 * s**2 / ((1 - 2 * s**2) * (1 - s**2))),
            "its start": grown.subs(s, 0),
        },
        wrong=grown.diff(s) - 4 * s**2 / (1 - s**2),
        wrong_description="a factor left out",
        scope="every 0 < s < 1/sqrt 2",
    )


def long_rises() -> OnBoxes:
    """`c tanh D <= x` for rises that are not short, with the constant of the code."""
    constant = exact(growth_control.LINEAR_LAW_CONSTANT)

    def between(factor: arb) -> Part:
        return Part(lambda w: (factor * rise(w).tanh(), clock(w)), [(FROM, TO)])

    return OnBoxes(
        name="S3++ and the tanh of the rise",
        claim="c tanh(D(w)) <= x(w) for w >= 0.9",
        parts=(between(constant), Part(lambda w: (constant, clock(w)), [(TO, TO + arb("0.001"))])),
        text="c tanh(D(w)) <= x(w) for 0.9 <= w <= 1.5; c <= x at 1.5, and x grows with w",
        wrong=between(arb(3)),
        wrong_description="the constant raised to 3",
        scope="w >= 0.9",
    )


def low_starts() -> OnBoxes:
    """From -0.8 down: the curve goes on in a straight line, to `c (V_1 + 1)` at -1, with the constant of the code."""
    constant = exact(growth_control.LINEAR_LAW_CONSTANT)

    def slope(end: arb, factor: arb) -> arb:
        start = 1 - LAST
        found = (end.atanh() + end / (1 - end**2) + start.atanh() + start / (1 - start**2)) * (1 - start**2).sqrt()
        return (factor * constant * (end + 1) - found) / LAST

    def no_gain(factor: arb) -> Part:
        def sides(end: arb, half: arb) -> tuple[arb, arb]:
            cosine, sine = (1 - half**2) / (1 + half**2), 2 * half / (1 + half**2)
            most = factor * constant * (end + 1) / 2
            return cosine * (arb(18) / 100 * slope(end, factor) + most * sine), arb(1)

        return Part(sides, [(arb(0), HIGHEST), (arb(0), arb(1))])

    return OnBoxes(
        name="low starts",
        claim="psi c (1 - V^2)/2 + W c d/2 <= 1 for c^2 + d^2 = 1, where W falls from c_0 (V_1 + 1) with the "
        "slope -psi >= 0 "
        "to that of two outputs at -0.8",
        parts=(no_gain(arb(1)), Part(lambda end: (arb(0), slope(end, arb(1))), [(arb(0), HIGHEST)])),
        text="0.18 psi c + c_0 (V_1 + 1) c d/2 <= 1, as 1 - V^2 <= 0.36 and W <= c_0 (V_1 + 1); psi >= 0. c "
        "and d are cosine "
        f"and sine, c_0 = {growth_control.LINEAR_LAW_CONSTANT}",
        wrong=no_gain(arb("1.05")),
        wrong_description="the constant raised by five per cent",
        scope="-1 < V_0 <= -0.8, 0 <= V_1 <= 0.6",
    )
