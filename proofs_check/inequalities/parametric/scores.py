"""Scores of outputs and the speed of the parameters, for policies of any kind; in the letters of `gradients`."""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities import meanings
from proofs_check.inequalities.parametric.gradients import ALONG, EVEN, RANGE, REACH, contrast_gradient
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import parameter_space

MEAN_OVER_PROMPTS = sum_at_most(
    "mean over prompts",
    "(sum w d)^2 <= k (sum w)(sum w v) if d^2 <= k v for every prompt: d the gradient's component, v the variance",
    "D**2",
    "k*W*V",
    known="W >= 0 and V >= 0",
    sums={"D": "w*d", "W": "w", "V": "w*v"},
    item=("w >= 0", "v >= 0", "k >= 0", "d**2 <= k*v"),
    outputs=[{"w": F(1, 2), "d": F(1), "v": F(2)}] * 2,
    parameters={"k": F(1, 2)},
)


def flow_speed() -> Query:
    """`||theta'|| <= c sqrt(L Var / 2)`, the variance averaged over prompts."""
    factor = f"({quotient(parameter_space.SHARPENED_PROPOSITION_2_SQUARE)}*L*c**2)"
    return at_most(
        "speed of the parameters",
        "||theta'||^2 = (sum w d)^2 <= c^2 L / 2 sum w Var_x, as d^2 <= ||grad phi(theta; x)||^2 <= c^2 L Var_x / 2",
        "X**2",
        f"{factor}*V",
        premises=(MEAN_OVER_PROMPTS.concluded(D="X", k=factor), "W == 1", "L >= 1"),
        witness={"X": math.sqrt(0.5), "V": 1.0, "L": 1.0, "c": 1.0, "W": 1.0},
        origin=EVEN,
        terms=(
            Terms(
                "the prompts",
                "w d v g",
                {"X": "w*d", "W": "w", "V": "w*v"},
                ("w >= 0", "v >= 0", "d**2 <= g**2", contrast_gradient().stated(V="v")),
            ),
        ),
        means={
            "g": meanings.GRADIENT,
            "v": meanings.VARIANCE,
            "X": meanings.SPEED,
            "V": meanings.MEAN_VARIANCE,
            "L": meanings.LENGTH,
            "c": meanings.CONTRAST_NORM,
        },
    )


MEAN_IN_RANGE = sum_at_most(
    "mean within the range",
    "lo sum p <= sum p a <= hi sum p for lo <= a <= hi",
    "M",
    "hi*W",
    known="M >= lo*W",
    sums={"M": "p*a", "W": "p"},
    item=("p >= 0", "lo <= a", "a <= hi"),
    outputs=[{"p": F(1, 2), "a": F(1)}, {"p": F(1, 2), "a": F(1)}],
    parameters={"lo": F(0), "hi": F(1)},
)
TOKENS_IN_RANGE = Terms("the tokens", "p place", {"M": "p*place", "W": "p"}, ("p >= 0", "lo <= place", "place <= hi"))
SCORE_OF_A_POSITION = at_most(
    "score of a position",
    "|u . J_l^T (e_y - p)| = |a_y - sum p a| <= hi - lo <= K for a = u . J_l^T e, K = sqrt 2 c",
    "abs(a - M)",
    "K",
    premises=(
        MEAN_IN_RANGE.concluded(a="place"),
        "W == 1",
        "lo <= a",
        "a <= hi",
        RANGE.concluded(),
        "K >= 0",
        "K**2 == 2*c**2",
    ),
    witness={"a": F(1), "M": F(0), "lo": F(0), "hi": F(1), "W": F(1), "K": F(1), "c": math.sqrt(0.5)},
    origin="an output of vanishing probability (numbers that the premises of this step allow)",
    given=REACH,
    terms=(TOKENS_IN_RANGE, ALONG),
)
SUM_OF_SCORES = sum_at_most(
    "sum of the positions' scores",
    "|sum d| <= L K if |d| <= K for every position",
    "abs(s)",
    "K*L",
    sums={"s": "d", "L": "1"},
    item=("abs(d) <= K",),
    outputs=[{"d": F(1)}, {"d": F(1)}],
    parameters={"K": F(1)},
)
SCORE = at_most(
    "score of an output",
    "|u . grad ln pi(y|x)| <= L K = sqrt 2 L c",
    "abs(s)",
    "K*L",
    premises=(SUM_OF_SCORES.concluded(),),
    witness={"s": F(2), "K": F(1), "L": F(2)},
    origin="two tokens of vanishing probability (numbers that the premises of this step allow)",
    given=("K >= 0", "K**2 == 2*c**2"),
    terms=(
        Terms(
            "the positions",
            "d a M W lo hi reach one N",
            {"s": "d", "L": "1"},
            ("W == 1", "lo <= a", "a <= hi", "d == a - M", *REACH, SCORE_OF_A_POSITION.concluded()),
            (TOKENS_IN_RANGE, ALONG),
        ),
    ),
    means={"s": meanings.SCORE, "K": meanings.SCORE_STEP, "L": meanings.LENGTH},
)
