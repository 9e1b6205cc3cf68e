"""Policies of any kind at one moment: the Fisher information, gradients and scores, in any number of parameters.

Letters: `u` a direction of length one; `c` the contrast norm and `J` the spectral one; `L` the length, `ell` its square
root; `V` the variance of `r_KL`, `v` its square root; `g` the norm of a gradient; `K = sqrt 2 c`, which bounds the
range of `u . J_l^T e_i` over the tokens `i` of a position.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.smt_query import Induction, Query
from proofs_check.smt_rates import FISHER, exact
from proofs_check.smt_sums import CAUCHY_SCHWARZ, POPOVICIU, SECOND_MOMENTS
from proofs_check.smt_twins import at_most, sum_at_most
from theory import general_bounds as bounds

EVEN = "p = (1/2, 1/2), r = (1, -1), a table of one token"
SHARED_COIN = "two tokens from one fair coin, r the number of heads less one"

ONE_TOKEN = Query(
    name="one more token",
    claim="E[Q_l^2] = Q_{l-1}^2 + E[(Q_l - Q_{l-1})^2] given the prefix, as E[Q_l] = Q_{l-1}",
    premises=(SECOND_MOMENTS.concluded(U="d", V="other", Q="S", m="q", s="q"), "W == 1"),
    conclusion="S == q**2 + d",
    stronger="S == q**2 + d/2",
    stronger_description="half the variance of the token",
    witness={"S": F(1), "q": F(0), "d": F(1), "W": F(1), "other": F(1)},
    origin="a fair coin, Q = (1, -1)",
)
PREFIXES = Induction(
    name="mean over prefixes",
    claim="sum w E[Q_l^2] = sum w Q_{l-1}^2 + sum w d over prefixes of probability w",
    sums={"S": "w*second", "Q": "w*q**2", "D": "w*d"},
    item=("w >= 0", "second == q**2 + d"),
    invariant="S == Q + D",
    stronger="2*S == 2*Q + D",
    stronger_description="half the variance of the token",
    outputs=[{"w": F(1, 2), "second": F(1), "q": F(0), "d": F(1)}] * 2,
)
POSITIONS = Induction(
    name="sum over positions",
    claim="E[Q_L^2] - E[Q_0^2] = sum of the parts of the positions",
    sums={"rise": "after - before", "T": "d"},
    item=("after == before + d",),
    invariant="rise == T",
    stronger="2*rise == T",
    stronger_description="half the rise",
    outputs=[{"before": F(0), "after": F(1, 4), "d": F(1, 4)}, {"before": F(1, 4), "after": F(1, 2), "d": F(1, 4)}],
)

CONTRAST = at_most(
    "contrast of two logits",
    "g = grad(f_i - f_j): ||g||^2 = a - b for a = grad f_i . g, b = grad f_j . g, so ||g||^4 <= 2 (a^2 + b^2) <= "
    "2 J^2 ||g||^2",
    "c", "J",
    premises=("N >= 0", "N == a - b", "Q >= 0", "a**2 + b**2 + Q <= J**2*N", "J >= 0", "c >= 0", "2*c**2 == N"),
    witness={"N": F(2), "a": F(1), "b": F(-1), "Q": F(0), "J": F(1), "c": F(1)},
    origin="a table: grad f_i is the unit vector i",
)  # fmt: skip
RANGE = at_most(
    "range of a position",
    "(hi - lo)^2 = (u . grad(f_i - f_j))^2 <= ||grad(f_i - f_j)||^2 <= 2 c^2, by Cauchy-Schwarz over parameters",
    "(hi - lo)**2", "2*c**2",
    premises=(CAUCHY_SCHWARZ.concluded(D="hi - lo", U="one", V="N"), "one == 1", "N <= 2*c**2"),
    witness={"hi": math.sqrt(0.5), "lo": -math.sqrt(0.5), "one": 1.0, "N": 2.0, "c": 1.0},
    origin="a table of two outputs, u = (1, -1)/sqrt 2",
)  # fmt: skip
ONE_POSITION = at_most(
    "Fisher information of a position",
    "Var_{p_l}[u . J_l^T e] <= (hi - lo)^2 / 4 <= c^2 / 2",
    "2*v", "c**2",
    premises=(POPOVICIU.concluded(), RANGE.conclusion),
    witness={"hi": math.sqrt(0.5), "lo": -math.sqrt(0.5), "v": 0.5, "c": 1.0},
    origin="p = (1/2, 1/2), a table of two outputs, u = (1, -1)/sqrt 2",
)  # fmt: skip
ALL_POSITIONS = sum_at_most(
    "Fisher information of all positions",
    "sum over positions of their parts <= L c^2 / 2",
    "2*F", "c**2*L",
    sums={"F": "d", "L": "1"}, item=("2*d <= c**2",), outputs=[{"d": F(1, 2)}, {"d": F(1, 2)}],
    parameters={"c": F(1)},
)  # fmt: skip


def fisher_norm() -> Query:
    """`lambda_max(F) <= L c^2 / 2`, with the factor of the code."""
    return at_most(
        "largest eigenvalue of the Fisher information",
        "lambda_max(F) = u^T F u <= L c^2 / 2 for the eigenvector u",
        "F", f"{exact(bounds.SHARPENED_PROPOSITION_2_SQUARE)}*L*c**2",
        premises=(ALL_POSITIONS.concluded(), "L >= 1"), witness={"F": F(1), "L": F(2), "c": F(1)}, origin=SHARED_COIN,
    )  # fmt: skip


_COIN = {"g": math.sqrt(0.5), "V": 0.5, "F": 1.0, "L": 2.0, "c": 1.0, "J": 1.0}


def contrast_gradient() -> Query:
    """`||grad phi|| <= c sqrt(L Var / 2)`: S0 with the bound on the Fisher information."""
    return at_most(
        "gradient and contrast norm",
        "||grad phi||^2 <= lambda_max(F) Var <= c^2 L Var / 2",
        "g**2", f"{exact(bounds.SHARPENED_PROPOSITION_2_SQUARE)}*L*c**2*V",
        premises=(FISHER.concluded(D="g", U="V", top="F"), fisher_norm().conclusion, "V >= 0"),
        witness=_COIN, origin=SHARED_COIN,
    )  # fmt: skip


def spectral_gradient() -> Query:
    """`||grad phi|| <= J sqrt(L Var / 2)`: the contrast norm is at most the spectral one."""
    return at_most(
        "gradient and spectral norm",
        "||grad phi||^2 <= c^2 L Var / 2 <= J^2 L Var / 2",
        "g**2", f"{exact(bounds.SHARPENED_PROPOSITION_2_SQUARE)}*L*J**2*V",
        premises=(contrast_gradient().conclusion, "0 <= c", CONTRAST.conclusion, "V >= 0", "L >= 1"),
        witness=_COIN, origin=SHARED_COIN,
    )  # fmt: skip


SIXTH_ROOTS = at_most(
    "sixth roots",
    "Var <= M^2 for rewards in [-M, M] (Popoviciu), so x <= y for Var = x^6, M = y^3",
    "x", "y",
    premises=(POPOVICIU.concluded(v="x**6", hi="y**3", lo="-y**3"), "x >= 0", "y > 0"),
    witness={"x": F(1), "y": F(1)}, origin=EVEN,
)  # fmt: skip


def proposition_2() -> Query:
    """The paper's bound, in sixth roots: `x^6 = Var`, `y^3 = M`."""
    return Query(
        name="Proposition 2",
        claim="||grad phi|| <= J sqrt(L/2) x^3 <= 6 y L J x^2, as x <= y and 1 <= L",
        premises=("g >= 0", "2*g**2 <= ell**2*J**2*x**6", "x >= 0", "y > 0", SIXTH_ROOTS.conclusion, "J >= 0",
                  "ell >= 1"),
        conclusion=f"g <= {exact(bounds.PROPOSITION_2_CONSTANT)}*y*ell**2*J*x**2",
        stronger="g <= (70/100)*y*ell**2*J*x**2",
        stronger_description="the constant 6 lowered to 0.70 (1/sqrt 2 is attained)",
        witness={"g": math.sqrt(0.5), "x": 1.0, "y": 1.0, "J": 1.0, "ell": 1.0},
        origin=EVEN,
    )  # fmt: skip


