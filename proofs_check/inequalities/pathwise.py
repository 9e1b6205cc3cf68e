"""Sums under a policy and under another one: the two inequalities of the pathwise lemma.

`w` is the probability of an output before the change and `w e` a multiple of that after it: `e = exp(u)` for the change
`u` of its logit, between `lo` and `hi`, whose quotient is the exponential of the range of `u`.
"""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Terms

TILTED_ABOVE = sum_at_most(
    "tilted sum, from above",
    "sum w e f <= hi sum w f for f >= 0 and e <= hi",
    "T",
    "hi*F",
    sums={"T": "w*e*f", "F": "w*f"},
    item=("w >= 0", "f >= 0", "e <= hi"),
    outputs=[{"w": F(1, 2), "e": F(1), "f": F(1)}] * 2,
    parameters={"hi": F(1)},
)
TILTED_BELOW = sum_at_most(
    "tilted sum, from below",
    "lo sum w f <= sum w e f for f >= 0 and e >= lo",
    "lo*F",
    "T",
    sums={"T": "w*e*f", "F": "w*f"},
    item=("w >= 0", "f >= 0", "e >= lo"),
    outputs=[{"w": F(1, 2), "e": F(1), "f": F(1)}] * 2,
    parameters={"lo": F(1)},
)
TILTS = ("w >= 0", "lo <= e", "e <= hi", "lo > 0")

VALUE = at_most(
    "odds of the value",
    "lo E'[1+r] E[1-r] <= hi E[1+r] E'[1-r], up to one common factor: artanh V' - artanh V <= ln(hi/lo)/2",
    "lo*P2*N",
    "hi*P*N2",
    premises=(
        TILTED_ABOVE.concluded(T="P2", F="P", f="(1 + r)"),
        TILTED_BELOW.concluded(T="N2", F="N", f="(1 - r)"),
        "lo > 0",
        "hi >= lo",
        "P >= 0",
        "N >= 0",
    ),
    witness={"lo": F(1), "hi": F(9), "P": F(1), "N": F(1), "P2": F(9), "N2": F(1)},
    origin="p = (1/2, 1/2), p' = (9/10, 1/10), r = (1, -1)",
    terms=(
        Terms(
            "the outputs",
            "w e r",
            {"P": "w*(1 + r)", "N": "w*(1 - r)", "P2": "w*e*(1 + r)", "N2": "w*e*(1 - r)"},
            (*TILTS, "-1 <= r", "r <= 1"),
        ),
    ),
)
DEVIATION = at_most(
    "variance after a change",
    "Var' <= E'[(r - E r)^2] = sum w e A^2 / sum w e <= (hi/lo) Var, as E' around any number is at least around E' r",
    "lo*after",
    "hi*Q",
    premises=(
        TILTED_ABOVE.concluded(T="Q2", F="Q", f="A**2"),
        TILTED_BELOW.concluded(T="Z", F="W", f="1"),
        "W == 1",
        "after*Z**2 == Q2*Z - X2**2",
        "after >= 0",
        "lo > 0",
        "hi >= lo",
    ),
    # A rare output of probability 1e-6 that becomes twice as likely; rewards that differ by two.
    witness={
        "lo": F(1),
        "hi": F(2),
        "W": F(1),
        "Q": 4 * F(1, 10**6) * (1 - F(1, 10**6)),
        "Q2": 4 * F(1, 10**6) * (1 - F(1, 10**6)) * (2 - F(1, 10**6)),
        "X2": 2 * F(1, 10**6) * (1 - F(1, 10**6)),
        "Z": 1 + F(1, 10**6),
        "after": 8 * F(1, 10**6) * (1 - F(1, 10**6)) / (1 + F(1, 10**6)) ** 2,
    },
    origin="p = (1e-6, 1 - 1e-6), the first output twice as likely beside the other, r = (1, -1)",
    terms=(
        Terms(
            "the outputs",
            "w e A",
            {"W": "w", "Q": "w*A**2", "Q2": "w*e*A**2", "Z": "w*e"},
            TILTS,
        ),
    ),
)
