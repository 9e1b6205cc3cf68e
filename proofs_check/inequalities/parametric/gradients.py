"""Policies of any kind at one moment: the Fisher information, gradients and scores, in any number of parameters.

Letters: `u` a direction of length one; `c` the contrast norm and `J` the spectral one; `L` the length, `ell` its square
root; `V` the variance of `r_KL`, `v` its square root; `g` the norm of a gradient; `K = sqrt 2 c`, which bounds the
range of `u . J_l^T e_i` over the tokens `i` of a position.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities import meanings
from proofs_check.inequalities.rates import FISHER
from proofs_check.inequalities.sums import (
    CAUCHY_SCHWARZ,
    MOMENTS,
    NONNEGATIVE_SQUARES,
    POPOVICIU,
    SECOND_MOMENTS,
    WEIGHTED_MEAN,
    within,
)
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Induction, Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import parameter_space

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
    terms=(
        Terms(
            "the tokens",
            "p a",
            {"d": "p*(a - q)**2", "other": "p*(a + q)**2", "S": "p*a**2", "q": "p*a", "W": "p"},
            ("p >= 0",),
        ),
    ),
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
TOWER = Induction(
    name="tower property",
    claim="Q_{l-1} is the mean of Q_l over the next token: the outputs that begin with a prefix are those that go on "
    "with one token or another, and A sums over the latter to the token's probability times Q_l",
    sums={"whole": "part", "mean": "p*q"},
    item=("part == p*q",),
    invariant="whole == mean",
    stronger="2*whole == mean",
    stronger_description="half the mean",
    outputs=[{"part": F(1, 4), "p": F(1, 2), "q": F(1, 2)}],
)
ENDS = Query(
    name="ends of the martingale",
    claim="sum of the parts of the positions = E[Q_L^2] = Var, as Q_L = A and Q_0 = E[A] = 0",
    premises=(POSITIONS.concluded(), "rise == var - first**2", "first == 0"),
    conclusion="T == var",
    stronger="2*T == var",
    stronger_description="half the variance",
    witness={"rise": F(1), "T": F(1), "var": F(1), "first": F(0)},
    origin=SHARED_COIN,
    terms=(POSITIONS.over("the positions"),),
)

DIFFERENCE = Induction(
    name="square of a difference",
    claim="||g||^2 = grad f_i . g - grad f_j . g for g = grad f_i - grad f_j, summed over parameters",
    sums={"N": "g**2", "a": "first*g", "b": "second*g"},
    item=("g == first - second",),
    invariant="N == a - b",
    stronger="N == a + b",
    stronger_description="the sign of the second part turned",
    outputs=[{"g": F(2), "first": F(1), "second": F(-1)}],
)
IMAGE = Query(
    name="entries of the Jacobian's image",
    claim="a^2 + b^2 <= ||J_l g||^2 <= J^2 ||g||^2: a = grad f_i . g and b = grad f_j . g are two of the entries",
    premises=("image <= J**2*N", "image == a**2 + b**2 + Q", NONNEGATIVE_SQUARES.concluded(x="entry")),
    conclusion="a**2 + b**2 <= J**2*N",
    stronger="2*(a**2 + b**2) <= J**2*N",
    stronger_description="half the bound",
    witness={"N": F(2), "a": F(1), "b": F(-1), "Q": F(0), "J": F(1), "image": F(2)},
    origin="a table: grad f_i is the unit vector i",
    terms=(Terms("the logits of the other tokens", "entry", {"Q": "entry**2"}),),
)
CONTRAST = at_most(
    "contrast of two logits",
    "g = grad(f_i - f_j): ||g||^2 = a - b for a = grad f_i . g, b = grad f_j . g, so ||g||^4 <= 2 (a^2 + b^2) <= "
    "2 J^2 ||g||^2; at the prefix and the pair at which the contrast norm c is attained",
    "c",
    "J",
    premises=(DIFFERENCE.concluded(), IMAGE.concluded(), "J >= 0", "c >= 0", "2*c**2 == N"),
    witness={"N": F(2), "a": F(1), "b": F(-1), "J": F(1), "c": F(1)},
    origin="a table: grad f_i is the unit vector i",
    given=("image <= J**2*N", "image == a**2 + b**2 + Q"),
    terms=(DIFFERENCE.over("the parameters"), *IMAGE.terms),
    means={"c": meanings.CONTRAST_NORM, "J": meanings.SPECTRAL_NORM},
)
ALONG = Terms("the parameters", "u g", {"reach": "u*g", "one": "u**2", "N": "g**2"})
REACH = ("reach == hi - lo", "one == 1", "N <= 2*c**2")
RANGE = at_most(
    "range of a position",
    "(hi - lo)^2 = (u . grad(f_i - f_j))^2 <= ||grad(f_i - f_j)||^2 <= 2 c^2, by Cauchy-Schwarz over parameters",
    "(hi - lo)**2",
    "2*c**2",
    premises=(CAUCHY_SCHWARZ.concluded(D="reach", U="one", V="N", p="1", v="g"), *REACH),
    witness={"hi": math.sqrt(0.5), "lo": -math.sqrt(0.5), "one": 1.0, "N": 2.0, "c": 1.0, "reach": math.sqrt(2)},
    origin="a table of two outputs, u = (1, -1)/sqrt 2",
    terms=(ALONG,),
)
ONE_POSITION = at_most(
    "Fisher information of a position",
    "Var_{p_l}[u . J_l^T e] <= (hi - lo)^2 / 4 <= c^2 / 2",
    "2*v",
    "c**2",
    premises=(POPOVICIU.concluded(), RANGE.concluded()),
    witness={"hi": math.sqrt(0.5), "lo": -math.sqrt(0.5), "v": 0.5, "c": 1.0},
    origin="p = (1/2, 1/2), a table of two outputs, u = (1, -1)/sqrt 2",
    given=(*MOMENTS, *REACH),
    terms=(within("lo", "hi"), ALONG),
)
ALL_POSITIONS = sum_at_most(
    "Fisher information of all positions",
    "sum over positions of their parts <= L c^2 / 2",
    "2*F",
    "c**2*L",
    sums={"F": "d", "L": "1"},
    item=("2*d <= c**2",),
    outputs=[{"d": F(1, 2)}, {"d": F(1, 2)}],
    parameters={"c": F(1)},
)

_TOKENS_OF_A_POSITION = (within("lo", "hi"), ALONG)
_PREFIXES = Terms(
    "the prefixes of a position, of probability w",
    "w v Q E W lo hi reach one N",
    {"d": "w*v", "total": "w"},
    ("w >= 0", *MOMENTS, *REACH, ONE_POSITION.concluded()),
    _TOKENS_OF_A_POSITION,
)
FISHER_POSITIONS = Terms(
    "the positions",
    "d total",
    {"F": "d", "L": "1"},
    ("total == 1", WEIGHTED_MEAN.concluded(A="d", W="total", a="v", top="(c**2/2)")),
    (_PREFIXES,),
)
"""What the Fisher information along a unit vector sums: per position the mean over prefixes of the scores' variance."""


