"""Proofs of what S3 becomes where the two rates are tied to each other: S3+, S3++ and the linear corollary."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import lower_bounds as corollaries
from proofs_check.inequalities import rates, sums
from proofs_check.inequalities.growth import control as inequalities
from proofs_check.inequalities.growth import linear_corollary
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.proofs.tabular_policies import MONOTONE
from proofs_check.symbolic import identities
from theory.bounds import growth_control

FIRST_TIME = written(
    "first time",
    "E_p[r] has risen by gamma no earlier than at the bound",
    "E_p[r] is continuous, and strictly between -1 and 1 unless r is constant, and then nothing rises. artanh "
    "increases, so that its rise by then is D; it is less before the bound. At t = 0 the policy is the reference, so "
    "r_KL = r_RM. If V_0 + gamma >= 1, t_gamma is infinite. The variance is zero only where the flow stands still, and "
    "from elsewhere does not get there in finite time.",
)
VALUE_FUNCTION = written(
    "value function",
    "artanh E_p[r] + W(v (T - t)/|S|) does not increase, so that artanh E_p[r] rises by at most W(v_0 T/|S|) up to T",
    "With c = m/v, d = sqrt(1 - c^2) and the unit |S| of time the two rates are speed <= v c/2 and growth <= v^2 c "
    "d/2, as growth = (dVar/dt)/(2v); the derivative is the one of the step before. The clock x = v (T - t)/|S| starts "
    "below 4, falls, and ends at 0 = W(0), so that s is determined by it. For T before the bound W(v_0 T/|S|) < D.",
)


def _speed(prover: Prover) -> list[Step]:
    """How fast the artanh of an expected reward moves."""
    return [
        prover.check(identities.VALUE_FLOW),
        prover.cite("half-mass"),
        prover.cite("lem8"),
        prover.check(inequalities.ROOM),
        prover.check(inequalities.SPEED_OF_THE_ARTANH),
    ]


def by_room(prover: Prover) -> Sequence[Step]:
    """S3+: the speed of the artanh, and the largest deviation."""
    constant = constant_disagreement("BY_ROOM_CONSTANT", growth_control.BY_ROOM_CONSTANT, 4.0)
    return [
        *_speed(prover),
        prover.cite("s3-var-rate"),
        prover.cite("lem1"),
        prover.check(inequalities.by_room(), statement="s3-plus", disagreements=[constant]),
        FIRST_TIME,
    ]


def by_control(prover: Prover) -> Sequence[Step]:
    """S3++: both rates with the same mean of `|A|`, and the value function of the control problem."""
    return [
        *_speed(prover),
        prover.cite("var-flow"),
        *(prover.check(claim) for claim in (sums.CAUCHY_SCHWARZ, sums.SECOND_MOMENTS, sums.NONNEGATIVE_SQUARES)),
        prover.check(rates.SQUARE_DEVIATION),
        prover.check(inequalities.GROWTH_BY_THE_MEAN),
        prover.check(inequalities.MIXED_PRODUCT),
        prover.check(inequalities.BEST_SPLIT),
        prover.check(inequalities.GROWTH_IN_TIME),
        prover.check(inequalities.NO_GAIN),
        prover.check(inequalities.CLOCK_RUNS),
        MONOTONE,
        prover.check(inequalities.by_control(), statement="s3-plus-plus"),
        VALUE_FUNCTION,
        FIRST_TIME,
    ]


def linear(prover: Prover) -> Sequence[Step]:
    """The linear corollary of S3++."""
    constant = constant_disagreement("LINEAR_CONSTANT", growth_control.LINEAR_CONSTANT, 1.869)
    return [
        prover.cite("s3-plus-plus"),
        prover.check(inequalities.SMALLEST_RISE),
        prover.check(linear_corollary.smallest_ratio()),
        MONOTONE,
        prover.check(inequalities.linear(), statement="s3-linear", disagreements=[constant]),
        written(
            "the rise that is smallest",
            "x(D) is at least x(2 artanh(gamma/2)), which is at least c gamma",
            "D >= 2 artanh(gamma/2) for gamma < 2, x increases with it, and every rise 2 artanh(gamma/2) is D(w) for "
            "some w > 0. A reward in [-1, 1] that is not constant does not rise by 2 or more.",
        ),
    ]


def both_directions(prover: Prover) -> Sequence[Step]:
    """S-V: without KL the variance falls no faster than it grows."""
    return [
        prover.cite("var-flow"),
        prover.cite("half-mass"),
        *(prover.check(claim) for claim in (rates.SQUARE_DEVIATION, sums.CAUCHY_SCHWARZ, sums.SECOND_MOMENTS)),
        prover.check(inequalities.FALL_AND_GROWTH),
        prover.check(inequalities.inverse_deviation(), statement="s-var-path"),
        MONOTONE,
    ]


SAME_FLOW = written(
    "the same flow",
    "the flow with the reference q is that of the reward d/a with the coefficient lambda/a and the reference p0, a "
    "times as fast",
    "With a = max(1, max |d|) the reward d/a lies in [-1, 1], and S3++ is about that problem. Its variance at "
    "the start is that of d over a^2. The velocity is a times as large at every policy, so that theta(t) is the "
    "other flow at a t; solutions are unique.",
)


def any_reference(prover: Prover) -> Sequence[Step]:
    """S3++ with the regularised reward at the start in the place of the reward model."""
    return [
        prover.check(corollaries.ANOTHER_REFERENCE),
        prover.check(corollaries.SMALLER_REWARDS),
        prover.cite("s3-plus-plus"),
        SAME_FLOW,
        prover.check(corollaries.back_in_time("S3++ with any reference"), statement="s3-other-reference"),
    ]


def entropy(prover: Prover) -> Sequence[Step]:
    """The same for a uniform reference: an entropy bonus is its KL term, up to a constant."""
    return [
        prover.check(corollaries.ANOTHER_REFERENCE),
        prover.check(corollaries.UNIFORM_REFERENCE),
        prover.cite("s3-other-reference"),
        written(
            "entropy bonus",
            "E r + lambda H(p) is the objective with a uniform reference, up to lambda ln |Y|",
            "KL(p, q) = ln |Y| - H(p) for q = 1/|Y|. A constant moves no gradient, and no deviation.",
        ),
        prover.check(corollaries.back_in_time("S3++ with an entropy bonus"), statement="s3-entropy"),
    ]


GROWTH_CONTROL_PROOFS: dict[str, Builder] = {
    "s3-plus": by_room,
    "s3-plus-plus": by_control,
    "s3-linear": linear,
    "s-var-path": both_directions,
    "s3-other-reference": any_reference,
    "s3-entropy": entropy,
}
"""By the id of the statement."""