FLOW_SPEED = sum_at_most(
    "mean over prompts",
    "(sum w d)^2 <= k (sum w)(sum w v) if d^2 <= k v for every prompt: d the gradient's component, v the variance",
    "D**2", "k*W*V",
    known="W >= 0 and V >= 0", sums={"D": "w*d", "W": "w", "V": "w*v"},
    item=("w >= 0", "v >= 0", "k >= 0", "d**2 <= k*v"), outputs=[{"w": F(1, 2), "d": F(1), "v": F(2)}] * 2,
    parameters={"k": F(1, 2)},
)  # fmt: skip

MEAN_IN_RANGE = sum_at_most(
    "mean within the range",
    "lo sum p <= sum p a <= hi sum p for lo <= a <= hi",
    "M", "hi*W",
    known="M >= lo*W", sums={"M": "p*a", "W": "p"}, item=("p >= 0", "lo <= a", "a <= hi"),
    outputs=[{"p": F(1, 2), "a": F(1)}, {"p": F(1, 2), "a": F(1)}], parameters={"lo": F(0), "hi": F(1)},
)  # fmt: skip
SCORE_OF_A_POSITION = at_most(
    "score of a position",
    "|u . J_l^T (e_y - p)| = |a_y - sum p a| <= hi - lo <= K for a = u . J_l^T e, K = sqrt 2 c",
    "abs(a - M)", "K",
    premises=(MEAN_IN_RANGE.concluded(), "W == 1", "lo <= a", "a <= hi", RANGE.conclusion, "K >= 0",
              "K**2 == 2*c**2"),
    witness={"a": F(1), "M": F(0), "lo": F(0), "hi": F(1), "W": F(1), "K": F(1), "c": math.sqrt(0.5)},
    origin="an output of vanishing probability (numbers that the premises of this step allow)",
)  # fmt: skip
SCORE = sum_at_most(
    "score of an output",
    "|u . grad ln pi(y|x)| <= L K = sqrt 2 L c",
    "abs(s)", "K*L",
    sums={"s": "d", "L": "1"}, item=("abs(d) <= K",), outputs=[{"d": F(1)}, {"d": F(1)}], parameters={"K": F(1)},
)  # fmt: skip