def fisher_norm() -> Query:
    """`lambda_max(F) <= L c^2 / 2`, with the factor of the code."""
    return at_most(
        "largest eigenvalue of the Fisher information",
        "lambda_max(F) = u^T F u <= L c^2 / 2 for the eigenvector u",
        "F",
        f"{quotient(parameter_space.SHARPENED_PROPOSITION_2_SQUARE)}*L*c**2",
        premises=(ALL_POSITIONS.concluded(), "L >= 1"),
        witness={"F": F(1), "L": F(2), "c": F(1)},
        origin=SHARED_COIN,
        terms=(FISHER_POSITIONS,),
        means={"F": meanings.FISHER_NORM, "L": meanings.LENGTH, "c": meanings.CONTRAST_NORM},
    )


_COIN = {"g": math.sqrt(0.5), "V": 0.5, "F": 1.0, "L": 2.0, "c": 1.0, "J": 1.0}
ONE_PROMPT = {
    "g": meanings.GRADIENT,
    "V": meanings.VARIANCE,
    "F": meanings.FISHER_NORM,
    "L": meanings.LENGTH,
    "c": meanings.CONTRAST_NORM,
    "J": meanings.SPECTRAL_NORM,
}


def contrast_gradient() -> Query:
    """`||grad phi|| <= c sqrt(L Var / 2)`: S0 with the bound on the Fisher information."""
    return at_most(
        "gradient and contrast norm",
        "||grad phi||^2 <= lambda_max(F) Var <= c^2 L Var / 2",
        "g**2",
        f"{quotient(parameter_space.SHARPENED_PROPOSITION_2_SQUARE)}*L*c**2*V",
        premises=(FISHER.stated(D="g", U="V", top="F"), fisher_norm().stated(), "V >= 0", "L >= 1"),
        witness=_COIN,
        origin=SHARED_COIN,
        means=ONE_PROMPT,
    )


