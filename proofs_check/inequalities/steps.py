"""Training in steps of any size: how far one step goes, and how the distances add up.

`l` is the sum of half the ranges of the changes of the logits so far, `E0 = exp(-l)` before a step and `E1` after it;
`delta` is half the range of the step, `x = exp(-delta)`; `v` the standard deviation of the reward before the step and
`s0` at the start; `eta` the size of the step, `T` the time so far; `F = exp(-D)`.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities import sums
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import updates

EVEN = "pi0 = (1/2, 1/2), r_RM = r = (1, -1), one short step"
SHORT = 1e-3

RANGE_OF_A_STEP = at_most(
    "range of a vector that sums to zero",
    "max u - min u <= sum |u|, as neither entry is more than half of it",
    "first - second",
    "m",
    premises=(
        sums.HALF_MASS.concluded(x="first", R="R1", B="B1"),
        sums.HALF_MASS.concluded(x="second", R="R2", B="B2", other="rest"),
    ),
    given=("first + R1 == 0", "m == abs(first) + B1", "second + R2 == 0", "m == abs(second) + B2"),
    witness={"first": F(1, 2), "second": F(-1, 2), "m": F(1)},
    origin="u = (1/2, -1/2)",
    terms=(
        Terms("the outputs but the first of the two", "other", {"R1": "other", "B1": "abs(other)"}),
        Terms("the outputs but the second of the two", "rest", {"R2": "rest", "B2": "abs(rest)"}),
    ),
)
LENGTH_OF_A_STEP = at_most(
    "length of a step",
    "1 - exp(-delta) <= delta <= (eta/(2|S|)) m <= (eta/(2|S|)) v, and v <= s0 exp(l): exp(-l) falls by eta s0/(2|S|)",
    "2*S*(E0 - E1)",
    "eta*s0",
    premises=(
        "E1 == E0*x",
        "x >= 1 - delta",
        "2*S*delta <= eta*m",
        "m <= v",
        "v*E0 <= s0",
        "E0 > 0",
        "S > 0",
        "eta >= 0",
    ),
    witness={
        "S": 1.0,
        "eta": SHORT,
        "delta": SHORT / 2,
        "x": math.exp(-SHORT / 2),
        "E0": 1.0,
        "E1": math.exp(-SHORT / 2),
        "m": 1.0,
        "v": 1.0,
        "s0": 1.0,
    },
    origin=EVEN,
)
ALL_STEPS = sum_at_most(
    "all steps",
    "1 - exp(-l), the sum of what exp(-l) loses at each step, is at most s0 T/(2|S|)",
    "2*S*L",
    "T*s0",
    sums={"L": "drop", "T": "eta"},
    item=("2*S*drop <= eta*s0",),
    outputs=[{"drop": F(1, 2), "eta": F(1)}],
    parameters={"S": F(1), "s0": F(1)},
)


def ascent() -> Query:
    """S-GD: `1 - exp(-l)` is at least `1 - exp(-D)`."""
    constant = quotient(updates.ASCENT_CONSTANT)
    return Query(
        name="from the steps to the time",
        claim="2 |S| (1 - exp(-D)) <= 2 |S| (1 - exp(-l)) <= s0 T, as D <= l",
        premises=(ALL_STEPS.concluded(), "L >= 1 - F", "S > 0", "T >= 0", "s0 > 0"),
        conclusion=f"T*s0 >= {constant}*S*(1 - F)",
        stronger="T*s0 >= (201/100)*S*(1 - F)",
        stronger_description="the constant 2 raised to 2.01",
        witness={"T": SHORT, "s0": 1.0, "S": 1.0, "L": -math.expm1(-SHORT / 2), "F": math.exp(-SHORT / 2)},
        origin=EVEN,
        terms=(Terms("the steps", "drop eta", {"L": "drop", "T": "eta"}, ("2*S*drop <= eta*s0",)),),
    )
