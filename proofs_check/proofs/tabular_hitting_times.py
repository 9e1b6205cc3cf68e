"""Proofs of the statements about paths and hitting times: S3, Proposition 4, and what follows from each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import ModuleType

from proofs_check.conformance.tabular import constant_disagreement, function_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import lower_bounds as lower_bound_inequalities
from proofs_check.inequalities import proposition_4 as proposition_4_inequalities
from proofs_check.inequalities import rates, single_output, sums
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.symbolic import identities, vanishing
from theory.bounds import lemmas, lower_bounds, upper_bounds

FAST_ARGUMENTS = ((0.75, 0.25, -2.5), (0.5, 0.125, -4.0))
"""Arguments `rho`, `pi0(y_g)`, `ln min pi0` at which the code of a limit is compared with the formula."""

PROPOSITION_4_ARGUMENTS = ((0.75, 0.5, 0.25, 2.0, -2.5), (0.5, 0.25, 0.125, 1.0, -4.0))
"""The same for `rho`, `delta`, `pi0(Y+)`, `|Y+|`, `ln min pi0`."""


def _stated(module: ModuleType, stated: dict[str, float]) -> list[str | None]:
    """Comparisons of constants of a module of `theory.bounds` with those that the statement names."""
    return [constant_disagreement(name, getattr(module, name), value) for name, value in stated.items()]


def sharpened_proposition_3(prover: Prover) -> Sequence[Step]:
    """S3: the lower bound on `t_gamma` by the variance at the start."""
    constants = _stated(lower_bounds, {"SHARPENED_PROPOSITION_3_CONSTANT": 4.0})
    return [
        prover.cite("s3-var-rate"),
        prover.cite("s3-value-rate"),
        prover.cite("lem1"),
        prover.check(vanishing.lower_bound_integral(), statement="s3", disagreements=constants),
        written(
            "the variance stays positive",
            "Lemma 1 applies to the variance at all times",
            "The variance of r_KL is zero only where the flow stands still; from elsewhere it does not get there "
            "in "
            "finite time, since solutions are unique. At t = 0 the policy is the reference, so r_KL = r_RM.",
        ),
        written(
            "first time",
            "E_p[r] has risen by gamma no earlier than at the bound",
            "E_p[r] is continuous, and its rise is at most the integral of its rate, which increases with t and "
            "equals "
            "gamma at the bound.",
        ),
    ]


def proposition_3(prover: Prover) -> Sequence[Step]:
    """Proposition 3, from S3."""
    query = lower_bound_inequalities.proposition_3()
    constants = _stated(lower_bounds, {"PROPOSITION_3_CONSTANT": 2.0})
    return [prover.cite("s3"), prover.check(query, statement="prop3", disagreements=constants)]


def _narrow_rewards(statement: str, name: str, stated: float) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        query = lower_bound_inequalities.narrow_rewards(getattr(lower_bounds, name), statement)
        check = prover.check(query, statement=statement, disagreements=_stated(lower_bounds, {name: stated}))
        return [prover.cite("s3"), prover.cite("popoviciu"), check]

    return steps


def sharpened_theorem_6_slow(prover: Prover) -> Sequence[Step]:
    """S-T6, the lower bound for one rewarded output, from S3."""
    query = lower_bound_inequalities.one_rewarded_output()
    constants = _stated(lower_bounds, {"SHARPENED_THEOREM_6_SLOW_CONSTANT": 2.0})
    return [
        prover.cite("s3"),
        prover.check(identities.ONE_AGAINST_ALL),
        prover.check(query, statement="s-thm6", disagreements=constants),
    ]


def theorem_6_slow(prover: Prover) -> Sequence[Step]:
    """The lower bound of Theorem 6, from ours."""
    query = lower_bound_inequalities.theorem_6_slow()
    constants = _stated(lower_bounds, {"THEOREM_6_SLOW_DIVISOR": math.sqrt(2)})
    return [prover.cite("s-thm6"), prover.check(query, statement="thm6-slow", disagreements=constants)]


def lemma_10(prover: Prover) -> Sequence[Step]:
    """The paper's Lemma 10: how much the mass of a set can grow."""
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
        prover.check(vanishing.growth()),
        written("Gronwall's conclusion", "pi_t(A) exp(-c t) does not increase", "Its derivative is at most zero."),
    ]


def _limits_of_proposition_4() -> list[str | None]:
    """Comparisons of the code of its two limits, to the KL coefficient and to the bad mass, with the formulas."""
    return [
        function_disagreement(
            "proposition_4_kl_limit", upper_bounds.proposition_4_kl_limit, _kl_limit, PROPOSITION_4_ARGUMENTS
        ),
        function_disagreement(
            "proposition_4_mass_limit",
            upper_bounds.proposition_4_mass_limit,
            _mass_limit,
            [arguments[:4] for arguments in PROPOSITION_4_ARGUMENTS],
        ),
    ]


