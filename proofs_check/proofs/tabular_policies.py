"""Proofs of the statements about single policies, and of the lemmas that the others rest on.

Each function makes the steps of one proof, in the order of the argument (`docs/sharpened.md` has S3 and S5 in prose). A
name of `inequalities.sums` among the steps is that inequality, with the letters of the claim that uses it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import logarithm, lower_bounds, rates, sums
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.symbolic import identities, vanishing
from proofs_check.symbolic.identity import Identity
from theory.bounds import lemmas

MONOTONE = written(
    "monotone",
    "a function whose derivative is at least zero does not decrease",
    "The mean value theorem.",
)


def _identity(identity: Identity, statement: str) -> Builder:
    return lambda prover: [prover.check(identity, statement=statement)]


def _flow_fact(identity: Identity, consequence: str, argument: str) -> Builder:
    return lambda prover: [prover.check(identity), written("along the flow", consequence, argument)]


def lemma_1(prover: Prover) -> Sequence[Step]:
    """Lemma 1: a function that grows at most like a power of itself."""
    return [
        prover.check(vanishing.comparison(1)),
        MONOTONE,
        written(
            "powers",
            "h(t) >= h(0) - c (p-1) t gives g(t) <= (...)^(-1/(p-1))",
            "h' + c (p-1) is a product of factors that are at least zero; x -> x^(-1/(p-1)) decreases on x > 0.",
        ),
    ]


def lemma_2(prover: Prover) -> Sequence[Step]:
    """Lemma 2: a function that grows at least like a power of itself."""
    return [
        prover.check(vanishing.comparison(-1)),
        MONOTONE,
        written(
            "powers",
            "h(t) <= h(0) - c (p-1) t gives g(t) >= (...)^(-1/(p-1)) while the bracket is positive",
            "h' + c (p-1) is minus a product of factors that are at least zero; x -> x^(-1/(p-1)) decreases.",
        ),
    ]


def lemma_3(prover: Prover) -> Sequence[Step]:
    """Lemma 3: `KL(p, q) <= ln(1/min q)`."""
    return [prover.cite("log-tangent"), prover.check(sums.KL_UPPER, statement="lem3")]


def log_tangent(prover: Prover) -> Sequence[Step]:
    """`ln x <= x - 1` for `x > 0`, hence `ln x <= 0` for `x <= 1`."""
    return [prover.check(vanishing.logarithm()), prover.check(logarithm.SIGN), MONOTONE]


def gibbs(prover: Prover) -> Sequence[Step]:
    """`KL >= 0`: both masses are one."""
    return [prover.cite("log-tangent"), prover.check(sums.KL_LOWER)]


def lemma_4(prover: Prover) -> Sequence[Step]:
    """Lemma 4: `-u^2 ln u <= 1/(2e)`."""
    constant = constant_disagreement("LEMMA_4_BOUND", lemmas.LEMMA_4_BOUND, 1 / (2 * math.e))
    return [
        prover.cite("log-tangent"),
        prover.check(logarithm.lemma_4(), statement="lem4", disagreements=[constant]),
    ]


def half_mass(prover: Prover) -> Sequence[Step]:
    """For numbers `x_i` that sum to zero: `|x_i| <= m/2`, and `|sum x p e| <= (m/2) sum p|e|`, with `m = sum |x|`."""
    return [prover.check(sums.TRIANGLE), prover.check(sums.HALF_MASS), prover.check(sums.WEIGHTED)]


def mean_deviation(prover: Prover) -> Sequence[Step]:
    """`E|r - E r| <= 1` for rewards in [-1, 1]."""
    claims = (sums.CAUCHY_SCHWARZ, sums.SECOND_MOMENTS, sums.BOUNDED_SECOND_MOMENT, sums.MEAN_DEVIATION)
    return [prover.check(claim) for claim in claims]


def popoviciu(prover: Prover) -> Sequence[Step]:
    """Popoviciu's inequality: the variance of numbers in an interval."""
    return [prover.check(sums.PRODUCT_RANGE), prover.check(sums.POPOVICIU)]


def lemma_8(prover: Prover) -> Sequence[Step]:
    """Lemma 8: the mean deviation is at most the standard deviation."""
    return [prover.check(sums.CAUCHY_SCHWARZ), prover.check(rates.lemma_8(), statement="lem8")]


