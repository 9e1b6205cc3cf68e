"""Rates of reward variance, expected rewards and probabilities: the last algebra of each bound.

The sums are those of `inequalities.sums`: `s` the standard deviation of `r_KL`, `m` the mean of `|A|`, `D` that of
`|A^2 - s^2|`, `M` that of `|r - E r|`, `G` the sum that `WEIGHTED` bounds, `K = sum p^2 A^2`. The constants come from
`theory`, as exact fractions; witnesses are computed from a policy and its rewards.
"""

from __future__ import annotations

import math
from fractions import Fraction as F

import numpy as np

from proofs_check.inequalities import meanings, sums
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Query, Terms, Use
from proofs_check.smt.formula import substitute
from proofs_check.symbolic.constants import quotient
from theory.bounds import lemmas

NEXT_LOWER_RATE = "49/100"
"""What 1/2 is lowered to: the best constants of both rates are 1/2."""


def _sums(policy: list[float], values: list[float], watched: list[float]) -> dict[str, float]:
    """The variables of the queries at an actual policy, `lambda = 0`."""
    p, h, r = np.array(policy), np.array(values), np.array(watched)
    advantage, centred = h - p @ h, r - p @ r
    second = p @ advantage**2
    deviation, mean = math.sqrt(second), float(p @ np.abs(advantage))
    return {
        "s": deviation,
        "m": mean,
        "W": 1.0,
        "Q": float(second),
        "U": float(p @ (np.abs(advantage) - deviation) ** 2),
        "V": float(p @ (np.abs(advantage) + deviation) ** 2),
        "D": float(p @ np.abs(advantage**2 - second)),
        "G": float(np.sum(p**2 * advantage * (advantage**2 - second))),
        "K": float(np.sum((p * advantage) ** 2)),
        "lam": 0.0,
        "M": float(p @ np.abs(centred)),
        "H": float(np.sum(p**2 * advantage * centred)),
    }


EXTREMAL = [(1 - 1 / math.sqrt(2)) / 2, (1 + 1 / math.sqrt(2)) / 2]
TIGHT_VARIANCE = _sums(EXTREMAL, [1.0, -1.0], [1.0, -1.0])
TIGHT_VALUE = _sums([0.5, 0.5], [1.0, -1.0], [1.0, -1.0])


def lemma_8() -> Query:
    """`E|A| <= sqrt(Var)`: Cauchy-Schwarz with `u = 1` and `v = |A|`."""
    return at_most(
        "Lemma 8",
        "sum p |A| <= s: m^2 <= (sum p)(sum p A^2)",
        "m",
        "s",
        premises=(
            "m >= 0",
            "s >= 0",
            "W == 1",
            "Q == s**2",
            sums.CAUCHY_SCHWARZ.concluded(D="m", U="W", V="Q", u="1", v="abs(A)"),
        ),
        witness=TIGHT_VALUE,
        origin="p = (1/2, 1/2), r = (1, -1)",
        terms=(Terms("the outputs", "p A", {"m": "p*abs(A)", "W": "p", "Q": "p*A**2"}, ("p >= 0",)),),
    )


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


ADVANTAGE_SUMS = {
    "m": "p*abs(A)",
    "W": "p",
    "Q": "p*A**2",
    "U": "p*(abs(A) - s)**2",
    "V": "p*(abs(A) + s)**2",
    "D": "p*abs(A**2 - s**2)",
    "G": "p**2*A*(A**2 - s**2)",
    "K": "(p*A)**2",
}
"""What outputs with the advantage `A` of `r_KL` add to the sums of `variance_rate`."""


def variance_rate(constant: float, *, growth: float = 2.0) -> Query:
    """`G - 2 lambda K <= c s^3`; `growth` is the coefficient of the KL term, which only helps."""
    return Query(
        name="variance rate",
        claim="|S| dVar/dt = G - 2 lam K <= c Var^(3/2), by m sqrt(s^2 - m^2) <= s^2 / 2",
        premises=(
            "s > 0",
            "m >= 0",
            "D >= 0",
            "lam >= 0",
            "W == 1",
            "Q == s**2",
            sums.WEIGHTED.concluded(x="p*A", e="(A**2 - s**2)"),
            sums.CAUCHY_SCHWARZ.concluded(u="abs(abs(A) - s)", v="(abs(A) + s)"),
            sums.SECOND_MOMENTS.concluded(a="abs(A)"),
            sums.NONNEGATIVE_SQUARES.concluded(Q="K", x="p*A"),
        ),
        conclusion=f"G - {quotient(growth)}*lam*K <= {quotient(constant)}*s**3",
        stronger=f"G - {quotient(growth)}*lam*K <= {NEXT_LOWER_RATE}*s**3",
        stronger_description="the constant lowered to 0.49 (1/2 is the best possible)",
        witness=TIGHT_VARIANCE,
        origin="p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), lambda = 0",
        terms=(sums.zero_sum("p*A", "m", "p A", ADVANTAGE_SUMS, item=("p >= 0",)),),
    )


