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


# Of a sampled step: sums run over the groups that can be drawn, `w` their probabilities; `c` is `sqrt(k/(k-1))`, `Q`
# the mean square of an advantage, `m` the mean of its absolute value, `Z` that of half the range of the step.

ADVANTAGE_OF_A_SAMPLE = Query(
    name="advantage over the other samples",
    claim="E (x - y)^2 = sigma^2 + sigma^2/(k-1) = c^2 sigma^2, x and the mean y of k-1 others independent",
    premises=("k >= 2", "C == 0", "(k - 1)*Y == X", "Q == X - 2*C + Y", "c > 0", "c**2*(k - 1) == k"),
    conclusion="Q == c**2*X",
    stronger="Q == X",
    stronger_description="the variance of the baseline left out",
    witness={"k": F(2), "C": F(0), "X": F(1), "Y": F(1), "Q": F(2), "c": math.sqrt(2.0)},
    origin="two samples of two equally likely outputs, r = (1, -1)",
)
SIZE_OF_AN_ADVANTAGE = at_most(
    "mean size of an advantage",
    "E |A| <= sqrt(E A^2) = c sigma",
    "m",
    "c*v",
    premises=(
        "m >= 0",
        "c > 0",
        "v >= 0",
        "W == 1",
        "Q == c**2*v**2",
        sums.CAUCHY_SCHWARZ.concluded(D="m", U="W", V="Q", p="w", u="1", v="abs(A)"),
    ),
    witness={"m": F(1), "c": F(1), "v": F(1), "W": F(1), "Q": F(1)},
    origin="many samples of two equally likely outputs, r = (1, -1), in the limit",
    terms=(Terms("the draws", "w A", {"m": "w*abs(A)", "W": "w", "Q": "w*A**2"}, ("w >= 0",)),),
)
MEAN_OF_A_STEP = sum_at_most(
    "mean of a step",
    "exp(-l)(1 - E delta) <= E exp(-l') over the groups, as x >= 1 - delta",
    "E0*(W - Z)",
    "E1",
    sums={"E1": "w*(E0*x)", "Z": "w*delta", "W": "w"},
    item=("w >= 0", "E0 >= 0", "x >= 1 - delta"),
    outputs=[{"w": F(1), "x": F(1), "delta": F(0)}],
    parameters={"E0": F(1)},
)
SAMPLED_STEP = at_most(
    "length of a sampled step",
    "exp(-l) falls by at most eta c s0/(2|S|) on average: 2|S| E delta <= eta E||g||_1 <= eta c v, and v <= s0 exp(l)",
    "2*S*(E0 - E1)",
    "eta*c*s0",
    premises=(
        MEAN_OF_A_STEP.concluded(),
        "W == 1",
        "2*S*Z <= eta*m",
        "m <= c*v",
        "v*E0 <= s0",
        "E0 > 0",
        "S > 0",
        "eta >= 0",
        "c > 0",
    ),
    witness={
        "S": 1.0,
        "eta": 2 * SHORT,
        "E0": 1.0,
        "E1": 1 - SHORT,
        "Z": SHORT,
        "W": 1.0,
        "m": 1.0,
        "c": 1.0,
        "v": 1.0,
        "s0": 1.0,
    },
    origin="numbers that the premises of this step allow",
    terms=(
        Terms(
            "the groups",
            "w x delta",
            {"E1": "w*(E0*x)", "Z": "w*delta", "W": "w"},
            ("w >= 0", "E0 >= 0", "x >= 1 - delta"),
        ),
    ),
)
PATHS_THAT_HIT = sum_at_most(
    "runs that get there",
    "(1 - exp(-D)) P <= E (1 - exp(-l)), as exp(-l) is at most one, and at most exp(-D) where the target is reached",
    "(1 - F)*P",
    "L",
    sums={"L": "w*(1 - e)", "P": "w*hit"},
    item=("w >= 0", "e <= 1", "hit == 0 or (hit == 1 and e <= F)"),
    outputs=[{"w": F(1), "e": F(1, 2), "hit": F(1)}],
    parameters={"F": F(1, 2)},
)


