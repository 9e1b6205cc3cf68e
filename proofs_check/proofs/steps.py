"""Proofs about training in steps of any size, from the pathwise lemma."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import natural_gradient, pathwise, sums
from proofs_check.inequalities import reinforce as inequalities_of_reinforce
from proofs_check.inequalities import steps as inequalities
from proofs_check.inequalities.parametric import fisher_curves
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.proofs.tabular_policies import MONOTONE
from proofs_check.symbolic import identities
from theory.bounds import updates

DISTANCES = written(
    "distances",
    "the rise D of the artanh, and the logarithm of v over that at the start, are at most l",
    "The pathwise lemma at each step, added up: l is the sum of half the ranges of the changes of this prompt's "
    "logits. "
    "Logits of other prompts do not enter. The first time is the sum of the steps up to the first iterate at which the "
    "expected reward has risen by gamma, and D is then at least that of gamma.",
)
EXPONENTIALS = written(
    "exponentials",
    "exp(-delta) >= 1 - delta",
    "It is ln x <= x - 1 at x = exp(-delta).",
)


def ascent(prover: Prover) -> Sequence[Step]:
    """S-GD: gradient ascent with any steps."""
    constant = constant_disagreement("ASCENT_CONSTANT", updates.ASCENT_CONSTANT, 2.0)
    return [
        prover.cite("lem7"),
        prover.cite("lem8"),
        prover.cite("s-path-value"),
        prover.cite("s-path-deviation"),
        prover.cite("log-tangent"),
        prover.check(sums.TRIANGLE),
        prover.check(sums.HALF_MASS),
        prover.check(inequalities.RANGE_OF_A_STEP),
        EXPONENTIALS,
        prover.check(inequalities.LENGTH_OF_A_STEP),
        DISTANCES,
        prover.check(inequalities.ALL_STEPS),
        prover.check(inequalities.ascent(), statement="s-gd", disagreements=[constant]),
    ]


def sampled_ascent(prover: Prover) -> Sequence[Step]:
    """S-RLOO: groups of samples, in expectation and with probability."""
    return [
        prover.cite("s-path-value"),
        prover.cite("s-path-deviation"),
        prover.cite("log-tangent"),
        prover.check(sums.TRIANGLE),
        prover.check(sums.HALF_MASS),
        prover.check(inequalities.RANGE_OF_A_STEP),
        EXPONENTIALS,
        written(
            "update of a group",
            "u = (eta/|S|) g with g_y = (1/k) sum of A_i over the samples of y, which sums to zero, and E||g||_1 "
            "<= E|A_1|",
            "A_i is the reward of sample i less the mean of the others. They sum to zero, so that the part of the "
            "scores that "
            "is common to all samples cancels. E A_1 = 0 and E A_1^2 is the variance of a reward plus that of a "
            "mean of k-1 "
            "independent ones. A prompt that is in a minibatch of B prompts with probability B/|S| moves by |S|/B "
            "as much.",
        ),
        prover.check(inequalities.ADVANTAGE_OF_A_SAMPLE),
        prover.check(sums.CAUCHY_SCHWARZ),
        prover.check(inequalities.SIZE_OF_AN_ADVANTAGE),
        prover.check(inequalities.MEAN_OF_A_STEP),
        prover.check(inequalities.SAMPLED_STEP),
        DISTANCES,
        written(
            "optional stopping",
            "2|S| E(1 - exp(-l)) at the smaller of t_gamma and t is at most c s0 times its mean",
            "exp(-l_n) + t_n c s0/(2|S|) is a submartingale, by the step before, and it is stopped at a bounded "
            "number of "
            "steps. On the runs that have got there l is at least D. As t grows without limit: E t_gamma is at "
            "least the "
            "bound where t_gamma is finite with probability one; and E min(t_gamma, t) <= t bounds the probability.",
        ),
        prover.check(inequalities.PATHS_THAT_HIT),
        prover.check(
            inequalities.sampled_ascent(),
            statement="s-rloo",
            disagreements=[constant_disagreement("ASCENT_CONSTANT", updates.ASCENT_CONSTANT, 2.0)],
        ),
    ]


def reinforce(prover: Prover) -> Sequence[Step]:
    """S-REINFORCE: samples with a fixed baseline, in expectation and with probability."""
    constant = constant_disagreement("REINFORCE_CONSTANT", updates.REINFORCE_CONSTANT, 1.7)
    return [
        prover.cite("s-path-value"),
        prover.cite("log-tangent"),
        EXPONENTIALS,
        written(
            "update of a group",
            "half the range of u is at most the mean over the samples of delta = (eta/(2|S|)) |r - b| times the "
            "range of e_y - p",
            "u is the mean over the samples of (eta/|S|)(r_i - b)(e_(y_i) - p), and the range of a mean is at most the "
            "mean of the ranges. e_y - p is 1 - p_y at y and -p elsewhere. All samples have the same distribution, so "
            "that the mean of delta is that of one, whatever the size of the group.",
        ),
        prover.check(inequalities_of_reinforce.RARER_OUTPUTS),
        prover.check(inequalities_of_reinforce.RANGE_OF_A_SCORE),
        prover.check(sums.CAUCHY_SCHWARZ),
        prover.check(inequalities_of_reinforce.MEAN_RANGE),
        prover.check(pathwise.TILTED_ABOVE),
        prover.check(pathwise.TILTED_BELOW),
        prover.check(inequalities_of_reinforce.AROUND_THE_BASELINE),
        prover.check(inequalities.MEAN_OF_A_STEP),
        prover.check(inequalities_of_reinforce.STEP),
        DISTANCES,
        written(
            "optional stopping",
            "1.7 |S| E(1 - exp(-l)) at the smaller of t_gamma and t is at most s0 times its mean",
            "exp(-l_n) + t_n s0/(1.7 |S|) is a submartingale, by the step before, where s is the root of the mean "
            "square around the baseline: s_n <= s_0 exp(l_n), as ln s grows by at most half the range in each step. "
            "It is stopped at a bounded number of steps; on the runs that have got there l is at least D.",
        ),
        prover.check(inequalities.PATHS_THAT_HIT),
        prover.check(inequalities_of_reinforce.mean_time(), statement="s-reinforce", disagreements=[constant]),
    ]


def signs(prover: Prover) -> Sequence[Step]:
    """Updates by signs: the range of a step is at most twice its size."""
    return [
        prover.cite("s-path-value"),
        prover.check(inequalities.SIGN_STEPS),
        DISTANCES,
        prover.check(inequalities.SIGNS, statement="s-sign"),
    ]


def standardised(prover: Prover) -> Sequence[Step]:
    """S-G1 with the rise of the artanh in place of the increase."""
    constant = constant_disagreement("STANDARDISED_RISE_CONSTANT", updates.STANDARDISED_RISE_CONSTANT, 2.0)
    return [
        prover.cite("s-path-value"),
        prover.cite("popoviciu"),
        prover.cite("lem8"),
        prover.check(sums.TRIANGLE),
        prover.check(sums.HALF_MASS),
        prover.check(inequalities.RANGE_OF_A_STEP),
        prover.check(inequalities.STANDARDISED_SIZE),
        written(
            "update of a group",
            "u = (eta/|S|) g sums to zero, and ||g||_1 <= (1/k) sum |A_i|, the mean over the group",
            "The advantages of a group sum to zero. Lemma 8 and Popoviciu's inequality are about the group as a "
            "policy of "
            "k equally likely outputs, whose rewards lie in the reward model's range. A group of equal rewards "
            "moves nothing.",
        ),
        prover.check(inequalities.STANDARDISED_STEPS),
        DISTANCES,
        prover.check(inequalities.standardised(), statement="s-g1", disagreements=[constant]),
    ]


def natural(prover: Prover) -> Sequence[Step]:
    """S-NPG: the natural gradient, whose steps of any size are the flow itself."""
    return [
        prover.check(identities.COVARIANCE),
        prover.check(identities.DIRECTIONAL_VARIANCE),
        *(prover.check(claim) for claim in (sums.CAUCHY_SCHWARZ, sums.SECOND_MOMENTS, sums.BOUNDED_SECOND_MOMENT)),
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(natural_gradient.SPEED),
        prover.check(natural_gradient.GROWTH),
        prover.check(fisher_curves.arcsine()),
        MONOTONE,
        written(
            "natural gradient",
            "the Fisher information's inverse times the gradient is A, up to a constant, for every number of prompts",
            "F = diag(p) - p p^T over |S| for a prompt's logits, and the gradient is p A over |S|: F A = p A/|S|, "
            "as E A = 0. A "
            "step eta A changes the logits by eta r_RM up to a constant, so steps add up to r_RM t, which is the "
            "flow. The two "
            "identities are about the direction A, for lambda = 0.",
        ),
        prover.check(natural_gradient.time(), statement="s-npg"),
        written(
            "first time",
            "the reward has risen by gamma no earlier than at the bound",
            "arcsin(E r) rises by at most the integral of v, which increases with t and is D at the bound.",
        ),
    ]


STEP_PROOFS: dict[str, Builder] = {
    "s-gd": ascent,
    "s-rloo": sampled_ascent,
    "s-reinforce": reinforce,
    "s-sign": signs,
    "s-g1": standardised,
    "s-npg": natural,
}
"""By the id of the statement."""
