"""The linear law: a curve for each start and end that no policy beats, in four cases."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities.linear_law import edges, multipliers, stretches, two_are_best, two_outputs
from proofs_check.proofs.growth_control import FIRST_TIME
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.proofs.tabular_policies import MONOTONE
from proofs_check.symbolic import identities
from theory.bounds import growth_control

SIGNS = written(
    "rewards of two values",
    "it is enough to watch rewards that are 1 or -1",
    "The flow does not know the watched reward. At the time T at which one in [-1, 1] has risen by gamma, the sign of "
    "pi_T - pi_0 (1 where they agree) has risen at least as much, as sum (pi_T - pi_0) r <= sum |pi_T - "
    "pi_0|. Its own time is at most T.",
)
CURVE = written(
    "rate of a curve",
    "t_gamma v_0/|S| >= W(V_0) for a continuous, piecewise smooth W >= 0 that does not rise, with W = 0 at a "
    "V_1 <= V_0 + "
    "gamma and -W' speed + W growth <= 1 for every policy; also with min(W, 4) for W",
    "The rate of W(V)/v is (W' V' - W v'/v)/v, at least -1/|S| almost everywhere until V reaches V_1, which "
    "it does no later "
    "than V_0 + gamma; there W is zero. The KL term only slows v. The minimum of two such curves has the rate of one "
    "of them almost everywhere; a constant up to 4 is one, as growth <= 1/4 (m/v = c, growth <= c d/2 of S3++). The "
    "variance stays positive as in S3++.",
)
MULTIPLIERS = written(
    "multipliers",
    "speed + mu growth <= P alpha_+ + (1 - P) alpha_- + kappa where p phi_r(x) <= alpha_r + beta x + kappa x^2",
    "Multiply by p and add: sum p x = 0, sum p x^2 = 1, and the outputs of reward 1 have P. An output has p "
    "<= P (or 1 - P) and "
    "p <= 1/(1 + x^2); phi may have either sign, so that zero has to be below the right side too. For psi "
    "speed + W growth "
    "instead: psi (r - V) for r - V, W for mu. The largest value is convex in mu and that of two outputs "
    "linear: equal at "
    "two mu, they are equal between.",
)
WORST_END = written(
    "the worst end",
    "W >= 2 (V_1 - V_0) for the time W of two outputs",
    "Let c = cosh y_0. For y_0 >= 0 the integrand cosh^2 u - c/cosh^2 u is not negative. For y_0 = -a < 0 it "
    "is negative "
    "where cosh^4 u < c only, so that the integral is least, besides 0 at the start, at the end z > 0 with "
    "cosh^4 z = c. "
    "There it is N, which is 0 for a = 0 and grows with a.",
)
CASES = written(
    "four cases",
    "every V_0 < V_1 = V_0 + gamma < 1 has a curve with W(V_0) >= 2 gamma",
    "V_0 V_1 >= 0: tanh D = gamma/(1 - V_0 V_1) >= gamma, and S3++ has x(D) >= 2 tanh D: for q >= 17/20 as dx/dD >= "
    "2 q^2 >= 2 sech^2 D, else w >= 0.9. V_0 < 0 < V_1 <= 0.6: the time of two outputs, from -0.8 up, where its mu is "
    "among those for which they are best; below -0.8 the straight line from there to 2 (V_1 + 1) at -1, by "
    "speed <= c (1 - V^2)/2 "
    "and growth <= c d/2. V_0 < 0, V_1 > 0.6: the curve of the last target up to V_1; between the ends of a "
    "stretch both "
    "sides are linear, and 4 is more than 2 gamma.",
)


def linear_law(prover: Prover) -> Sequence[Step]:
    """The linear law."""
    constant = constant_disagreement("LINEAR_LAW_CONSTANT", growth_control.LINEAR_LAW_CONSTANT, 2.0)
    return [
        SIGNS,
        prover.check(identities.VALUE_FLOW),
        prover.cite("var-flow"),
        prover.cite("s3-plus-plus"),
        prover.check(multipliers.LARGEST_SHARE),
        MULTIPLIERS,
        CURVE,
        prover.check(two_outputs.curve_of_two()),
        prover.check(two_outputs.least_integral()),
        prover.check(two_outputs.LEAST_INTEGRAL_GROWS),
        WORST_END,
        prover.check(two_are_best.two_are_best()),
        prover.check(two_outputs.weight_of_two()),
        prover.check(edges.rise_beyond_artanh()),
        prover.check(edges.SHORT_CLOCK),
        prover.check(edges.long_rises()),
        prover.check(edges.low_starts()),
        prover.check(stretches.far_targets()),
        MONOTONE,
        CASES,
        prover.check(multipliers.law(), statement="linear-law", disagreements=[constant]),
        FIRST_TIME,
    ]


LINEAR_LAW_PROOFS: dict[str, Builder] = {"linear-law": linear_law}
"""By the id of the statement."""
