"""Proofs of the statements about paths and hitting times: S3, Proposition 4, and what follows from each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from proofs_check.conformance.tabular import constant_disagreement, function_disagreement
from proofs_check.evidence.proof import Step, written
from proofs_check.inequalities import lower_bounds as corollaries
from proofs_check.inequalities import proposition_4 as fast
from proofs_check.inequalities import rates, sums
from proofs_check.inequalities import single_output as single
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.symbolic import identities
from proofs_check.symbolic import vanishing as scalar
from theory.bounds import lemmas, upper_bounds

FAST_ARGUMENTS = ((0.75, 0.25, -2.5), (0.5, 0.125, -4.0))
"""Arguments `rho`, `pi0(y_g)`, `ln min pi0` at which the code of a limit is compared with the formula."""

PROPOSITION_4_ARGUMENTS = ((0.75, 0.5, 0.25, 2.0, -2.5), (0.5, 0.25, 0.125, 1.0, -4.0))
"""The same for `rho`, `delta`, `pi0(Y+)`, `|Y+|`, `ln min pi0`."""


def _stated(stated: dict[str, float]) -> list[str | None]:
    """Comparisons of constants of `theory.bounds` with those that the statement names."""
    return [constant_disagreement(name, getattr(bounds, name), value) for name, value in stated.items()]


def sharpened_proposition_3(prover: Prover) -> Sequence[Step]:
    constants = _stated({"SHARPENED_PROPOSITION_3_CONSTANT": 4.0})
    return [
        prover.cite("s3-var-rate"),
        prover.cite("s3-value-rate"),
        prover.cite("lem1"),
        prover.check(scalar.lower_bound_integral(), statement="s3", disagreements=constants),
        written("the variance stays positive", "Lemma 1 applies to the variance at all times",
                "The variance of r_KL is zero only where the flow stands still; from elsewhere it does not get there "
                "in "
                "finite time, since solutions are unique. At t = 0 the policy is the reference, so r_KL = r_RM."),
        written("first time", "E_p[r] has risen by gamma no earlier than at the bound",
                "E_p[r] is continuous, and its rise is at most the integral of its rate, which increases with t and "
                "equals "
                "gamma at the bound."),
    ]  # fmt: skip


def proposition_3(prover: Prover) -> Sequence[Step]:
    query = corollaries.proposition_3()
    constants = _stated({"PROPOSITION_3_CONSTANT": 2.0})
    return [prover.cite("s3"), prover.check(query, statement="prop3", disagreements=constants)]


def _narrow_rewards(statement: str, name: str, stated: float) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        query = corollaries.narrow_rewards(getattr(bounds, name), statement)
        check = prover.check(query, statement=statement, disagreements=_stated({name: stated}))
        return [prover.cite("s3"), prover.cite("popoviciu"), check]

    return steps


def sharpened_theorem_6_slow(prover: Prover) -> Sequence[Step]:
    query = corollaries.one_rewarded_output()
    constants = _stated({"SHARPENED_THEOREM_6_SLOW_CONSTANT": 2.0})
    return [
        prover.cite("s3"),
        prover.check(identities.ONE_AGAINST_ALL),
        prover.check(query, statement="s-thm6", disagreements=constants),
    ]


def theorem_6_slow(prover: Prover) -> Sequence[Step]:
    query = corollaries.theorem_6_slow()
    constants = _stated({"THEOREM_6_SLOW_DIVISOR": math.sqrt(2)})
    return [prover.cite("s-thm6"), prover.check(query, statement="thm6-slow", disagreements=constants)]


def lemma_10(prover: Prover) -> Sequence[Step]:
    constants = [
        constant_disagreement("LEMMA_10_REWARD_RATE", lemmas.LEMMA_10_REWARD_RATE, 4.0),
        constant_disagreement("LEMMA_10_KL_RATE", lemmas.LEMMA_10_KL_RATE, 2.0),
    ]
    return [
        prover.cite("lem9"),
        prover.cite("half-mass"),
        prover.cite("mean-deviation"),
        prover.cite("log-spread"),
        prover.check(rates.lemma_10(), statement="lem10", disagreements=constants),
        prover.check(sums.SUBSET_GROWTH),
        prover.check(scalar.growth()),
        written("Gronwall's conclusion", "pi_t(A) exp(-c t) does not increase", "Its derivative is at most zero."),
    ]


def proposition_4(prover: Prover) -> Sequence[Step]:
    constants = _stated({"PROPOSITION_4_CONSTANT": 4.0, "PROPOSITION_4_KL_DIVISOR": 8.0,
                         "PROPOSITION_4_MASS_DIVISOR": 16.0, "PROPOSITION_4_MASS_EXPONENT": 20.0})  # fmt: skip
    limits = [
        function_disagreement("proposition_4_kl_limit", upper_bounds.proposition_4_kl_limit, _kl_limit,
                              PROPOSITION_4_ARGUMENTS),
        function_disagreement("proposition_4_mass_limit", upper_bounds.proposition_4_mass_limit, _mass_limit,
                              [arguments[:4] for arguments in PROPOSITION_4_ARGUMENTS]),
    ]  # fmt: skip
    advantage = (fast.VALUE_OF_THE_POLICY, fast.GAP_TO_THE_BEST, fast.ADVANTAGE_OF_THE_SET, fast.HALF_THE_MARGIN)
    return [
        prover.check(fast.TRUTH_OF_THE_SET),
        prover.check(fast.ENOUGH_MASS),
        prover.check(fast.ELEMENTARY_RANGES),
        prover.cite("proxy-rises"),
        *(prover.check(claim) for claim in advantage),
        *(prover.check(claim) for claim in (fast.DRIVE, sums.CAUCHY_SCHWARZ, fast.gain(), fast.DRAG, fast.loss())),
        prover.cite("lem11"),
        prover.check(sums.SUBSET_GROWTH),
        prover.check(fast.divergence_loss(), disagreements=[limits[0]]),
        prover.cite("lem9"),
        prover.check(fast.ASSEMBLY),
        prover.cite("lem10"),
        prover.check(fast.exponent()),
        prover.check(fast.bad_mass(), disagreements=[limits[1]]),
        prover.cite("lem2"),
        prover.check(scalar.upper_bound_integral(), statement="prop4", disagreements=constants),
        written("the set never shrinks", "P(t) >= P0 until P reaches rho or the time of the bound",
                "Up to that time the bad set is small, by Lemma 10. While P0 <= P < rho, |S| dP/dt >= q P^2/(4n) > "
                "0. At a "
                "first return to P0 the derivative would be at most zero. Outputs outside Y+ and Y_bad have "
                "r_RM <= V_RM(0) <= V_RM(t)."),
        written("contradiction", "t_gamma is at most the bound",
                "Otherwise P < rho up to the time of the bound, and Lemma 2 puts P at rho then."),
    ]  # fmt: skip


def _kl_limit(share: float, margin: float, mass: float, size: float, smallest: float) -> float:
    return mass * (1 - share) * margin / (8 * size * (2 * -smallest + 1 / (2 * math.e)))


def _mass_limit(share: float, margin: float, mass: float, size: float) -> float:
    rate = (1 - share) * margin
    return mass**2 * rate / (16 * size) * math.exp(-20 * size / rate * (1 / mass - 1 / share))


def _fast_limit(power: int, divisor: float) -> Callable[..., float]:
    return lambda share, mass, smallest: mass * (1 - share) ** power / (divisor * (1 / (2 * math.e) - 2 * smallest))


def theorem_5_fast(prover: Prover) -> Sequence[Step]:
    constants = _stated({"THEOREM_5_FAST_CONSTANT": 4.0, "THEOREM_5_FAST_KL_DIVISOR": 8.0})
    limit = function_disagreement("theorem_5_fast_kl_limit", upper_bounds.theorem_5_fast_kl_limit, _fast_limit(4, 8.0),
                                  FAST_ARGUMENTS)  # fmt: skip
    return [
        prover.cite("prop4"),
        prover.check(single.OTHERS_LAG),
        prover.check(single.theorem_5_from_proposition_4(), statement="thm5-fast", disagreements=[*constants, limit]),
        prover.check(single.theorem_5_single()),
    ]


def theorem_6_fast(prover: Prover) -> Sequence[Step]:
    constants = _stated({"THEOREM_6_FAST_CONSTANT": 2.0, "THEOREM_6_FAST_KL_DIVISOR": 16.0})
    limit = function_disagreement("theorem_6_fast_kl_limit", upper_bounds.theorem_6_fast_kl_limit, _fast_limit(3, 16.0),
                                  FAST_ARGUMENTS)  # fmt: skip
    return [
        prover.cite("prop4"),
        prover.check(single.theorem_6_from_proposition_4(), statement="thm6-fast", disagreements=[*constants, limit]),
        prover.check(single.theorem_6_single()),
    ]


BOUND_PROOFS: dict[str, Builder] = {
    "lem10": lemma_10,
    "s3": sharpened_proposition_3,
    "prop3": proposition_3,
    "s-thm5": _narrow_rewards("s-thm5", "SHARPENED_THEOREM_5_SLOW_CONSTANT", 8.0),
    "thm5-slow": _narrow_rewards("thm5-slow", "THEOREM_5_SLOW_CONSTANT", 2.0),
    "s-thm6": sharpened_theorem_6_slow,
    "thm6-slow": theorem_6_slow,
    "prop4": proposition_4,
    "thm5-fast": theorem_5_fast,
    "thm6-fast": theorem_6_fast,
}
"""By the id of the statement."""
