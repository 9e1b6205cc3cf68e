"""Proofs of the statements about paths and times with shared parameters: Lemmas 5 and 6, Theorem 4, S4 and S6."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import sums
from proofs_check.inequalities.parametric import curves, hitting_times, variance_growth
from proofs_check.proofs.parametric_gradients import stated_constants
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.proofs.tabular_policies import MONOTONE
from theory.bounds import parameter_space

STAYS_POSITIVE = written(
    "the variance stays positive",
    "Lemma 1 applies to the mean variance up to T, with the largest norm so far",
    "Where every prompt's variance is zero the flow stands still (its speed is at most a multiple of the deviation), "
    "and solutions are unique, so from elsewhere it does not get there in finite time. At t = 0 the policy is the "
    "reference, so r_KL = r_RM. Rates with a norm hold with a larger one.",
)

RATES = {"s4": ("SHARPENED_VARIANCE_RATE", 1.0), "s6": ("CONTRAST_VARIANCE_RATE", 0.5)}
"""The constant of each rate, and what the statement says it is."""


def _path(name: str) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        constant, stated = RATES[name]
        claim = curves.path_length(getattr(parameter_space, constant))
        disagreements = stated_constants({constant: stated, "SHARPENED_PROPOSITION_2_SQUARE": 0.5})
        return [
            prover.cite(f"{name}-var-rate"),
            prover.cite("flow-speed"),
            prover.cite("lem1"),
            STAYS_POSITIVE,
            prover.check(claim, statement=f"{name}-path", disagreements=disagreements),
        ]

    return steps


def _time(name: str) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        constant, stated = RATES[name]
        claim = curves.hitting_time(getattr(parameter_space, constant))
        disagreements = stated_constants({constant: stated, "SHARPENED_PROPOSITION_2_SQUARE": 0.5})
        return [
            prover.cite(f"{name}-path"),
            prover.cite("s6-gradient"),
            prover.cite("contrast"),
            prover.cite("popoviciu"),
            prover.check(hitting_times.value_gradient()),
            prover.check(claim, statement=name, disagreements=disagreements),
            written(
                "first time",
                "E[r | x] has risen by gamma no earlier than at the bound",
                "E[r | x] is continuous, and its rise is at most the largest gradient times the path, which "
                "increases with t and equals gamma at the bound. An infinite t_gamma is above it.",
            ),
        ]

    return steps


def lemma_5(prover: Prover) -> Sequence[Step]:
    """Lemma 5: how far the parameters move."""
    constants = stated_constants(
        {"LEMMA_5_VARIANCE_RATE": 24.0, "LEMMA_5_PATH_CONSTANT": 1.5, "LEMMA_5_CLOCK": 8.0, "LEMMA_6_REWARD_LIMIT": 8.0}
    )
    return [
        prover.cite("lem5-var-rate"),
        prover.cite("flow-speed"),
        prover.cite("popoviciu"),
        prover.cite("lem1"),
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(variance_growth.LARGEST_MEAN_VARIANCE),
        prover.check(variance_growth.lemma_5_speed()),
        STAYS_POSITIVE,
        prover.check(curves.lemma_5(), statement="lem5", disagreements=constants),
    ]


def lemma_6(prover: Prover) -> Sequence[Step]:
    """Lemma 6: `r_KL` stays moderate."""
    constants = stated_constants(
        {"LEMMA_5_PATH_CONSTANT": 1.5, "LEMMA_5_CLOCK": 8.0, "LEMMA_6_REWARD_LIMIT": 8.0, "LEMMA_6_KL_EXPONENT": 7 / 3}
    )
    return [
        prover.cite("lem5"),
        prover.cite("score"),
        prover.check(curves.lemma_6_share()),
        MONOTONE,
        prover.check(hitting_times.CHANGE_ALONG_A_PATH),
        prover.check(hitting_times.moderate_reward(), statement="lem6", disagreements=constants),
        written(
            "no first exit",
            "|r_KL| < 8 up to T",
            "At t = 0 it is at most 1. At a first time at which it is 8, Lemma 5 holds up to that time, since "
            "|r_KL| <= 8 so far; then the last step says that it is below 8. Without KL r_KL = r_RM. The change of "
            "ln pi is at most the largest score times the path.",
        ),
    ]


def comparison(prover: Prover) -> Sequence[Step]:
    """S4's bound is at least `69 sqrt L` times Theorem 4's."""
    constants = stated_constants(
        {
            "THEOREM_4_CLOCK": 8.0,
            "THEOREM_4_INCREASE_DIVISOR": 9.0,
            "SHARPENED_VARIANCE_RATE": 1.0,
            "LEMMA_6_KL_EXPONENT": 7 / 3,
            "SHARPENED_OVER_THEOREM_4": 69.0,
        }
    )
    return [
        prover.check(curves.exponential()),
        MONOTONE,
        prover.cite("popoviciu"),
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(variance_growth.LARGEST_MEAN_VARIANCE),
        prover.check(hitting_times.LARGEST_VARIANCE),
        prover.check(hitting_times.RANGES),
        prover.check(hitting_times.travelled()),
        prover.check(hitting_times.comparison(), statement="s4-over-thm4", disagreements=constants),
    ]


def theorem_4(prover: Prover) -> Sequence[Step]:
    """Theorem 4, from S4 and the comparison of the two bounds."""
    constants = stated_constants(
        {"THEOREM_4_CLOCK": 8.0, "THEOREM_4_INCREASE_DIVISOR": 9.0, "LEMMA_6_KL_EXPONENT": 7 / 3}
    )
    return [
        prover.cite("s4"),
        prover.cite("s4-over-thm4"),
        prover.check(hitting_times.theorem_4(), statement="thm4", disagreements=constants),
        written(
            "large gamma", "for gamma > 2 there is nothing to show", "t_gamma is infinite: rewards lie in [-1, 1]."
        ),
    ]


MOTION_PROOFS: dict[str, Builder] = {
    "lem5": lemma_5,
    "lem6": lemma_6,
    "s4-path": _path("s4"),
    "s6-path": _path("s6"),
    "thm4": theorem_4,
    "s4": _time("s4"),
    "s6": _time("s6"),
    "s4-over-thm4": comparison,
}
"""By the id of the statement."""
