"""S6's rate for outputs of one token: the potential `u = B - s` of `many_tokens`, begun at `B = 3 K / (2 sqrt 2)`.

One step from there has `K E[1/u] <= 2 z` with `z + 1/z = 2 B / K`, that is `z = 1/sqrt 2`, and the constant comes out
exactly: no argument of its own is needed for one token. Letters of `variance_growth`; `r` is the square root of two.
"""

from __future__ import annotations

import math

from proofs_check.inequalities.meanings import MOVING
from proofs_check.inequalities.parametric.many_tokens import (
    LARGEST_PRODUCT,
    MEANS_OF_ZERO,
    NONNEGATIVE_SHARE,
    OUTPUTS_AND_POTENTIAL,
    PARABOLA,
    SHARE,
)
from proofs_check.inequalities.rates import EXTREMAL
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Query

FASTEST = "p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), a table of one token, lambda = 0"


def _fastest() -> dict[str, float]:
    """Means at the policy whose variance grows fastest: two outputs, a table, `r = (1, -1)`."""
    p, q = EXTREMAL
    first, second = 2 * q, -2 * p
    deviation = 2 * math.sqrt(p * q)
    mean = 2 * first * p
    # The gradient is (p A_1, q A_2) = (x, -x); along it the scores are sqrt 2 (q, -p) in the direction (1, -1)/sqrt 2.
    scores = math.sqrt(2) * q, -math.sqrt(2) * p
    spread = p * abs(first**2 - deviation**2) + q * abs(second**2 - deviation**2)
    moments = {
        "X": p * first * scores[0] + q * second * scores[1],
        "Y": p * first**2 * scores[0] + q * second**2 * scores[1],
        "V": deviation**2,
        "v": deviation,
        "s": deviation,
        "m": mean,
        "M": mean**2,
        "D": spread,
        "H": spread / 2,
        "T": deviation**2 - mean**2,
        "W": 1.0,
        "K": math.sqrt(2),
        "c": 1.0,
        "J": 1.0,
        "ell": 1.0,
        "lam": 0.0,
        "x": deviation ** (1 / 3),
    }
    return moments | {"rate": moments["X"] * moments["Y"]}


AT_FASTEST = _fastest()


ROOT_OF_TWO = ("r > 0", "r**2 == 2")
START = "4*B == 3*r*K"
"""`B = 3 K / (2 sqrt 2)`."""

BEST_STEP = Query(
    name="one step from the best start",
    claim="z = 1/sqrt 2 for w = 3/(2 sqrt 2), as z + 1/z = 2 w and z <= 1: K E[1/u] <= 2 z = sqrt 2",
    premises=(*ROOT_OF_TWO, "4*w == 3*r", "z > 0", "z <= 1", "z**2 + 1 == 2*w*z"),
    conclusion="2*z == r",
    stronger="z == r",
    stronger_description="twice the root",
    witness={"r": math.sqrt(2), "w": 3 / (2 * math.sqrt(2)), "z": math.sqrt(0.5)},
    origin="w = 3/(2 sqrt 2)",
)
LOW_START = at_most(
    "what one step leaves",
    "q = B - 1/R <= K/(2 sqrt 2), as K R <= sqrt 2",
    "4*q",
    "r*K",
    premises=("K > 0", "R > 0", *ROOT_OF_TWO, "K*R <= r", "d*R == 1", "q == B - d", START),
    witness={
        "K": math.sqrt(2),
        "R": 1.0,
        "r": math.sqrt(2),
        "d": 1.0,
        "q": 0.5,
        "B": 1.5,
    },
    origin="the bound on E[1/u] attained (numbers that the premises of this step allow)",
)
ONE_TOKEN_RATE = at_most(
    "rate for one token",
    "X Y <= (2/3) B V m <= (1/4) K^2 v^3, as m^2 = B V q/3 <= K^2 V/8",
    "4*X*Y",
    "K**2*v**3",
    # Written so that m is not taken to exist before q is known not to be negative.
    premises=(
        "m >= 0",
        "K > 0",
        "v >= 0",
        *ROOT_OF_TWO,
        START,
        "q < 0 or 3*m**2 == B*v**2*q",
        NONNEGATIVE_SHARE.concluded(),
        LOW_START.concluded(),
        LARGEST_PRODUCT.concluded(B="(B*v**2)"),
    ),
    witness=AT_FASTEST | {"r": math.sqrt(2), "B": 1.5, "q": 0.5, "m": AT_FASTEST["v"] / 2},
    origin=FASTEST,
    given=(
        "X >= 0",
        "V == v**2",
        "B > 0",
        *MEANS_OF_ZERO,
        *SHARE,
        "R > 0",
        "K*R <= r",
        PARABOLA.concluded(),
    ),
    terms=(OUTPUTS_AND_POTENTIAL,),
    means=MOVING,
)