def log_spread(prover: Prover) -> Sequence[Step]:
    """`E|ln(p/q) - KL| <= 2 ln(1/min q)`: a log ratio is at most `ln(1/min q)`, as `ln p <= 0`, and KL is not
    negative."""
    claims = (sums.CENTRED, sums.LOG_RATIO_ABOVE_MEAN, sums.POSITIVE_PART, rates.LOG_SPREAD)
    return [prover.cite("log-tangent"), prover.cite("gibbs"), *(prover.check(claim) for claim in claims)]


def lemma_11(prover: Prover) -> Sequence[Step]:
    """Lemma 11: the KL term of the motion of each probability."""
    constants = [
        constant_disagreement("LEMMA_11_LOG_COEFFICIENT", lemmas.LEMMA_11_LOG_COEFFICIENT, 2.0),
        constant_disagreement("LEMMA_11_CONSTANT", lemmas.LEMMA_11_CONSTANT, 1 / (2 * math.e)),
    ]
    return [
        prover.cite("half-mass"),
        prover.cite("log-spread"),
        prover.check(rates.lemma_11(), statement="lem11", disagreements=constants),
    ]


def _variance_rate(statement: str, name: str, stated: Fraction) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        constant = getattr(lemmas, name)
        ingredients = (rates.SQUARE_DEVIATION, sums.CAUCHY_SCHWARZ, sums.SECOND_MOMENTS, sums.NONNEGATIVE_SQUARES)
        return [
            prover.cite("var-flow"),
            prover.cite("half-mass"),
            *(prover.check(claim) for claim in ingredients),
            prover.check(
                rates.variance_rate(constant),
                statement=statement,
                disagreements=[constant_disagreement(name, constant, stated)],
            ),
        ]

    return steps


def value_rate(prover: Prover) -> Sequence[Step]:
    """The rate of the expected ground-truth reward, by the standard deviation of `r_KL`."""
    name = "SHARPENED_VALUE_RATE_CONSTANT"
    constant = lemmas.SHARPENED_VALUE_RATE_CONSTANT
    return [
        prover.check(identities.VALUE_FLOW),
        prover.cite("half-mass"),
        prover.cite("lem8"),
        prover.cite("mean-deviation"),
        prover.check(
            rates.value_rate(constant),
            statement="s3-value-rate",
            disagreements=[constant_disagreement(name, constant, Fraction(1, 2))],
        ),
    ]


def step_threshold(prover: Prover) -> Sequence[Step]:
    """Hoeffding's lemma for the outputs of the lowest reward, Jensen's inequality for the others."""
    return [
        prover.cite("popoviciu"),
        written(
            "cumulants",
            "E u <= ln E[e^u] <= E u + w^2/8 for numbers u of range w",
            "f(s) = ln E[e^(s u)] has f(0) = 0 and f'(0) = E u, and f'' is the variance of u under the weights "
            "e^(s u): at least zero, and by the citation at most w^2/4. Integrate twice from 0 to 1.",
        ),
        written(
            "odds",
            "the log-odds of Y+ rise by ln E[e^u|Y+] - ln E[e^u|Y-]",
            "pi(y) is pi0(y) e^u(y) up to a factor that is the same for all outputs.",
        ),
        prover.check(rates.STEP, statement="step-threshold"),
    ]


def integrable(prover: Prover) -> Sequence[Step]:
    """S5: the flow without KL term in closed form."""
    return [
        prover.check(identities.INTEGRABLE, statement="s5"),
        prover.check(identities.CONSTANT_SUM),
        written(
            "integration",
            "u_i(A) = u_i(0) - r_i A + B(A), sum ln u_i constant, t = |S| int Z dA",
            "With dA = dt/(|S| Z) the first step says du_i/dA = V - r_i: integrate, B' = V and B(0) = 0. The "
            "second says "
            "that sum theta_i, which is -sum ln u_i, does not move. The third formula is the clock's definition.",
        ),
    ]


def zero_sum(prover: Prover) -> Sequence[Step]:
    """`||g||_2 <= ||g||_1 / sqrt 2` for a vector that sums to zero."""
    return [prover.check(sums.SUM_OF_SQUARES), prover.check(rates.ZERO_SUM_NORM)]


def half_eigenvalue(prover: Prover) -> Sequence[Step]:
    """`lambda_max(diag p - p p^T) <= 1/2`."""
    return [prover.cite("popoviciu"), prover.check(rates.LARGEST_EIGENVALUE)]


