"""Consequences of `ln x <= x - 1`, and the sign of the derivative that it follows from."""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.smt.claims import Query
from theory.bounds import lemmas

SIGN = Query(
    name="sign of the slope",
    claim="(x - 1)/x is at most zero before 1 and at least zero after it",
    premises=("x > 0", "slope*x == x - 1"),
    conclusion="(x >= 1 or slope <= 0) and (x <= 1 or slope >= 0)",
    stronger="(x >= 1 or slope <= -1/100) and (x <= 1 or slope >= 0)",
    stronger_description="at most -1/100 before 1",
    witness={"x": F(999, 1000), "slope": F(-1, 999)},
    origin="x = 0.999",
)


def lemma_4() -> Query:
    """`-u^2 ln u <= 1/(2e)`, from `ln x <= x - 1` at `x = 1/(e u^2)`; `lu` and `lx` are the logarithms."""
    return Query(
        name="maximum of -u^2 ln u",
        claim="-1 - 2 ln u = ln x <= x - 1 for x = 1/(e u^2), so -2 ln u <= 1/(e u^2)",
        premises=("u > 0", "e > 0", "x*e*u**2 == 1", "lx <= x - 1", "lx == -1 - 2*lu", "2*e*c == 1"),
        conclusion="-u**2*lu <= c",
        stronger="-100*u**2*lu <= 99*c",
        stronger_description="the bound lowered by one per cent",
        witness={"u": math.exp(-0.5), "lu": -0.5, "e": math.e, "x": 1.0, "lx": 0.0, "c": lemmas.LEMMA_4_BOUND},
        origin="p = (0.3032653298563167, 0.6967346701436833), q = (1/2, 1/2), u = p/q at the first output",
    )
