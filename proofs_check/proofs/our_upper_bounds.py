"""Proofs of S-L10 and S-L11, and of the upper bounds on `t_gamma` that rest on them: S-T5, S-T6 and S-P4."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from proofs_check.conformance import printed_upper_bounds
from proofs_check.conformance.tabular import constant_disagreement, function_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import largest_growth, one_rewarded, sums, upper_bounds
from proofs_check.inequalities import proposition_4 as proposition_4_inequalities
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.symbolic import vanishing
from theory.bounds import lemmas
from theory.bounds import upper_bounds as bounds

KL_LOSS_ARGUMENTS = ((0.25, 2.5, 0.125, 0.25, 0.5, 2.0), (0.5, 4.0, 0.25, 0.125, 1.0, 1.0))
"""Arguments of `kl_loss`: lambda, `ln(1/min pi0)`, `P0`, `1 - rho`, kappa, `n`."""

LATER_ARGUMENTS = ((0.125, 0.25, 2.5, 0.5, 0.75, 2.0), (0.25, 0.0, 4.0, 1.0, 1.0, 1.0))
"""Of `bad_mass_later`: `pi0(Y_bad)`, lambda, `ln(1/min pi0)`, the span, kappa, `n`."""

BAD_LOSS_ARGUMENTS = ((0.125, 0.25, 0.5, 0.75, 2.0), (0.25, 0.125, 0.25, 1.0, 1.0))
"""Of `bad_loss`: `b`, `P0`, `1 - rho`, kappa, `n`."""


def sharpened_lemma_11(prover: Prover) -> Sequence[Step]:
    """S-L11: the KL term of the motion of each probability."""
    return [
        prover.cite("log-tangent"),
        prover.cite("gibbs"),
        prover.check(sums.CENTRED),
        *(
            prover.check(c)
            for c in (
                largest_growth.KL_ON_SET,
                sums.SUM_OF_SQUARES,
                largest_growth.KL_OFF_SET,
                largest_growth.NEGATIVE_PART,
            )
        ),
        prover.check(sums.LOG_RATIO_ABOVE_MEAN),
        prover.check(largest_growth.KL_DRAG, statement="s-lem11"),
    ]


def sharpened_lemma_10(prover: Prover) -> Sequence[Step]:
    """S-L10: how much the mass of a set can grow."""
    rate = lemmas.SHARPENED_LEMMA_10_REWARD_RATE
    constants = [
        constant_disagreement("SHARPENED_LEMMA_10_REWARD_RATE", rate, Fraction(16, 27)),
        constant_disagreement("LEMMA_10_KL_RATE", lemmas.LEMMA_10_KL_RATE, 2.0),
    ]
    pairs = (
        largest_growth.PAIRS,
        largest_growth.GROWTH_BY_PAIRS,
        largest_growth.BOUNDED_REWARDS,
        largest_growth.POSITIVE_PAIRS,
    )
    return [
        prover.cite("lem9"),
        *(
            prover.check(claim)
            for claim in (
                *pairs,
                largest_growth.TWO_VARIABLES,
                largest_growth.LARGEST_PAIRS,
                largest_growth.SMALL_PAIRS,
                largest_growth.SUM_OF_PAIRS,
                largest_growth.ALL_PAIRS,
                largest_growth.GAIN_OF_PAIRS,
            )
        ),
        prover.cite("half-mass"),
        prover.cite("log-spread"),
        prover.check(largest_growth.sharpened_lemma_10(), statement="s-lem10", disagreements=constants),
        prover.check(sums.SUBSET_GROWTH),
        prover.check(vanishing.growth()),
        written("Gronwall's conclusion", "pi_t(A) exp(-c t) does not increase", "Its derivative is at most zero."),
    ]


def _mass_is_enough(prover: Prover) -> list[Step]:
    return [prover.check(upper_bounds.TRUTH_OF_THE_SET), prover.check(upper_bounds.ENOUGH_MASS)]


def _grows(prover: Prover) -> list[Step]:
    """`n |S| P' >= (1 - l) kappa P^2 (1-P)^2` while `P0 <= P <= rho`, and bad outputs hold at most `b`."""
    limit = function_disagreement("kl_loss", bounds.kl_loss, printed_upper_bounds.kl_loss, KL_LOSS_ARGUMENTS)
    claims = (
        proposition_4_inequalities.VALUE_OF_THE_POLICY,
        proposition_4_inequalities.GAP_TO_THE_BEST,
        upper_bounds.ADVANTAGE_OF_THE_SET,
        upper_bounds.LIFT,
        proposition_4_inequalities.DRIVE,
        sums.CAUCHY_SCHWARZ,
        upper_bounds.GAIN,
        proposition_4_inequalities.DRAG,
        upper_bounds.BAD_DRAG,
    )
    return [
        prover.cite("proxy-rises"),
        *(prover.check(claim) for claim in claims),
        prover.cite("s-lem11"),
        prover.check(upper_bounds.KL_LOSS, disagreements=[limit]),
        prover.cite("lem9"),
        prover.check(upper_bounds.ASSEMBLY),
    ]


def _arrives(prover: Prover, statement: str) -> list[Step]:
    return [
        prover.check(vanishing.logistic_integral(), statement=statement),
        written(
            "the set never shrinks in the meantime",
            "P(t) >= P0 until P reaches rho",
            "While P0 <= P < rho its derivative is positive, as l < 1; at a first return to P0 it would be at most "
            "zero. P0 < rho, since otherwise E r_G >= V_G(0) + gamma at t = 0.",
        ),
        written(
            "arrival",
            "t_gamma is at most the bound",
            "Until P reaches rho, G(P) rises at least at the rate (1 - l) kappa / (n |S|): at the bound's time "
            "it would have risen by G(rho) - G(P0). At P = rho the reward has risen by gamma.",
        ),
    ]


def sharpened_theorem_5_fast(prover: Prover) -> Sequence[Step]:
    """S-T5: one good output that stands out."""
    return [
        *_mass_is_enough(prover),
        *_grows(prover),
        prover.check(upper_bounds.NO_BAD_OUTPUT),
        *_arrives(prover, "s-thm5-fast"),
    ]


def sharpened_theorem_6_fast(prover: Prover) -> Sequence[Step]:
    """S-T6: one good output that alone is rewarded."""
    limit = function_disagreement("kl_loss", bounds.kl_loss, printed_upper_bounds.kl_loss, KL_LOSS_ARGUMENTS)
    margin = function_disagreement(
        "one_rewarded_margin", bounds.one_rewarded_margin, lambda outputs: 2 * outputs / (outputs - 1), ((2.0,), (5.0,))
    )
    return [
        *_mass_is_enough(prover),
        *(
            prover.check(claim)
            for claim in (one_rewarded.EQUAL_ADVANTAGES, sums.CAUCHY_SCHWARZ, one_rewarded.ONE_REWARDED_GAIN)
        ),
        prover.cite("s-lem11"),
        prover.check(upper_bounds.KL_LOSS, disagreements=[limit]),
        prover.cite("lem9"),
        prover.check(one_rewarded.ONE_REWARDED_ASSEMBLY, disagreements=[margin]),
        *_arrives(prover, "s-thm6-fast"),
    ]


def sharpened_proposition_4(prover: Prover) -> Sequence[Step]:
    """S-P4: a set of good outputs."""
    constants = [
        constant_disagreement("LARGEST_LOSS", bounds.LARGEST_LOSS, 0.5),
        constant_disagreement("BAD_GROWTH_RATE", bounds.BAD_GROWTH_RATE, Fraction(16, 27)),
        constant_disagreement("BAD_REWARD_GAP", bounds.BAD_REWARD_GAP, 2.0),
        function_disagreement("bad_mass_later", bounds.bad_mass_later, printed_upper_bounds.later, LATER_ARGUMENTS),
        function_disagreement("bad_loss", bounds.bad_loss, printed_upper_bounds.bad_loss, BAD_LOSS_ARGUMENTS),
    ]
    return [
        *_mass_is_enough(prover),
        *_grows(prover),
        prover.cite("s-lem10"),
        prover.check(upper_bounds.bad_growth(), disagreements=constants),
        prover.check(upper_bounds.few_bad_outputs()),
        prover.check(upper_bounds.NO_BAD_MASS),
        *_arrives(prover, "s-prop4"),
    ]


UPPER_BOUND_PROOFS: dict[str, Builder] = {
    "s-lem10": sharpened_lemma_10,
    "s-lem11": sharpened_lemma_11,
    "s-thm5-fast": sharpened_theorem_5_fast,
    "s-thm6-fast": sharpened_theorem_6_fast,
    "s-prop4": sharpened_proposition_4,
}
"""By the id of the statement."""
