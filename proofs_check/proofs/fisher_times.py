"""Proofs of the Fisher form in time: S7 and S8, and that S8 contains S4."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import sums
from proofs_check.inequalities.parametric import fisher_comparison, fisher_curves, fisher_time, variance_growth
from proofs_check.proofs.parametric_gradients import ANY_POLICY, stated_constants
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.proofs.tabular_policies import MONOTONE
from proofs_check.symbolic import identities

DIRECTIONS = written(
    "direction of motion",
    "with v = theta' / ||theta'|| and s = v . grad ln pi, E[s^2] <= Lambda over outputs and prompts, E[s^2 | x] <= "
    "Lambda_x for the watched prompt, and d/dt E[r | x] = ||theta'|| E[(r - E r) s | x]",
    "E[s^2 | x] = v^T F_x v, whose mean over the prompts is v^T (E_x F_x) v; the score has mean zero. Eigenvalues on "
    "the path so far are at most the largest ones. Where theta' = 0 nothing moves.",
)
FIRST_TIME = written(
    "first time",
    "E[r | x] has risen by gamma no earlier than at the bound",
    "Until then arcsin(E[r | x]) has risen by D, since arcsin increases, and by at most the integral of sqrt(Lambda_x) "
    "||theta'||, which increases with t and is at most D at the bound. At t = 0 the policy is the reference, so r_KL = "
    "r_RM. Every output has a positive probability, so |E r| < 1 unless r is constant, and then, as for V_0 + gamma > "
    "1, t_gamma is infinite. So it is if Lambda or Lambda_x vanishes: nothing moves the expected reward.",
)


def _speeds(prover: Prover) -> list[Step]:
    """How fast the parameters and the arcsine move, and what the variance's motion is made of."""
    return [
        prover.check(identities.DIRECTIONAL_VARIANCE),
        prover.check(identities.COVARIANCE),
        ANY_POLICY,
        prover.check(variance_growth.RATES_OF_PROMPTS),
        prover.check(variance_growth.MOTION),
        DIRECTIONS,
        *(prover.check(claim) for claim in (sums.CAUCHY_SCHWARZ, sums.SECOND_MOMENTS, sums.BOUNDED_SECOND_MOMENT)),
        prover.check(fisher_time.SPEED),
        prover.check(fisher_time.REWARD_SPEED),
        prover.check(fisher_curves.arcsine()),
        prover.check(fisher_time.ARCSINE_SPEED),
        prover.check(sums.WEIGHTED_MEAN),
    ]


def by_advantage(prover: Prover) -> Sequence[Step]:
    """S7: the variance grows at most at the rate `B Lambda`."""
    return [
        *_speeds(prover),
        prover.check(fisher_time.FOURTH_MOMENT),
        prover.check(fisher_time.RATE_BY_ADVANTAGE),
        MONOTONE,
        prover.check(fisher_curves.by_advantage(), statement="s7"),
        FIRST_TIME,
    ]


def by_score(prover: Prover) -> Sequence[Step]:
    """S8: the variance grows at most at the rate `kappa` per length of the path."""
    return [
        *_speeds(prover),
        prover.check(fisher_time.SCORE_LENGTH),
        prover.check(fisher_time.RATE_BY_SCORE),
        MONOTONE,
        prover.check(fisher_curves.by_score(), statement="s8"),
        FIRST_TIME,
    ]


def comparison(prover: Prover) -> Sequence[Step]:
    """S8's bound is at least S4's."""
    constants = stated_constants({"SHARPENED_PROPOSITION_2_SQUARE": 0.5, "SHARPENED_VARIANCE_RATE": 1.0})
    return [
        prover.cite("s0-fisher"),
        prover.cite("score"),
        prover.cite("contrast"),
        prover.check(fisher_curves.arcsine()),
        prover.check(fisher_comparison.ARCSINE_SLOPE),
        prover.check(fisher_curves.concavity()),
        MONOTONE,
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(fisher_comparison.mean_fisher_norm()),
        prover.check(fisher_comparison.limits()),
        prover.check(fisher_comparison.exponents()),
        prover.check(fisher_comparison.comparison(), statement="s8-over-s4", disagreements=constants),
        written(
            "largest values on the path",
            "the limits hold of the largest values so far, and of a policy whose scores or eigenvalues vanish",
            "They hold at every point of the path, with the largest norm of the Jacobian. Where kappa or Lambda is "
            "zero no parameter moves a probability and the bound of S8 is infinite; Lambda_x = 0 is the limit of small "
            "ones.",
        ),
    ]


FISHER_TIME_PROOFS: dict[str, Builder] = {"s7": by_advantage, "s8": by_score, "s8-over-s4": comparison}
"""By the id of the statement."""