REWARD_SUMS = {
    "m": "p*abs(A)",
    "W": "p",
    "Q": "p*A**2",
    "M": "p*abs(r - E)",
    "H": "p**2*A*(r - E)",
    "E": "p*r",
    "Y": "p*(r - E)**2",
    "T": "p*(r + E)**2",
    "R2": "p*r**2",
}
"""The same with a reward `r` in [-1, 1] of mean `E` that is watched."""


def value_rate(constant: float) -> Query:
    """`|H| <= c s`."""
    return Query(
        name="value rate",
        claim="|S| |dE r/dt| = |H| <= (m/2) M <= c s",
        premises=(
            "s > 0",
            "0 <= m",
            lemma_8().concluded(),
            "0 <= M",
            sums.MEAN_DEVIATION.concluded(V="E", other="T", R="R2"),
            sums.WEIGHTED.concluded(G="H", D="M", x="p*A", e="(r - E)"),
        ),
        conclusion=f"abs(H) <= {quotient(constant)}*s",
        stronger="abs(H) <= (495/1000)*s",
        stronger_description="the constant 1/2 lowered to 0.495",
        witness=TIGHT_VALUE,
        origin="p = (1/2, 1/2), r_RM = r = (1, -1)",
        given=("W == 1", "Q == s**2"),
        terms=(sums.zero_sum("p*A", "m", "p A r", REWARD_SUMS, item=sums.BOUNDED_REWARD),),
    )


def _log_ratio_sums() -> dict[str, float]:
    p, q = np.array([0.85474493, 0.14525507]), np.array([0.5, 0.5])
    log_ratio = np.log(p / q)
    centred = p * (log_ratio - p @ log_ratio)
    positive = float(np.maximum(centred, 0).sum())
    return {
        "b": float(centred[1]),
        "n": float(p @ centred),
        "m": float(np.abs(centred).sum()),
        "T": positive,
        "Z": 0.0,
        "W": 1.0,
        "M": math.log(2),
        "c": 1 / (2 * math.e),
        "D": 1.0,
    }


LOG_SUMS = {"m": "abs(p*(l - kl))", "T": "max(p*(l - kl), 0)", "Z": "p*(l - kl)", "W": "p", "kl": "p*l", "Wq": "q"}
"""What outputs add to the sums of `LOG_SPREAD`; `kl` is the divergence."""

NONNEGATIVE_KL = (
    "W == 1",
    "Wq == 1",
    sums.KL_LOWER.concluded(D="kl", P="W", Q="Wq"),
    sums.CENTRED.concluded(D="kl", k="kl"),
)
"""The divergence is not negative (Gibbs), as both masses are one; and log ratios less their mean have mean zero."""

LOG_SPREAD = Query(
    name="spread of the log ratios",
    claim="E |ln(p/q) - KL| <= 2 M, M = ln(1/min q)",
    premises=(
        sums.POSITIVE_PART.concluded(x="p*(l - kl)"),
        "Z == 0",
        sums.LOG_RATIO_ABOVE_MEAN.concluded(k="kl"),
        "W == 1",
        "M >= 0",
    ),
    conclusion="m <= 2*M",
    stronger="5*m <= 2*M",
    stronger_description="a fifth of the bound",
    witness=_log_ratio_sums(),
    origin="p = (0.85474493, 0.14525507), q = (1/2, 1/2)",
    given=NONNEGATIVE_KL,
    terms=(Terms("the outputs", "p q l lp lq", LOG_SUMS, sums.LOG_RATIOS),),
)


