"""How fast reward variance, expected rewards and probabilities move: the last algebra of each bound.

The sums are those of `smt_sums`: `s` the standard deviation of `r_KL`, `m` the mean of `|A|`, `D` that of `|A^2 -
s^2|`, `M` that of `|r - E r|`, `G` the sum that `WEIGHTED` bounds, `K = sum p^2 A^2`. The constants come from `theory`,
as exact fractions; witnesses are computed from a policy and its rewards.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

import numpy as np

from proofs_check import smt_sums as sums
from proofs_check.smt_query import Query
from proofs_check.smt_twins import at_most
from theory import lemmas

NEXT_LOWER_RATE = "49/100"
"""What 1/2 is lowered to: the best constants of both rates are 1/2."""


def exact(constant: float) -> str:
    """A constant of the code as the quotient of whole numbers that it is, for formulas."""
    fraction = F(constant)
    return f"({fraction.numerator}/{fraction.denominator})"


def _sums(policy: list[float], values: list[float], watched: list[float]) -> dict[str, float]:
    """The variables of the queries at an actual policy, `lambda = 0`."""
    p, h, r = np.array(policy), np.array(values), np.array(watched)
    advantage, centred = h - p @ h, r - p @ r
    second = p @ advantage**2
    deviation, mean = math.sqrt(second), float(p @ np.abs(advantage))
    return {
        "s": deviation, "m": mean, "W": 1.0, "Q": float(second),
        "U": float(p @ (np.abs(advantage) - deviation) ** 2), "V": float(p @ (np.abs(advantage) + deviation) ** 2),
        "D": float(p @ np.abs(advantage**2 - second)), "G": float(np.sum(p**2 * advantage * (advantage**2 - second))),
        "K": float(np.sum((p * advantage) ** 2)), "lam": 0.0,
        "M": float(p @ np.abs(centred)), "H": float(np.sum(p**2 * advantage * centred)),
    }  # fmt: skip


EXTREMAL = [(1 - 1 / math.sqrt(2)) / 2, (1 + 1 / math.sqrt(2)) / 2]
_TIGHT_VARIANCE = _sums(EXTREMAL, [1.0, -1.0], [1.0, -1.0])
_TIGHT_VALUE = _sums([0.5, 0.5], [1.0, -1.0], [1.0, -1.0])


def lemma_8() -> Query:
    """`E|A| <= sqrt(Var)`: Cauchy-Schwarz with `u = 1` and `v = |A|`."""
    return at_most(
        "Lemma 8", "sum p |A| <= s: m^2 <= (sum p)(sum p A^2)", "m", "s",
        premises=("m >= 0", "s >= 0", "W == 1", "Q == s**2", sums.CAUCHY_SCHWARZ.concluded(D="m", U="W", V="Q")),
        witness=_TIGHT_VALUE, origin="p = (1/2, 1/2), r = (1, -1)",
    )  # fmt: skip


SQUARE_DEVIATION = Query(
    name="factors of A^2 - s^2",
    claim="|A^2 - s^2| = |a - s| (a + s) for a = |A| >= 0, s >= 0",
    premises=("a >= 0", "s >= 0"),
    conclusion="abs(a**2 - s**2) == abs(a - s)*(a + s)",
    stronger="abs(a**2 - s**2) == (a - s)*(a + s)",
    stronger_description="without the absolute value",
    witness={"a": F(1, 2), "s": F(1)},
    origin="two outputs with A = 1/2 at one of them",
)


def variance_rate(constant: float, *, growth: float = 2.0) -> Query:
    """`G - 2 lambda K <= c s^3`; `growth` is the coefficient of the KL term, which only helps."""
    return Query(
        name="variance rate",
        claim="|S| dVar/dt = G - 2 lam K <= c Var^(3/2), by m sqrt(s^2 - m^2) <= s^2 / 2",
        premises=("s > 0", "m >= 0", "D >= 0", "lam >= 0", "W == 1", "Q == s**2", sums.WEIGHTED.concluded(),
                  sums.CAUCHY_SCHWARZ.concluded(), sums.SECOND_MOMENTS.concluded(),
                  sums.NONNEGATIVE_SQUARES.concluded(Q="K")),
        conclusion=f"G - {exact(growth)}*lam*K <= {exact(constant)}*s**3",
        stronger=f"G - {exact(growth)}*lam*K <= {NEXT_LOWER_RATE}*s**3",
        stronger_description="the constant lowered to 0.49 (1/2 is the best possible)",
        witness=_TIGHT_VARIANCE,
        origin="p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), lambda = 0",
    )  # fmt: skip


def value_rate(constant: float) -> Query:
    """`|H| <= c s`."""
    return Query(
        name="value rate",
        claim="|S| |dE r/dt| = |H| <= (m/2) M <= c s",
        premises=("s > 0", "0 <= m", lemma_8().concluded(), "0 <= M", sums.MEAN_DEVIATION.concluded(),
                  sums.WEIGHTED.concluded(G="H", D="M")),
        conclusion=f"abs(H) <= {exact(constant)}*s",
        stronger="abs(H) <= (495/1000)*s",
        stronger_description="the constant 1/2 lowered to 0.495",
        witness=_TIGHT_VALUE,
        origin="p = (1/2, 1/2), r_RM = r = (1, -1)",
    )  # fmt: skip


def _log_ratio_sums() -> dict[str, float]:
    p, q = np.array([0.85474493, 0.14525507]), np.array([0.5, 0.5])
    log_ratio = np.log(p / q)
    centred = p * (log_ratio - p @ log_ratio)
    positive = float(np.maximum(centred, 0).sum())
    return {"b": float(centred[1]), "n": float(p @ centred), "m": float(np.abs(centred).sum()), "T": positive, "Z": 0.0,
            "W": 1.0, "M": math.log(2), "c": 1 / (2 * math.e), "D": 1.0}  # fmt: skip


LOG_SPREAD = Query(
    name="spread of the log ratios",
    claim="E |ln(p/q) - KL| <= 2 M, M = ln(1/min q)",
    premises=(sums.POSITIVE_PART.concluded(), "Z == 0", sums.LOG_RATIO_ABOVE_MEAN.concluded(), "W == 1", "M >= 0"),
    conclusion="m <= 2*M",
    stronger="5*m <= 2*M",
    stronger_description="a fifth of the bound",
    witness=_log_ratio_sums(),
    origin="p = (0.85474493, 0.14525507), q = (1/2, 1/2)",
)


def lemma_11() -> Query:
    """`|b - n| <= m <= 2 M`, for `b = p_y (ln(p_y/q_y) - KL)` and `n` its mean: the constant `c` is not even needed."""
    coefficient = exact(lemmas.LEMMA_11_LOG_COEFFICIENT)
    return Query(
        name="Lemma 11",
        claim="|b - n| <= |b| + |n| <= m/2 + m/2 <= 2 M <= 2 M + c with c = 1/(2e)",
        premises=(sums.HALF_MASS.concluded(x="b"), sums.WEIGHTED.concluded(G="n"), "D == 1", LOG_SPREAD.concluded(),
                  "M >= 0", "18/100 <= c", "c <= 19/100"),
        conclusion=f"abs(b - n) <= {coefficient}*M + c",
        stronger=f"5*abs(b - n) <= {coefficient}*M + c",
        stronger_description="a fifth of the bound",
        witness=_log_ratio_sums(),
        origin="p = (0.85474493, 0.14525507), q = (1/2, 1/2)",
    )  # fmt: skip


def lemma_10() -> Query:
    """The velocity of one probability, from Lemma 9: `v = p (x - n) - lambda p (b - a)`.

    `x = p (r - V)` and `b = p (l - KL)`; `n` and `a` are their means, `m` and `k` the sums of their absolute values.
    """
    reward, divergence = exact(lemmas.LEMMA_10_REWARD_RATE), exact(lemmas.LEMMA_10_KL_RATE)
    # p = 1/3, A = (4/3, -2/3): x = 4/9, n = 4/27 - 8/27 = -4/27, m = 8/9.
    return Query(
        name="rate of one probability",
        claim="|S| dp/dt <= p (4 + 2 lam M): |x|, |n| <= m/2 <= 1/2 and |b|, |a| <= k/2 <= M",
        premises=("p > 0", "lam >= 0", "M >= 0", "v == p*(x - n) - lam*p*(b - a)", "W == 1",
                  sums.HALF_MASS.concluded(), sums.WEIGHTED.concluded(G="n", D="W"),
                  sums.MEAN_DEVIATION.concluded(M="m"), sums.HALF_MASS.concluded(x="b", m="k"),
                  sums.WEIGHTED.concluded(G="a", D="W", m="k"), LOG_SPREAD.concluded(m="k")),
        conclusion=f"v <= p*({reward} + {divergence}*lam*M)",
        stronger=f"v <= p*(1/2 + {divergence}*lam*M)",
        stronger_description="the rate 4 lowered to 1/2 (16/27 is attained)",
        witness={"p": F(1, 3), "x": F(4, 9), "n": F(-4, 27), "m": F(8, 9), "v": F(16, 81), "lam": F(0), "M": F(1),
                 "b": F(0), "a": F(0), "k": F(0), "W": F(1)},
        origin="p = (1/3, 2/3), r = (1, -1), lambda = 0",
    )  # fmt: skip


FISHER = at_most(
    "Fisher form", "(u . grad phi)^2 = Cov(r_KL, u . score)^2 <= Var E (u . score)^2 <= lambda_max(F) Var",
    "D**2", "U*top",
    premises=(sums.CAUCHY_SCHWARZ.concluded(), "V <= top"),
    witness={"D": F(1), "U": F(1), "V": F(1), "top": F(1)}, origin="p = (1/2, 1/2), r = (1, -1), score = (1, -1)",
)  # fmt: skip
ZERO_SUM_NORM = at_most(
    "norm of a vector that sums to zero", "||g||_2^2 <= ||g||_1^2 / 2: positive part P, negative part N, P = N",
    "2*(QP + QN)", "(P + N)**2",
    premises=("P - N == 0", sums.SUM_OF_SQUARES.concluded(X="P", Q="QP"), sums.SUM_OF_SQUARES.concluded(X="N", Q="QN")),
    witness={"P": F(1, 2), "N": F(1, 2), "QP": F(1, 4), "QN": F(1, 4)}, origin="g = (1/2, -1/2)",
)  # fmt: skip
LARGEST_EIGENVALUE = at_most(
    "largest eigenvalue of diag p - p p^T",
    "Var_p[u] <= 1/2 for a unit vector u: Popoviciu and (hi - lo)^2 <= 2 (hi^2 + lo^2) <= 2 ||u||^2",
    "2*v", "1",
    premises=(sums.POPOVICIU.concluded(), "hi**2 + lo**2 <= 1"),
    witness={"v": 0.5, "hi": math.sqrt(0.5), "lo": -math.sqrt(0.5)}, origin="p = (1/2, 1/2), u = (1, -1)/sqrt 2",
)  # fmt: skip
