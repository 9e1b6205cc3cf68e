"""S8 against S4: the algebra of the comparison of two bounds.

`f`, `g` and `kappa` as in `inequalities.parametric.fisher_time`; `reach = J sqrt(L/2)`; `a`, `low` and `b` stand for
`1 - exp(-x)` at the exponents `high = kappa D / (2 g)`, `least = kappa gamma / (2 reach)` and `most = sqrt(L) gamma`.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities import meanings
from proofs_check.inequalities.parametric.gradients import CONTRAST, EVEN, fisher_norm
from proofs_check.inequalities.parametric.scores import SCORE
from proofs_check.inequalities.sums import WEIGHTED_MEAN
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Query, Terms
from proofs_check.symbolic.constants import quotient
from proofs_check.symbolic.vanishing import SMALL_INCREASE
from theory.bounds import parameter_space

ROOT = math.sqrt(2)
ONE_PROMPT = {
    "F": meanings.FISHER_NORM,
    "M": meanings.MEAN_FISHER_NORM,
    "L": meanings.LENGTH,
    "c": meanings.CONTRAST_NORM,
    "J": meanings.SPECTRAL_NORM,
}

ARCSINE_SLOPE = Query(
    name="slope of the arcsine",
    claim="1 / sqrt(1 - x^2) >= 1, so that D = arcsin(V_0 + gamma) - arcsin(V_0) >= gamma",
    premises=("C > 0", "C**2 == 1 - x**2", "slope*C == 1"),
    conclusion="slope >= 1",
    stronger="100*slope >= 101",
    stronger_description="the slope raised by one per cent",
    witness={"x": F(0), "C": F(1), "slope": F(1)},
    origin="V_0 = 0, as gamma falls to 0",
)


def mean_fisher_norm() -> Query:
    """`Lambda <= L J^2 / 2`: the mean's largest eigenvalue is at most the mean of the largest."""
    factor = f"({quotient(parameter_space.SHARPENED_PROPOSITION_2_SQUARE)}*L*c**2)"
    return at_most(
        "largest eigenvalue of the mean Fisher information",
        "lambda_max(sum w F_x) <= sum w lambda_max(F_x) <= L c^2 / 2 <= L J^2 / 2 over prompts of weight w",
        "M",
        f"{quotient(parameter_space.SHARPENED_PROPOSITION_2_SQUARE)}*L*J**2",
        premises=(
            "M <= T",
            WEIGHTED_MEAN.concluded(A="T", W="S", a="F", top=factor),
            "S == 1",
            "L >= 1",
            "c >= 0",
            "J >= 0",
            CONTRAST.stated(),
        ),
        witness={"M": F(1, 2), "T": F(1, 2), "S": F(1), "L": F(1), "c": F(1), "J": F(1)},
        origin=EVEN,
        terms=(Terms("the prompts", "w F", {"T": "w*F", "S": "w"}, ("w >= 0", fisher_norm().stated())),),
        means=ONE_PROMPT,
    )


LIMITS_GIVEN = (
    "c >= 0",
    "J >= 0",
    "ell >= 1",
    "f >= 0",
    "g >= 0",
    "k > 0",
    "k**2 == 2",
    "K == k*c",
    "2*reach == k*ell*J",
)
LIMITS_MEANS = {
    "f**2": meanings.MEAN_FISHER_NORM,
    "g**2": meanings.FISHER_NORM,
    "ell**2": meanings.LENGTH,
    "c": meanings.CONTRAST_NORM,
    "J": meanings.SPECTRAL_NORM,
    "kappa": meanings.SCORE,
    "K": meanings.SCORE_STEP,
}


