"""S-L10 and S-L11: how fast one probability can grow, and how much the KL term can slow it down.

One output has probability `P`, reward `R` and squared-probability sum `Q = sum p^2`; sums run over the other outputs,
of probability `p` and reward `r`. `M = ln(1/min pi0)`, `b = p (l - k)` with `l` a log ratio and `k` the divergence.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

import numpy as np

from proofs_check.inequalities import sums
from proofs_check.inequalities.rates import (
    LOG_SUMS,
    LOGARITHM_GIVEN,
    LOGARITHM_TERMS,
    NONNEGATIVE_KL,
    velocity_of_the_logarithm,
)
from proofs_check.smt.claims import Induction, Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import lemmas

LARGEST_RATE = "(16/27)"
"""Written out: float64 has no sixteen twenty-sevenths."""

_THIRD = {"P": F(1, 3), "Q": F(5, 9), "R": F(1)}
"""p = (1/3, 2/3), r = (1, -1)."""

PAIRS = Induction(
    name="growth by pairs",
    claim="sum p (P + p - Q)(R - r) in terms of the sums of p r, p, p^2 and p^2 (r - V)",
    sums={"F": "p*(P + p - Q)*(R - r)", "G": "p**2*(r - V)", "E": "p*r", "N": "p", "X": "p**2"},
    item=(),
    invariant="F == P*(R*N - E) + (R - V)*X - G - Q*(R*N - E)",
    stronger="F == P*(R*N - E) + (R - V)*X - G",
    stronger_description="the term with Q left out",
    outputs=[{"p": F(2, 3), "r": F(-1)}],
    parameters=_THIRD | {"V": F(-1, 3)},
)
GROWTH_BY_PAIRS = Query(
    name="growth is a sum over pairs",
    claim="P A - sum p^2 A = sum p (P + p - Q)(R - r), A = r - V, by N = 1 - P, E = V - P R and X = Q - P^2",
    premises=(PAIRS.concluded(), "N == 1 - P", "E == V - P*R", "X == Q - P**2"),
    conclusion="F == P*(R - V) - (P**2*(R - V) + G)",
    stronger="F == P*(R - V) - G",
    stronger_description="the output's own square left out",
    witness=_THIRD | {"V": F(-1, 3), "N": F(2, 3), "E": F(-2, 3), "X": F(4, 9), "G": F(-8, 27), "F": F(16, 27)},
    origin="p = (1/3, 2/3), r = (1, -1)",
    terms=(PAIRS.over("the other outputs"),),
)
SUM_OF_PAIRS = Induction(
    name="sum over pairs",
    claim="C = sum p (P + p - Q) in terms of the sums of p and p^2",
    sums={"C": "p*(P + p - Q)", "N": "p", "X": "p**2"},
    item=(),
    invariant="C == P*N + X - Q*N",
    stronger="C == P*N + X",
    stronger_description="the term with Q left out",
    outputs=[{"p": F(2, 3)}],
    parameters={"P": F(1, 3), "Q": F(5, 9)},
)
BOUNDED_REWARDS = Induction(
    name="rewards at the ends are the worst",
    claim="sum u (R - r) <= (1 + R) T + (1 - R)(T - C), T the positive part of the sum C of u, for rewards in [-1, 1]",
    sums={"F": "u*(R - r)", "T": "max(u, 0)", "C": "u"},
    item=("-1 <= r", "r <= 1", "-1 <= R", "R <= 1"),
    invariant="F <= (1 + R)*T + (1 - R)*(T - C)",
    stronger="F <= R*T + (1 - R)*(T - C)",
    stronger_description="gaps of at most R",
    outputs=[{"u": F(8, 27), "r": F(-1)}],
    parameters={"R": F(1)},
)
POSITIVE_PAIRS = Induction(
    name="pairs that gain",
    claim="T = s (P - Q) + Y for the outputs with P + p >= Q (z = 1), s and Y their sums of p and p^2",
    sums={"T": "max(p*(P + p - Q), 0)", "s": "z*p", "Y": "z*p**2", "N": "p", "X": "p**2"},
    item=("p >= 0", "(z == 1 and P + p >= Q) or (z == 0 and P + p <= Q)"),
    invariant="T == s*(P - Q) + Y and 0 <= Y and Y <= X and 0 <= s and s <= N and Y <= s**2",
    stronger="T == s*(P - Q)",
    stronger_description="the squares left out",
    outputs=[{"p": F(2, 3), "z": F(1)}],
    parameters={"P": F(1, 3), "Q": F(5, 9)},
)
_AT_THIRD = {"P": F(1, 3), "Q": F(5, 9), "T": F(8, 27), "s": F(2, 3), "Y": F(4, 9), "N": F(2, 3), "X": F(4, 9)}
TWO_VARIABLES = Query(
    name="two variables are left",
    claim="T <= s P (1-P) + (1-s) s^2, by Q >= P^2 + Y and Y <= s^2",
    premises=(POSITIVE_PAIRS.concluded(), "N == 1 - P", "X == Q - P**2", "0 < P", "P < 1"),
    conclusion="T <= s*P*(1 - P) + (1 - s)*s**2 and 0 <= s and s <= 1 - P",
    stronger="100*T <= 99*(s*P*(1 - P) + (1 - s)*s**2)",
    stronger_description="the bound lowered by one per cent",
    witness=_AT_THIRD,
    origin="p = (1/3, 2/3)",
    terms=(POSITIVE_PAIRS.over("the other outputs"),),
)
LARGEST_PAIRS = Query(
    name="their maximum",
    claim="s P (1-P) + (1-s) s^2 <= 8/27 for 0 <= s <= 1 - P",
    premises=("0 <= s", "s <= 1 - P", "0 < P", "P < 1"),
    conclusion="27*(s*P*(1 - P) + (1 - s)*s**2) <= 8",
    stronger="27*(s*P*(1 - P) + (1 - s)*s**2) <= 7",
    stronger_description="7/27 in place of 8/27",
    witness={"s": F(2, 3), "P": F(1, 3)},
    origin="p = (1/3, 2/3)",
)
MASS_OF_THE_OTHERS = ("0 < P", "P < 1", "N == 1 - P", "X == Q - P**2")
OTHERS_IN_PAIRS = Terms(
    "the other outputs",
    "p r z",
    {
        "F": "p*(P + p - Q)*(R - r)",
        "T": "max(p*(P + p - Q), 0)",
        "C": "p*(P + p - Q)",
        "s": "z*p",
        "Y": "z*p**2",
        "N": "p",
        "X": "p**2",
    },
    ("p >= 0", "-1 <= r", "r <= 1", "(z == 1 and P + p >= Q) or (z == 0 and P + p <= Q)"),
)
SMALL_PAIRS = Query(
    name="pairs that gain hold little",
    claim="T <= 8/27",
    premises=(TWO_VARIABLES.concluded(), LARGEST_PAIRS.concluded()),
    conclusion="27*T <= 8",
    stronger="27*T <= 7",
    stronger_description="7/27 in place of 8/27",
    witness=_AT_THIRD,
    origin="p = (1/3, 2/3)",
    given=MASS_OF_THE_OTHERS,
    terms=(OTHERS_IN_PAIRS,),
)
ALL_PAIRS = Query(
    name="all pairs together",
    claim="C = sum p (P + p - Q) = P (1-P) + (Q - P^2) - Q (1-P)",
    premises=(SUM_OF_PAIRS.concluded(), "N == 1 - P", "X == Q - P**2"),
    conclusion="C == P*(1 - P) + (Q - P**2) - Q*(1 - P)",
    stronger="C == P*(1 - P) + (Q - P**2)",
    stronger_description="the term with Q left out",
    witness=_AT_THIRD | {"C": F(8, 27)},
    origin="p = (1/3, 2/3)",
    terms=(OTHERS_IN_PAIRS,),
)
GAIN_OF_PAIRS = Query(
    name="largest rate",
    claim="P A - sum p^2 A <= 2 T <= 16/27, as C = P (1 + Q - 2 P) >= P (1-P)^2 >= 0",
    premises=(
        BOUNDED_REWARDS.concluded(u="(p*(P + p - Q))"),
        ALL_PAIRS.concluded(),
        "Q >= P**2",
        "0 < P",
        "P < 1",
        "R <= 1",
        SMALL_PAIRS.concluded(),
    ),
    conclusion=f"F <= {LARGEST_RATE}",
    stronger="F <= (59/100)",
    stronger_description="16/27 lowered to 0.59",
    witness=_THIRD | {"T": F(8, 27), "C": F(8, 27), "F": F(16, 27)},
    origin="p = (1/3, 2/3), r = (1, -1)",
    given=(*MASS_OF_THE_OTHERS, "-1 <= R"),
    terms=(OTHERS_IN_PAIRS,),
)


def sharpened_lemma_10() -> Query:
    """The velocity `v = P F - lambda P (b - a)` of one probability, from Lemma 9; `k` is the sum of `|b|`."""
    divergence = quotient(lemmas.LEMMA_10_KL_RATE)
    return Query(
        name="rate of one probability",
        claim="|S| dp/dt <= p (16/27 + 2 lam M): |b|, |a| <= k/2 <= M",
        premises=(
            "P > 0",
            "lam >= 0",
            "M >= 0",
            "v == P*F - lam*P*(b - a)",
            "W == 1",
            GAIN_OF_PAIRS.concluded(),
            *velocity_of_the_logarithm(),
        ),
        conclusion=f"v <= P*({LARGEST_RATE} + {divergence}*lam*M)",
        stronger=f"v <= P*((59/100) + {divergence}*lam*M)",
        stronger_description="the rate 16/27 lowered to 0.59",
        witness={
            "P": F(1, 3),
            "F": F(16, 27),
            "v": F(16, 81),
            "lam": F(0),
            "M": F(1),
            "b": F(0),
            "a": F(0),
            "k": F(0),
            "W": F(1),
        },
        origin="p = (1/3, 2/3), r = (1, -1), lambda = 0",
        given=(*MASS_OF_THE_OTHERS, "-1 <= R", "R <= 1", "Q >= P**2", *LOGARITHM_GIVEN),
        terms=(OTHERS_IN_PAIRS, *LOGARITHM_TERMS),
    )


KL_ON_SET = Induction(
    name="KL part on the set",
    claim="sum p^2 (l - k) <= M sum p^2 if l <= M and k >= 0",
    sums={"F": "p**2*(l - k)", "X": "p**2"},
    item=("p >= 0", "l <= M", "k >= 0", "M >= 0"),
    invariant="F <= M*X",
    stronger="2*F <= M*X",
    stronger_description="half the bound",
    outputs=[{"p": F(1), "l": F(4)}],
    parameters={"M": F(4), "k": F(0)},
)
KL_OFF_SET = Induction(
    name="KL part off the set",
    claim="-sum p b <= (sum p)(sum of negative parts of b)",
    sums={"H": "p*b", "D": "max(-b, 0)", "N": "p"},
    item=("p >= 0",),
    invariant="N >= 0 and D >= 0 and -H <= N*D",
    stronger="N >= 0 and D >= 0 and -2*H <= N*D",
    stronger_description="half the bound",
    outputs=[{"p": F(1, 2), "b": F(-1)}],
)
NEGATIVE_PART = Induction(
    name="negative parts",
    claim="sum of negative parts over some outputs (z = 1) <= sum of positive parts - sum, over all",
    sums={"D": "z*max(-b, 0)", "T": "max(b, 0)", "Z": "b"},
    item=("z == 0 or z == 1",),
    invariant="D <= T - Z",
    stronger="2*D <= T - Z",
    stronger_description="half the bound",
    outputs=[{"z": F(0), "b": F(1, 2)}, {"z": F(1), "b": F(-1, 2)}],
)


def _unlikely_reference() -> dict[str, float]:
    """p = (1/3, 2/3), q = (1e-12, 1 - 1e-12), the set being the first output."""
    p, q = np.array([1 / 3, 2 / 3]), np.array([1e-12, 1 - 1e-12])
    centred = p * (np.log(p / q) - p @ np.log(p / q))
    positive = float(np.maximum(centred, 0).sum())
    on, off = float(p[0] * centred[0]), float(p[1] * centred[1])
    return {
        "P": 1 / 3,
        "rest": 2 / 3,
        "M": -12 * math.log(1e-1),
        "on": on,
        "squares": 1 / 9,
        "off": off,
        "negative": positive,
        "T": positive,
        "Z": 0.0,
        "W": 1.0,
        "K": 2 / 3 * on - off / 3,
    }


_PART = "(p*(l - kl))"
_LOGARITHM = "p q l lp lq"
KL_TERMS = (
    Terms(
        "the outputs",
        f"{_LOGARITHM} z",
        LOG_SUMS | {"negative": f"z*max(-{_PART}, 0)"},
        (*sums.LOG_RATIOS, "z == 0 or z == 1"),
    ),
    Terms("the outputs of the set", _LOGARITHM, {"on": f"p*{_PART}", "squares": "p**2", "P": "p"}, sums.LOG_RATIOS),
    Terms(
        "the outputs outside of it (z = 1)",
        _LOGARITHM,
        {"off": f"p*{_PART}", "negative": f"max(-{_PART}, 0)", "rest": "p"},
        sums.LOG_RATIOS,
    ),
)
KL_DRAG = Query(
    name="drag of the KL term",
    claim="K = (1-P) sum_set p b - P sum_rest p b <= M P (1-P)(1+P), at most M P (1-P^2) of the set's probability P; "
    "for a set of one output K is pi(y) times the number of the statement",
    premises=(
        "0 < P",
        "P < 1",
        "rest == 1 - P",
        "M >= 0",
        "W == 1",
        "Z == 0",
        KL_ON_SET.concluded(F="on", X="squares", k="kl"),
        sums.SUM_OF_SQUARES.concluded(X="P", Q="squares", x="p"),
        KL_OFF_SET.concluded(H="off", D="negative", N="rest", b=_PART),
        NEGATIVE_PART.concluded(D="negative", b=_PART),
        sums.LOG_RATIO_ABOVE_MEAN.concluded(k="kl"),
        "K == (1 - P)*on - P*off",
    ),
    conclusion="K <= M*P*(1 - P)*(1 + P)",
    stronger="10*K <= 3*M*P*(1 - P)*(1 + P)",
    stronger_description="three tenths of the bound",
    witness=_unlikely_reference(),
    origin="p = (1/3, 2/3), q = (1e-12, 1 - 1e-12), the set being the first output",
    given=NONNEGATIVE_KL,
    terms=KL_TERMS,
)