def spectral_gradient() -> Query:
    """`||grad phi|| <= J sqrt(L Var / 2)`: the contrast norm is at most the spectral one."""
    return at_most(
        "gradient and spectral norm",
        "||grad phi||^2 <= c^2 L Var / 2 <= J^2 L Var / 2",
        "g**2",
        f"{quotient(parameter_space.SHARPENED_PROPOSITION_2_SQUARE)}*L*J**2*V",
        premises=(contrast_gradient().stated(), "0 <= c", "J >= 0", CONTRAST.stated(), "V >= 0", "L >= 1"),
        witness=_COIN,
        origin=SHARED_COIN,
        means=ONE_PROMPT,
    )


SIXTH_ROOTS = at_most(
    "sixth roots",
    "Var <= M^2 for rewards in [-M, M] (Popoviciu), so x <= y for Var = x^6, M = y^3",
    "x",
    "y",
    premises=(POPOVICIU.concluded(v="x**6", hi="y**3", lo="-y**3"), "x >= 0", "y > 0"),
    witness={"x": F(1), "y": F(1)},
    origin=EVEN,
    given=("W == 1", "x**6 == Q - E**2"),
    terms=(within("-y**3", "y**3"),),
)


def proposition_2() -> Query:
    """The paper's bound, in sixth roots: `x^6 = Var`, `y^3 = M`."""
    return Query(
        name="Proposition 2",
        claim="||grad phi|| <= J sqrt(L/2) x^3 <= 6 y L J x^2, as x <= y and 1 <= L",
        premises=(
            "g >= 0",
            spectral_gradient().stated(L="ell**2", V="x**6"),
            "x >= 0",
            "y > 0",
            SIXTH_ROOTS.concluded(),
            "J >= 0",
            "ell >= 1",
        ),
        conclusion=f"g <= {quotient(parameter_space.PROPOSITION_2_CONSTANT)}*y*ell**2*J*x**2",
        stronger="g <= (70/100)*y*ell**2*J*x**2",
        stronger_description="the constant 6 lowered to 0.70 (1/sqrt 2 is attained)",
        witness={"g": math.sqrt(0.5), "x": 1.0, "y": 1.0, "J": 1.0, "ell": 1.0},
        origin=EVEN,
        given=("W == 1", "x**6 == Q - E**2", "0 <= c"),
        terms=(within("-y**3", "y**3"),),
        means={
            "c": meanings.CONTRAST_NORM,
            "g": meanings.GRADIENT,
            "x**6": meanings.VARIANCE,
            "ell**2": meanings.LENGTH,
            "J": meanings.SPECTRAL_NORM,
        },
    )