def limits() -> Query:
    """What the norm of the Jacobian says of the Fisher information and of scores; `reach^2 = L J^2 / 2`."""
    return Query(
        name="Fisher information and scores by the Jacobian",
        claim="sqrt Lambda <= J sqrt(L/2), sqrt(Lambda_x) <= J sqrt(L/2) and kappa <= sqrt 2 L J; kappa is a score "
        "along its own direction",
        premises=(
            *LIMITS_GIVEN,
            mean_fisher_norm().stated(M="f**2", L="ell**2"),
            fisher_norm().stated(F="g**2", L="ell**2"),
            SCORE.stated(s="kappa", L="ell**2"),
            CONTRAST.stated(),
        ),
        conclusion="f <= reach and g <= reach and kappa <= 2*ell*reach",
        stronger="f <= reach and g <= reach and 100*kappa <= 99*2*ell*reach",
        stronger_description="the longest score lowered by one per cent",
        witness={
            "c": 1.0,
            "J": 1.0,
            "ell": 1.0,
            "k": ROOT,
            "K": ROOT,
            "reach": 1 / ROOT,
            "f": 1 / ROOT,
            "g": 1 / ROOT,
            "kappa": ROOT,
        },
        origin="an output of vanishing probability (numbers that the premises of this step allow)",
        means=LIMITS_MEANS,
    )


EXPONENTS_GIVEN = (
    "kappa > 0",
    "gam > 0",
    "gam <= D",
    "g > 0",
    "reach > 0",
    "high*2*g == kappa*D",
    "least*2*reach == kappa*gam",
    "most == ell*gam",
    "ell >= 1",
)


def exponents() -> Query:
    """The exponent of S8 is at least `least`, which is at most that of S4."""
    return Query(
        name="exponents",
        claim="kappa D / (2 sqrt(Lambda_x)) >= kappa gamma / (2 J sqrt(L/2)), which is at most sqrt(L) gamma",
        premises=(*EXPONENTS_GIVEN, "g <= reach", "kappa <= 2*ell*reach"),
        conclusion="least <= high and least <= most and 0 < least",
        stronger="least <= high and 100*least <= 99*most",
        stronger_description="the second exponent lowered by one per cent",
        witness={name: F(1) for name in ("gam", "D", "g", "reach", "high", "least", "most", "ell")} | {"kappa": F(2)},
        origin="an output of vanishing probability (numbers that the premises of this step allow)",
    )


def comparison() -> Query:
    """S8's bound is at least S4's."""
    small, rise = SMALL_INCREASE, math.asin(SMALL_INCREASE)
    score = (1 + small) / ROOT
    high, least = score * rise * ROOT / 2, score * small * ROOT / 2
    return Query(
        name="S8 against S4",
        claim="2 a / (kappa sqrt Lambda s0) >= 2 low / (kappa reach s0) >= 2 b least / (most kappa reach s0) = "
        "2 b / (L^(3/2) J^2 s0), as low/least >= b/most",
        premises=(
            exponents().concluded(),
            "least > high or low <= a",
            "least > most or low*most >= b*least",
            "least*2*reach == kappa*gam",
            "most == ell*gam",
            "0 < f",
            "f <= reach",
            "s0 > 0",
            "kappa > 0",
            "gam > 0",
            "ell >= 1",
            "J > 0",
            "2*reach**2 == ell**2*J**2",
            "reach > 0",
            "ours*kappa*f*s0 == 2*a",
            "theirs*ell**3*J**2*s0 == 2*b",
            "a > 0",
            "b > 0",
        ),
        conclusion="theirs <= ours",
        stronger="1005*theirs <= 1000*ours",
        stronger_description="the bound of S4 raised by half a per cent",
        witness={
            "gam": small,
            "D": rise,
            "kappa": score,
            "g": 1 / ROOT,
            "f": 1 / ROOT,
            "reach": 1 / ROOT,
            "ell": 1.0,
            "J": 1.0,
            "s0": 1.0,
            "high": high,
            "least": least,
            "most": small,
            "a": -math.expm1(-high),
            "low": -math.expm1(-least),
            "b": -math.expm1(-small),
            "ours": 2 * -math.expm1(-high) / (score / ROOT),
            "theirs": 2 * -math.expm1(-small),
        },
        origin=f"{EVEN}, gamma = 0.001",
        given=(*EXPONENTS_GIVEN, *LIMITS_GIVEN, *limits().premises[len(LIMITS_GIVEN) :], limits().concluded()),
        means=LIMITS_MEANS,
    )