def lemma_11() -> Query:
    """`|b - n| <= m <= 2 M`, for `b = p_y (ln(p_y/q_y) - KL)` and `n` its mean: the constant `c` is not even needed."""
    coefficient = quotient(lemmas.LEMMA_11_LOG_COEFFICIENT)
    return Query(
        name="Lemma 11",
        claim="|b - n| <= |b| + |n| <= m/2 + m/2 <= 2 M <= 2 M + c with c = 1/(2e)",
        premises=(
            sums.HALF_MASS.concluded(x="b"),
            sums.WEIGHTED.concluded(G="n", x="p*(l - kl)", e="1"),
            "D == 1",
            LOG_SPREAD.concluded(),
            "M >= 0",
            "18/100 <= c",
            "c <= 19/100",
        ),
        conclusion=f"abs(b - n) <= {coefficient}*M + c",
        stronger=f"5*abs(b - n) <= {coefficient}*M + c",
        stronger_description="a fifth of the bound",
        witness=_log_ratio_sums(),
        origin="p = (0.85474493, 0.14525507), q = (1/2, 1/2)",
        given=("b + R == 0", "m == abs(b) + B", *NONNEGATIVE_KL),
        terms=(
            sums.OTHERS,
            sums.zero_sum(
                "p*(l - kl)", "m", "p q l lp lq", LOG_SUMS | {"n": "p*(p*(l - kl))", "D": "p"}, item=sums.LOG_RATIOS
            ),
        ),
        means={
            "b": meanings.LOG_PART,
            "n": meanings.MEAN_LOG_PART,
            "M": meanings.LARGEST_LOG,
            "c": meanings.HALF_OVER_E,
        },
    )


def velocity_of_the_logarithm() -> tuple[Use, Use, Use]:
    """`|b| <= k/2`, `|a| <= k/2` and `k <= 2 M`, for `b = p (l - KL)`, `a` its mean and `k` the sum of its absolute
    values; `w` is the probability of any output."""
    return (
        sums.HALF_MASS.concluded(x="b", m="k", R="Rb", B="Bb"),
        sums.WEIGHTED.concluded(G="a", D="W", m="k", p="w", x="w*(l - kl)", e="1"),
        LOG_SPREAD.concluded(m="k", p="w", lp="lw"),
    )


_RENAMED = {"p": "w", "lp": "lw"}
_LOG_SUMS_OF_ALL = {"k" if name == "m" else name: substitute(term, _RENAMED) for name, term in LOG_SUMS.items()}
LOGARITHM_GIVEN = (
    "b + Rb == 0",
    "k == abs(b) + Bb",
    "W == 1",
    "Wq == 1",
    sums.KL_LOWER.concluded(D="kl", P="W", Q="Wq", p="w"),
    sums.CENTRED.concluded(D="kl", k="kl", p="w"),
)
LOGARITHM_TERMS = (
    Terms("the other outputs", "other", {"Rb": "other", "Bb": "abs(other)"}),
    sums.zero_sum(
        "w*(l - kl)",
        "k",
        "w q l lw lq",
        _LOG_SUMS_OF_ALL | {"a": "w*(w*(l - kl))"},
        item=tuple(substitute(item, _RENAMED) for item in sums.LOG_RATIOS),
    ),
)
"""What `velocity_of_the_logarithm` needs."""

_REWARD_OF_ALL = {
    "m": "w*abs(r - E)",
    "W": "w",
    "n": "w*(w*(r - E))",
    "Y": "w*(r - E)**2",
    "E": "w*r",
    "R2": "w*r**2",
    "T2": "w*(r + E)**2",
}
_BOUNDED_OF_ALL = tuple(substitute(item, _RENAMED) for item in sums.BOUNDED_REWARD)