def objective_rises(prover: Prover) -> Sequence[Step]:
    """The objective does not fall along its gradient flow."""
    return [
        prover.check(identities.OBJECTIVE_FLOW),
        prover.check(sums.NONNEGATIVE_SQUARES, statement="objective-rises"),
        MONOTONE,
    ]


def proxy_rises(prover: Prover) -> Sequence[Step]:
    """At the start the divergence is zero, and afterwards it is not negative."""
    return [
        prover.cite("objective-rises"),
        prover.cite("gibbs"),
        prover.check(lower_bounds.NEVER_FALLS, statement="proxy-rises"),
    ]


def probabilities(prover: Prover) -> Sequence[Step]:
    """Probabilities stay positive and sum to one."""
    return [
        prover.check(identities.TOTAL_PROBABILITY),
        prover.cite("lem8"),
        written(
            "logits stay finite",
            "pi_t(y) > 0 at every time",
            "exp(theta_y) > 0 while theta is finite, and theta cannot leave every ball in finite time: its "
            "velocity is at most the standard deviation of r_KL (Lemma 8), and E[r_KL^2] <= 2 + 2 lambda^2 sum p "
            "(ln(p/q))^2 is bounded, as p (ln p)^2 is.",
        ),
    ]


def independent_columns(prover: Prover) -> Sequence[Step]:
    """The columns of the table move independently of each other."""
    return [
        prover.cite("lem7"),
        prover.check(lower_bounds.ONE_COLUMN),
    ]


def best_of_n(prover: Prover) -> Sequence[Step]:
    """Proposition 1: for best-of-N no reward model is better than the ground truth."""
    return [
        prover.check(lower_bounds.BEST_SAMPLE),
        prover.check(lower_bounds.MEAN_OVER_RUNS, statement="prop1"),
        written(
            "same samples",
            "whatever r_RM and N, the mean of r_G is at most the one under r_G itself",
            "Both draw the same N samples. Any reward model keeps one of them, also if it breaks ties at random; "
            "r_G keeps "
            "one of the highest r_G. Average over the |Y|^N runs, and over the ties.",
        ),
    ]


LEMMA_PROOFS: dict[str, Builder] = {
    "def2": _identity(identities.DEFINITION_2, "def2"),
    "lem1": lemma_1,
    "lem2": lemma_2,
    "lem3": lemma_3,
    "lem4": lemma_4,
    "lem7": _identity(identities.LEMMA_7, "lem7"),
    "lem8": lemma_8,
    "lem9": _identity(identities.LEMMA_9, "lem9"),
    "lem11": lemma_11,
    "var-flow": _identity(identities.VARIANCE_FLOW, "var-flow"),
    "var-rate": _variance_rate("var-rate", "VARIANCE_RATE_CONSTANT", Fraction(1)),
    "s3-var-rate": _variance_rate("s3-var-rate", "SHARPENED_VARIANCE_RATE_CONSTANT", Fraction(1, 2)),
    "s3-value-rate": value_rate,
    "step-threshold": step_threshold,
    "reward-errors": _identity(identities.REWARD_ERRORS, "reward-errors"),
    "s5": integrable,
    "objective-rises": objective_rises,
    "proxy-rises": proxy_rises,
    "prop1": best_of_n,
    "log-tangent": log_tangent,
    "gibbs": gibbs,
    "half-mass": half_mass,
    "half-eigenvalue": half_eigenvalue,
    "log-spread": log_spread,
    "mean-deviation": mean_deviation,
    "popoviciu": popoviciu,
    "zero-sum-norm": zero_sum,
    "probabilities": probabilities,
    "independent-columns": independent_columns,
    "constant-sum": _flow_fact(identities.CONSTANT_SUM, "sum theta_y is constant", "Its derivative is zero."),
    "shift-invariance": _flow_fact(
        identities.SHIFT,
        "a constant added to r_RM changes nothing",
        "Equal velocities everywhere and equal starts: the solution is unique. The KL part does not contain r_RM.",
    ),
    "time-rescaling": _flow_fact(
        identities.SCALE,
        "without KL, c r_RM runs through the same policies c times as fast",
        "theta(c t) has c times the velocity of theta at the same place, and the solution is unique.",
    ),
}
"""By the id of the statement; those that the register does not have are cited by others, or are facts of the flow."""
