"""Rates of the variance of `r_KL` with shared parameters: S4's rate, S6's, and Lemma 5's.

Letters as in `inequalities.parametric.gradients`, and: `A` the advantage, `s = v . grad ln pi` the score along the
direction of motion; `X = E[A s]` the speed `||theta'||`, `Y = E[A^2 s]`; `V` the variance, averaged over prompts, `v`
its square root; `B = L K` the most that `s` can be, `u = B - s`, `R = E[1/u]`. Means are over outputs, and over prompts
where nothing else is said.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities import meanings
from proofs_check.inequalities.meanings import MOVING
from proofs_check.inequalities.parametric.gradients import CONTRAST, EVEN
from proofs_check.inequalities.parametric.many_tokens import MANY_TOKENS_RATE
from proofs_check.inequalities.parametric.one_token import AT_FASTEST, FASTEST, ONE_TOKEN_RATE
from proofs_check.inequalities.parametric.scores import SCORE, flow_speed
from proofs_check.inequalities.sums import POPOVICIU, WEIGHTED_MEAN, within
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Induction, Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import parameter_space

RATES_OF_PROMPTS = Induction(
    name="rates of prompts",
    claim="sum w dVar_x = X (sum w y - 2 lam sum w x) where every prompt has dVar_x = X y - 2 lam X x",
    sums={"R": "w*rate", "Y": "w*y", "S": "w*x"},
    item=("rate == X*y - 2*lam*X*x",),
    invariant="R == X*(Y - 2*lam*S)",
    stronger="R == X*(Y - lam*S)",
    stronger_description="half of the KL term",
    outputs=[{"w": F(1), "y": F(1), "x": F(1), "rate": F(-1)}],
    parameters={"X": F(1), "lam": F(1)},
)
MOTION = Query(
    name="motion of the mean variance",
    claim="d/dt Var = X Y - 2 lam X^2, with X = E[A s] = ||theta'||, Y = E[A^2 s], s = v . grad ln pi: the directional "
    "derivative of the variance along theta' = X v, and v . theta' = v . grad phi = E[A s] = X",
    premises=(RATES_OF_PROMPTS.concluded(R="rate", rate="change"), "S == X"),
    conclusion="rate == X*Y - 2*lam*X**2",
    stronger="rate == X*Y - lam*X**2",
    stronger_description="half of the KL term",
    witness={"rate": F(-1), "X": F(1), "Y": F(1), "S": F(1), "lam": F(1)},
    origin="X = Y = lambda = 1 (numbers that the premises of this step allow)",
    terms=(
        Terms(
            "the prompts", "w change y x", {"rate": "w*change", "Y": "w*y", "S": "w*x"}, ("change == X*y - 2*lam*X*x",)
        ),
    ),
    means=MOVING | {"lam": meanings.COEFFICIENT},
)


def spectral_rate() -> Query:
    """S4, step 1: `X <= c sqrt(L V / 2)` and `Y <= L K V`."""
    return Query(
        name="rate with the spectral norm",
        claim="d/dt Var = X Y - 2 lam X^2 <= c sqrt(L/2) v (sqrt 2 L c v^2) <= L^(3/2) J^2 v^3",
        premises=(
            "X >= 0",
            flow_speed().stated(L="ell**2", V="v**2"),
            WEIGHTED_MEAN.concluded(A="Y", top="(ell**2*K)", W="V", a="score"),
            "V == v**2",
            "K >= 0",
            "K**2 == 2*c**2",
            "v >= 0",
            "ell >= 1",
            "0 <= c",
            "J >= 0",
            CONTRAST.stated(),
            "lam >= 0",
            MOTION.stated(),
        ),
        conclusion=f"rate <= {quotient(parameter_space.SHARPENED_VARIANCE_RATE)}*ell**3*J**2*v**3",
        stronger="rate <= (49/100)*ell**3*J**2*v**3",
        stronger_description="the constant 1 lowered to 0.49 (1/2 is attained for L = 1)",
        witness=AT_FASTEST,
        origin=FASTEST,
        terms=(
            Terms(
                "the outputs of all prompts, w their probability times A^2",
                "w score",
                {"Y": "w*score", "V": "w"},
                ("w >= 0", SCORE.stated(s="score", L="ell**2")),
            ),
        ),
        means=MOVING
        | {
            "c": meanings.CONTRAST_NORM,
            "J": meanings.SPECTRAL_NORM,
            "score": meanings.SCORE,
            "lam": meanings.COEFFICIENT,
        },
    )


IN_SIXTH_ROOTS = MOVING | {
    "lam": meanings.COEFFICIENT,
    "x**3": meanings.DEVIATION,
    "x**6": meanings.MEAN_VARIANCE,
    "J": meanings.SPECTRAL_NORM,
    "c": meanings.CONTRAST_NORM,
}
LARGEST_MEAN_VARIANCE = at_most(
    "mean variance of rewards in an interval",
    "sum w Var_x <= (hi - lo)^2 / 4 over prompts of weight w",
    "4*V",
    "(hi - lo)**2",
    premises=(WEIGHTED_MEAN.concluded(A="V", W="S", a="v", top="((hi - lo)**2/4)"), "S == 1"),
    witness={"V": F(1), "S": F(1), "hi": F(1), "lo": F(-1)},
    origin=EVEN,
    terms=(
        Terms(
            "the prompts",
            "w v Q E W",
            {"V": "w*v", "S": "w"},
            ("w >= 0", "W == 1", "v == Q - E**2", POPOVICIU.concluded()),
            (within("lo", "hi"),),
        ),
    ),
)


def prompts_within(lo: str, hi: str) -> Terms:
    """What `LARGEST_MEAN_VARIANCE` asks of prompts, for rewards between two numbers."""
    known = ("w >= 0", "W == 1", "variance == Q - E**2", POPOVICIU.concluded(v="variance", lo=lo, hi=hi))
    return Terms("the prompts", "w variance Q E W", {"V": "w*variance", "S": "w"}, known, (within(lo, hi),))


def lemma_5_rate() -> Query:
    """The paper's rate, in sixth roots of the variance, `v = x^3`."""
    limit = quotient(parameter_space.LEMMA_6_REWARD_LIMIT)
    return Query(
        name="rate of Lemma 5",
        claim="d/dt Var <= L^(3/2) J^2 x^9 <= 24 L^2 J^2 x^8, as x^6 = Var <= 64 for rewards in [-8, 8]",
        premises=(
            spectral_rate().stated(v="x**3"),
            LARGEST_MEAN_VARIANCE.concluded(v="variance", hi=limit, lo=f"-{limit}"),
            "V == x**6",
            "x >= 0",
            "J >= 0",
            "ell >= 1",
        ),
        conclusion=f"rate <= {quotient(parameter_space.LEMMA_5_VARIANCE_RATE)}*ell**4*J**2*x**8",
        stronger="rate <= (44/100)*ell**4*J**2*x**8",
        stronger_description="the constant 24 lowered to 0.44 (0.445 is attained)",
        witness=AT_FASTEST,
        origin=FASTEST,
        given=("S == 1", "X >= 0", "K >= 0", "K**2 == 2*c**2", "0 <= c", "lam >= 0"),
        terms=(prompts_within(f"-{limit}", limit),),
        means=IN_SIXTH_ROOTS,
    )