THE_SET_NEVER_SHRINKS = written(
    "the set never shrinks",
    "P(t) >= P0 until P reaches rho or the time of the bound",
    "Up to that time the bad set is small, by Lemma 10. While P0 <= P < rho, |S| dP/dt >= q P^2/(4n) > "
    "0. At a first return to P0 the derivative would be at most zero. Outputs outside Y+ and Y_bad have "
    "r_RM <= V_RM(0) <= V_RM(t).",
)
CONTRADICTION = written(
    "contradiction",
    "t_gamma is at most the bound",
    "Otherwise P < rho up to the time of the bound, and Lemma 2 puts P at rho then.",
)


def proposition_4(prover: Prover) -> Sequence[Step]:
    """Proposition 4: the upper bound on `t_gamma` by a set of good outputs."""
    constants = _stated(
        upper_bounds,
        {
            "PROPOSITION_4_CONSTANT": 4.0,
            "PROPOSITION_4_KL_DIVISOR": 8.0,
            "PROPOSITION_4_MASS_DIVISOR": 16.0,
            "PROPOSITION_4_MASS_EXPONENT": 20.0,
        },
    )
    kl_limit, mass_limit = _limits_of_proposition_4()
    growth = (
        proposition_4_inequalities.VALUE_OF_THE_POLICY,
        proposition_4_inequalities.GAP_TO_THE_BEST,
        proposition_4_inequalities.ADVANTAGE_OF_THE_SET,
        proposition_4_inequalities.HALF_THE_MARGIN,
        proposition_4_inequalities.DRIVE,
        sums.CAUCHY_SCHWARZ,
        proposition_4_inequalities.gain(),
        proposition_4_inequalities.DRAG,
        proposition_4_inequalities.loss(),
    )
    return [
        prover.check(proposition_4_inequalities.TRUTH_OF_THE_SET),
        prover.check(proposition_4_inequalities.ENOUGH_MASS),
        prover.check(proposition_4_inequalities.ELEMENTARY_RANGES),
        prover.cite("proxy-rises"),
        *(prover.check(claim) for claim in growth),
        prover.cite("lem11"),
        prover.check(sums.SUBSET_GROWTH),
        prover.check(proposition_4_inequalities.divergence_loss(), disagreements=[kl_limit]),
        prover.cite("lem9"),
        prover.check(proposition_4_inequalities.ASSEMBLY),
        prover.cite("lem10"),
        prover.check(proposition_4_inequalities.exponent()),
        prover.check(proposition_4_inequalities.bad_mass(), disagreements=[mass_limit]),
        prover.cite("lem2"),
        prover.check(vanishing.upper_bound_integral(), statement="prop4", disagreements=constants),
        THE_SET_NEVER_SHRINKS,
        CONTRADICTION,
    ]


def _kl_limit(share: float, margin: float, mass: float, size: float, smallest: float) -> float:
    return mass * (1 - share) * margin / (8 * size * (2 * -smallest + 1 / (2 * math.e)))


def _mass_limit(share: float, margin: float, mass: float, size: float) -> float:
    rate = (1 - share) * margin
    return mass**2 * rate / (16 * size) * math.exp(-20 * size / rate * (1 / mass - 1 / share))


def _fast_limit(power: int, divisor: float) -> Callable[..., float]:
    return lambda share, mass, smallest: mass * (1 - share) ** power / (divisor * (1 / (2 * math.e) - 2 * smallest))


def theorem_5_fast(prover: Prover) -> Sequence[Step]:
    """The upper bound of Theorem 5, from Proposition 4."""
    constants = _stated(upper_bounds, {"THEOREM_5_FAST_CONSTANT": 4.0, "THEOREM_5_FAST_KL_DIVISOR": 8.0})
    limit = function_disagreement(
        "theorem_5_fast_kl_limit", upper_bounds.theorem_5_fast_kl_limit, _fast_limit(4, 8.0), FAST_ARGUMENTS
    )
    return [
        prover.cite("prop4"),
        prover.check(single_output.OTHERS_LAG),
        prover.check(
            single_output.theorem_5_from_proposition_4(),
            statement="thm5-fast",
            disagreements=[*constants, limit],
        ),
        prover.check(single_output.theorem_5_single()),
    ]


def theorem_6_fast(prover: Prover) -> Sequence[Step]:
    """The upper bound of Theorem 6, from Proposition 4."""
    constants = _stated(upper_bounds, {"THEOREM_6_FAST_CONSTANT": 2.0, "THEOREM_6_FAST_KL_DIVISOR": 16.0})
    limit = function_disagreement(
        "theorem_6_fast_kl_limit", upper_bounds.theorem_6_fast_kl_limit, _fast_limit(3, 16.0), FAST_ARGUMENTS
    )
    return [
        prover.cite("prop4"),
        prover.check(
            single_output.theorem_6_from_proposition_4(),
            statement="thm6-fast",
            disagreements=[*constants, limit],
        ),
        prover.check(single_output.theorem_6_single()),
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