def lemma_10() -> Query:
    """The velocity of one probability, from Lemma 9: `v = p (x - n) - lambda p (b - a)`.

    `x = p (r - V)` and `b = p (l - KL)`; `n` and `a` are their means, `m` and `k` the sums of their absolute values.
    """
    reward, divergence = quotient(lemmas.LEMMA_10_REWARD_RATE), quotient(lemmas.LEMMA_10_KL_RATE)
    # p = 1/3, A = (4/3, -2/3): x = 4/9, n = 4/27 - 8/27 = -4/27, m = 8/9.
    return Query(
        name="rate of one probability",
        claim="|S| dp/dt <= p (4 + 2 lam M): |x|, |n| <= m/2 <= 1/2 and |b|, |a| <= k/2 <= M",
        premises=(
            "p > 0",
            "lam >= 0",
            "M >= 0",
            "v == p*(x - n) - lam*p*(b - a)",
            "W == 1",
            sums.HALF_MASS.concluded(),
            sums.WEIGHTED.concluded(G="n", D="W", p="w", x="w*(r - E)", e="1"),
            sums.MEAN_DEVIATION.concluded(M="m", V="E", R="R2", other="T2", p="w"),
            *velocity_of_the_logarithm(),
        ),
        conclusion=f"v <= p*({reward} + {divergence}*lam*M)",
        stronger=f"v <= p*(1/2 + {divergence}*lam*M)",
        stronger_description="the rate 4 lowered to 1/2 (16/27 is attained)",
        witness={
            "p": F(1, 3),
            "x": F(4, 9),
            "n": F(-4, 27),
            "m": F(8, 9),
            "v": F(16, 81),
            "lam": F(0),
            "M": F(1),
            "b": F(0),
            "a": F(0),
            "k": F(0),
            "W": F(1),
        },
        origin="p = (1/3, 2/3), r = (1, -1), lambda = 0",
        given=("x + R == 0", "m == abs(x) + B", *LOGARITHM_GIVEN),
        terms=(
            sums.OTHERS,
            sums.zero_sum("w*(r - E)", "m", "w r", _REWARD_OF_ALL, item=_BOUNDED_OF_ALL),
            *LOGARITHM_TERMS,
        ),
    )


FISHER = at_most(
    "Fisher form",
    "(u . grad phi)^2 = Cov(r_KL, u . score)^2 <= Var E (u . score)^2 <= lambda_max(F) Var",
    "D**2",
    "U*top",
    premises=(sums.CAUCHY_SCHWARZ.concluded(u="A", v="score"), "V <= top"),
    witness={"D": F(1), "U": F(1), "V": F(1), "top": F(1)},
    origin="p = (1/2, 1/2), r = (1, -1), score = (1, -1)",
    terms=(Terms("the outputs", "p A score", {"D": "p*A*score", "U": "p*A**2", "V": "p*score**2"}, ("p >= 0",)),),
    means={"D": meanings.GRADIENT, "U": meanings.VARIANCE, "top": meanings.FISHER_NORM},
)
ZERO_SUM_NORM = at_most(
    "norm of a vector that sums to zero",
    "||g||_2^2 <= ||g||_1^2 / 2: positive part P, negative part N, P = N",
    "2*(QP + QN)",
    "(P + N)**2",
    premises=("P - N == 0", sums.SUM_OF_SQUARES.concluded(X="P", Q="QP"), sums.SUM_OF_SQUARES.concluded(X="N", Q="QN")),
    witness={"P": F(1, 2), "N": F(1, 2), "QP": F(1, 4), "QN": F(1, 4)},
    origin="g = (1/2, -1/2)",
    terms=(
        Terms("the positive entries", "x", {"P": "x", "QP": "x**2"}, ("x >= 0",)),
        Terms("the negative entries, without their signs", "x", {"N": "x", "QN": "x**2"}, ("x >= 0",)),
    ),
)
STEP = at_most(
    "rise of the log-odds",
    "E[u|Y+] - E[u|Y-] <= good - bad + w^2/8, if good = ln E[e^u|Y+] and bad = ln E[e^u|Y-] are bounded by cumulants",
    "mg - mb",
    "rise + w**2/8",
    premises=("good >= mg", "bad <= mb + w**2/8", "rise == good - bad"),
    witness={"mg": F(1), "mb": F(0), "w": F(0), "good": F(1), "bad": F(0), "rise": F(1)},
    origin="two outputs, the logit of the rewarded one raised by one",
)
LARGEST_EIGENVALUE = at_most(
    "largest eigenvalue of diag p - p p^T",
    "Var_p[u] <= 1/2 for a unit vector u: Popoviciu and (hi - lo)^2 <= 2 (hi^2 + lo^2) <= 2 ||u||^2",
    "2*v",
    "1",
    premises=(sums.POPOVICIU.concluded(), "hi**2 + lo**2 <= 1"),
    witness={"v": 0.5, "hi": math.sqrt(0.5), "lo": -math.sqrt(0.5)},
    origin="p = (1/2, 1/2), u = (1, -1)/sqrt 2",
    given=sums.MOMENTS,
    terms=(sums.within("lo", "hi"),),
)