def contrast_rate() -> Query:
    """S6, step 2: one token, or at least two."""
    return Query(
        name="rate with the contrast norm",
        claim="d/dt Var = X Y - 2 lam X^2 <= (1/4) L^(3/2) K^2 v^3 = (1/2) L^(3/2) c^2 v^3",
        # Where K = 0 nothing moves.
        premises=(
            "ell == 1 or ell**2 >= 2",
            ONE_TOKEN_RATE.stated(when="ell == 1 and K > 0"),
            MANY_TOKENS_RATE.stated(when="ell**2 >= 2 and K > 0"),
            flow_speed().stated(L="ell**2", V="v**2"),
            "X >= 0",
            "ell >= 1",
            "K >= 0",
            "K**2 == 2*c**2",
            "v >= 0",
            "lam >= 0",
            MOTION.stated(),
        ),
        conclusion=f"rate <= {quotient(parameter_space.CONTRAST_VARIANCE_RATE)}*ell**3*c**2*v**3",
        stronger="rate <= (49/100)*ell**3*c**2*v**3",
        stronger_description="the constant 1/2 lowered to 0.49",
        witness=AT_FASTEST,
        origin=FASTEST,
        means=MOVING | {"c": meanings.CONTRAST_NORM, "lam": meanings.COEFFICIENT},
    )


def lemma_5_speed() -> Query:
    """`||theta'|| <= 12 L J Var^(1/3)`, in sixth roots: twelve is Proposition 2's constant for `M = 8`."""
    limit = quotient(parameter_space.LEMMA_6_REWARD_LIMIT)
    return Query(
        name="speed of Lemma 5",
        claim="||theta'|| <= c sqrt(L/2) x^3 <= 12 L J x^2, as x^6 = Var <= 64 for rewards in [-8, 8]",
        premises=(
            "X >= 0",
            flow_speed().stated(L="ell**2", V="x**6"),
            LARGEST_MEAN_VARIANCE.concluded(v="variance", hi=limit, lo=f"-{limit}"),
            "V == x**6",
            "x >= 0",
            "0 <= c",
            "J >= 0",
            CONTRAST.stated(),
            "ell >= 1",
        ),
        conclusion="X <= 12*ell**2*J*x**2",
        stronger="X <= (7/10)*ell**2*J*x**2",
        stronger_description="the constant 12 lowered to 0.7 (1/sqrt 2 is attained)",
        witness={"X": math.sqrt(0.5), "x": 1.0, "c": 1.0, "J": 1.0, "ell": 1.0, "V": 1.0},
        origin=EVEN,
        given=("S == 1",),
        terms=(prompts_within(f"-{limit}", limit),),
        means=IN_SIXTH_ROOTS,
    )
