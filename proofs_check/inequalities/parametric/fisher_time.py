"""The Fisher form in time: speeds and rates with the Fisher information, for S7 and S8.

Letters as in `inequalities.parametric.variance_growth`, and: `f` and `g` the square roots of the largest eigenvalues of
the mean Fisher information and of the watched prompt's; `B` the largest advantage, `kappa` the longest score; `E` the
expected reward of the watched prompt, `C^2 = 1 - E^2`, `H` the derivative of `E` along the direction of motion.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities import meanings
from proofs_check.inequalities.meanings import MOVING
from proofs_check.inequalities.parametric.gradients import EVEN
from proofs_check.inequalities.parametric.variance_growth import MOTION
from proofs_check.inequalities.sums import (
    BOUNDED_REWARD,
    BOUNDED_SECOND_MOMENT,
    CAUCHY_SCHWARZ,
    SECOND_MOMENTS,
    WEIGHTED_MEAN,
)
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Terms

HALF = math.sqrt(0.5)
ALLOWED = "numbers that the premises of this step allow"
RARE = f"a rare output, in the limit ({ALLOWED})"
MEANS = MOVING | {
    "f": meanings.ROOT_OF_MEAN_FISHER_NORM,
    "g": meanings.ROOT_OF_FISHER_NORM,
    "B": meanings.LARGEST_ADVANTAGE,
    "kappa": meanings.SCORE_NORM,
    "H": meanings.REWARD_SPEED,
    "C": meanings.COSINE,
    "lam": meanings.COEFFICIENT,
}

SPEED = at_most(
    "speed and mean Fisher information",
    "||theta'||^2 = E[A s]^2 <= E[A^2] E[s^2] <= Lambda Var over outputs and prompts, s = v . grad ln pi",
    "X",
    "f*v",
    premises=(
        CAUCHY_SCHWARZ.concluded(D="X", U="V", V="U", p="w", u="A", v="score"),
        "U <= f**2",
        "V == v**2",
        "f >= 0",
        "v >= 0",
    ),
    witness={"X": HALF, "V": 1.0, "U": 0.5, "f": HALF, "v": 1.0},
    origin=EVEN,
    terms=(
        Terms(
            "the outputs of all prompts",
            "w A score",
            {"X": "w*A*score", "V": "w*A**2", "U": "w*score**2"},
            ("w >= 0",),
        ),
    ),
    means=MEANS,
)
REWARD_SPEED = at_most(
    "speed of an expected reward and Fisher information",
    "|E[(r - E r) s]| <= sqrt(Var[r] E[s^2]) <= sqrt(1 - (E r)^2) sqrt(Lambda_x) for r in [-1, 1]",
    "abs(H)",
    "C*g",
    premises=(
        CAUCHY_SCHWARZ.concluded(D="H", U="Q", V="U", u="(r - E)", v="score"),
        SECOND_MOMENTS.concluded(U="Q", V="other", Q="R", m="E", s="E", a="r"),
        BOUNDED_SECOND_MOMENT.concluded(),
        "W == 1",
        "U <= g**2",
        "g >= 0",
        "C >= 0",
        "C**2 == 1 - E**2",
    ),
    witness={"H": HALF, "Q": 1.0, "U": 0.5, "R": 1.0, "E": 0.0, "other": 1.0, "W": 1.0, "g": HALF, "C": 1.0},
    origin=EVEN,
    terms=(
        Terms(
            "the outputs",
            "p r score",
            {
                "H": "p*(r - E)*score",
                "Q": "p*(r - E)**2",
                "U": "p*score**2",
                "R": "p*r**2",
                "E": "p*r",
                "other": "p*(r + E)**2",
                "W": "p",
            },
            BOUNDED_REWARD,
        ),
    ),
    means=MEANS,
)
ARCSINE_SPEED = at_most(
    "speed of the arcsine",
    "d/dt arcsin(E r) = H ||theta'|| / sqrt(1 - (E r)^2) <= sqrt(Lambda_x) ||theta'||",
    "angle",
    "g*X",
    premises=(REWARD_SPEED.stated(), "angle*C == H*X", "C > 0", "X >= 0", "g >= 0"),
    witness={"angle": 0.5, "H": HALF, "C": 1.0, "X": HALF, "g": HALF},
    origin=EVEN,
    means=MEANS,
)

FOURTH_MOMENT = at_most(
    "moment and largest advantage",
    "E[A^2 s]^2 <= E[A^4] E[s^2] <= B^2 Var Lambda, as A^2 <= B^2",
    "Y",
    "B*f*v",
    premises=(
        CAUCHY_SCHWARZ.concluded(D="Y", U="T", V="U", p="w", u="A**2", v="score"),
        WEIGHTED_MEAN.concluded(A="T", W="V", w="w*A**2", a="A**2", top="B**2"),
        "U <= f**2",
        "V == v**2",
        "f >= 0",
        "v >= 0",
        "B >= 0",
    ),
    witness={"Y": F(1), "T": F(1), "U": F(1), "V": F(1), "B": F(1), "f": F(1), "v": F(1)},
    origin=RARE,
    terms=(
        Terms(
            "the outputs of all prompts",
            "w A score",
            {"Y": "w*A**2*score", "T": "w*(A**2)**2", "U": "w*score**2", "V": "w*A**2"},
            ("w >= 0", "abs(A) <= B"),
        ),
    ),
    means=MEANS,
)
RATE_BY_ADVANTAGE = at_most(
    "rate of the variance by the largest advantage",
    "d/dt Var = X Y - 2 lam X^2 <= (sqrt Lambda v)(B sqrt Lambda v) = B Lambda Var",
    "rate",
    "B*f**2*v**2",
    premises=(
        SPEED.stated(),
        FOURTH_MOMENT.stated(),
        MOTION.stated(),
        "X >= 0",
        "lam >= 0",
        "B >= 0",
        "f >= 0",
        "v >= 0",
    ),
    witness={name: F(1) for name in ("rate", "X", "Y", "B", "f", "v")} | {"lam": F(0)},
    origin=RARE,
    means=MEANS,
)

SCORE_LENGTH = at_most(
    "score along a unit vector",
    "u . grad ln pi(y|x) <= ||grad ln pi(y|x)|| <= kappa, by Cauchy-Schwarz over the parameters",
    "s",
    "kappa",
    premises=(
        CAUCHY_SCHWARZ.concluded(D="s", U="one", V="N", p="1", v="slope"),
        "one == 1",
        "N <= kappa**2",
        "kappa >= 0",
    ),
    witness={"s": HALF, "one": 1.0, "N": 0.5, "kappa": HALF},
    origin=EVEN,
    terms=(Terms("the parameters", "u slope", {"s": "u*slope", "one": "u**2", "N": "slope**2"}),),
    means={"s": meanings.SCORE, "kappa": meanings.SCORE_NORM},
)
RATE_BY_SCORE = at_most(
    "rate of the variance by the longest score",
    "d/dt Var = X Y - 2 lam X^2 <= kappa ||theta'|| Var, as E[A^2 s] <= kappa E[A^2]",
    "rate",
    "kappa*X*v**2",
    premises=(
        WEIGHTED_MEAN.concluded(A="Y", top="kappa", W="V", a="score"),
        MOTION.stated(),
        "V == v**2",
        "X >= 0",
        "lam >= 0",
        "kappa >= 0",
    ),
    witness={name: F(1) for name in ("rate", "X", "Y", "V", "kappa", "v")} | {"lam": F(0)},
    origin=RARE,
    terms=(
        Terms(
            "the outputs of all prompts, w their probability times A^2",
            "w score",
            {"Y": "w*score", "V": "w"},
            ("w >= 0", SCORE_LENGTH.stated(s="score")),
        ),
    ),
    means=MEANS | {"score": meanings.SCORE},
)