def sampled_ascent() -> Query:
    """S-RLOO: the mean of `1 - exp(-l)` where a run is stopped, from both sides."""
    constant = quotient(updates.ASCENT_CONSTANT)
    return Query(
        name="from the steps to the mean time",
        claim="2 |S| (1 - exp(-D)) P <= 2 |S| E (1 - exp(-l)) <= c s0 E min(t_gamma, t)",
        premises=(PATHS_THAT_HIT.concluded(), "2*S*L <= T*c*s0", "S > 0", "c > 0", "s0 > 0"),
        conclusion=f"T*c*s0 >= {constant}*S*(1 - F)*P",
        stronger="T*c*s0 >= (201/100)*S*(1 - F)*P",
        stronger_description="the constant 2 raised to 2.01",
        witness={
            "T": 2 * SHORT,
            "c": 1.0,
            "s0": 1.0,
            "S": 1.0,
            "L": -math.expm1(-SHORT),
            "F": math.exp(-SHORT),
            "P": 1.0,
        },
        origin="many samples of two equally likely outputs, r = (1, -1), one short step, in the limit",
        terms=(
            Terms(
                "the runs, stopped",
                "w e hit",
                {"L": "w*(1 - e)", "P": "w*hit"},
                ("w >= 0", "e <= 1", "hit == 0 or (hit == 1 and e <= F)"),
            ),
        ),
    )


SIGN_STEPS = sum_at_most(
    "steps along signs",
    "half the range of a step along signs is at most its size",
    "l",
    "T",
    sums={"l": "half", "T": "eta"},
    item=("2*half == high - low", "high <= eta", "low >= -eta"),
    outputs=[{"half": F(1), "eta": F(1), "high": F(1), "low": F(-1)}],
)
SIGNS = at_most(
    "from signs to the time",
    "D <= l <= t",
    "D",
    "T",
    premises=("D <= l", SIGN_STEPS.concluded()),
    witness={"D": F(1), "l": F(1), "T": F(1)},
    origin="two outputs, r_RM = r = (1, -1)",
    terms=(
        Terms(
            "the steps",
            "half eta high low",
            {"l": "half", "T": "eta"},
            ("2*half == high - low", "high <= eta", "low >= -eta"),
        ),
    ),
)
STANDARDISED_SIZE = at_most(
    "size of standardised advantages",
    "mean |A| <= s/(s + epsilon) <= R/(R + 2 epsilon), as 2 s <= R",
    "m*(R + 2*e)",
    "R",
    premises=("m*(s + e) <= s", "2*s <= R", "s > 0", "e >= 0", "m >= 0"),
    witness={"m": F(1), "s": F(1), "e": F(0), "R": F(2)},
    origin="a group that is split evenly between rewards 1 and -1, epsilon = 0",
)
STANDARDISED_STEPS = sum_at_most(
    "standardised steps",
    "the sum of half the ranges: 2 |S| delta <= eta ||g||_1 <= eta R/(R + 2 epsilon)",
    "2*S*l*(R + 2*e)",
    "T*R",
    sums={"l": "half", "T": "eta"},
    item=("2*S*half <= eta*m", "m*(R + 2*e) <= R", "eta >= 0", "R > 0", "e >= 0", "S > 0"),
    outputs=[{"half": F(1, 2), "eta": F(1), "m": F(1)}],
    parameters={"S": F(1), "R": F(2), "e": F(0)},
)


def standardised() -> Query:
    """S-G1 with the rise of the artanh: `D <= l`."""
    constant = quotient(updates.STANDARDISED_RISE_CONSTANT)
    item = ("2*S*half <= eta*m", "m*(R + 2*e) <= R", "eta >= 0", "R > 0", "e >= 0", "S > 0")
    return Query(
        name="from standardised steps to the time",
        claim="2 |S| D (1 + 2 epsilon/R) <= 2 |S| l (1 + 2 epsilon/R) <= t",
        premises=(STANDARDISED_STEPS.concluded(), "D <= l", "D >= 0", "R > 0", "e >= 0", "S > 0"),
        conclusion=f"{constant}*S*D*(R + 2*e) <= T*R",
        stronger="(201/100)*S*D*(R + 2*e) <= T*R",
        stronger_description="the constant 2 raised to 2.01",
        witness={"S": F(1), "D": F(1, 2), "l": F(1, 2), "R": F(2), "e": F(0), "T": F(1)},
        origin="two equally likely outputs, a group that is split evenly, epsilon = 0",
        terms=(Terms("the steps", "half eta m", {"l": "half", "T": "eta"}, item),),
    )
