"""The bounds on `t_gamma` and their hypotheses in ball arithmetic, with the constants of `theory.bounds`.

Each formula is written a second time here, because `theory.bounds` computes in float64. Each claim carries both, and
whoever uses it compares them (`agrees`): a formula or a constant that is edited in one place only is noticed.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

from proofs_check.certificates.claim import (
    BallClaim,
    Claim,
    best_output,
    in_floats,
    largest,
    of_best_good_set,
    one_rewarded,
    reward_range,
    share_of,
    smallest,
)
from proofs_check.certificates.growth_control import GROWTH_CONTROL_CLAIMS
from proofs_check.certificates.our_upper_bounds import UPPER_CLAIMS
from proofs_check.enclosures.balls import dot, exact, total
from proofs_check.enclosures.problem import BallProblem
from theory.bounds import lower_bounds, upper_bounds


def _travelled(problem: BallProblem) -> arb:
    return -(-problem.increase / 2).expm1()


def _variance(problem: BallProblem) -> arb:
    centred = [r - problem.proxy[0] for r in problem.proxy]
    mean = dot(problem.policy, centred)
    return total(p * (r - mean) ** 2 for p, r in zip(problem.policy, centred, strict=True))


def _kl_spread(problem: BallProblem) -> arb:
    """`1/(2e) - 2 ln min pi0`."""
    return 1 / (2 * arb.const_e()) - 2 * smallest(problem.policy).log()


def _varies(problem: BallProblem) -> dict[str, bool]:
    return {"reward-varies": bool(reward_range(problem) > 0)}


def _standard_deviation_bound(constant: float, function: Callable[..., object], problem: BallProblem) -> BallClaim:
    variance = _variance(problem)
    bound = exact(constant) * problem.prompts * _travelled(problem) / variance.sqrt()
    return BallClaim(bound, in_floats(function, problem.increase, variance, problem.prompts), _varies(problem))


def _range_bound(constant: float, function: Callable[..., object], problem: BallProblem) -> BallClaim:
    width = reward_range(problem)
    bound = exact(constant) * problem.prompts * _travelled(problem) / width
    hypotheses = {"narrow-rewards": bool(width > 0) and bool(width <= 1)}
    return BallClaim(bound, in_floats(function, problem.increase, 1 / width, problem.prompts), hypotheses)


def _theorem_5_fast(problem: BallProblem) -> BallClaim:
    best = best_output(problem)
    probability, share = problem.policy[best], share_of(problem, problem.truth[best])
    constant, divisor = exact(upper_bounds.THEOREM_5_FAST_CONSTANT), exact(upper_bounds.THEOREM_5_FAST_KL_DIVISOR)
    bound = constant * problem.prompts / (1 - share) ** 4 * (1 / probability - 1 / share)
    limit = probability * (1 - share) ** 4 / (divisor * _kl_spread(problem))
    gaps = [problem.proxy[best] - r for i, r in enumerate(problem.proxy) if i != best]
    return BallClaim(
        bound,
        in_floats(upper_bounds.theorem_5_fast, share, probability, problem.prompts),
        {
            "best-output-is-good": bool(problem.truth[best] > problem.target),
            "best-output-stands-out": all(gap > 1 - probability and gap < 1 for gap in gaps),
            "small-kl-coefficient": bool(problem.coefficient <= limit),
        },
    )


def _theorem_6_fast(problem: BallProblem) -> BallClaim:
    best = best_output(problem)
    probability, share = problem.policy[best], share_of(problem, problem.truth[best])
    constant, divisor = exact(upper_bounds.THEOREM_6_FAST_CONSTANT), exact(upper_bounds.THEOREM_6_FAST_KL_DIVISOR)
    bound = constant * problem.prompts / (1 - share) ** 3 * (1 / probability - 1 / share)
    limit = probability * (1 - share) ** 3 / (divisor * _kl_spread(problem))
    return BallClaim(
        bound,
        in_floats(upper_bounds.theorem_6_fast, share, probability, problem.prompts),
        {
            "one-output-rewarded": one_rewarded(problem),
            "best-output-is-good": bool(problem.truth[best] > problem.target),
            "small-kl-coefficient": bool(problem.coefficient <= limit),
        },
    )


def _theorem_6_slow_hypotheses(problem: BallProblem) -> dict[str, bool]:
    good = [bool(g > problem.target) for g in problem.truth]
    return {
        "one-output-rewarded": one_rewarded(problem),
        "two-good-outputs": good[best_output(problem)] and sum(good) >= 2,
    }


def _theorem_6_slow(problem: BallProblem) -> BallClaim:
    divisor = lower_bounds.THEOREM_6_SLOW_DIVISOR
    # The paper's constant is the square root itself, not the float64 number nearest to it.
    root = arb(2).sqrt() if divisor == 2.0**0.5 else exact(divisor)
    probability = problem.policy[best_output(problem)]
    bound = problem.prompts / root * _travelled(problem) / probability.sqrt()
    value = in_floats(lower_bounds.theorem_6_slow, problem.increase, probability, problem.prompts)
    return BallClaim(bound, value, _theorem_6_slow_hypotheses(problem))


def _sharpened_theorem_6_slow(problem: BallProblem) -> BallClaim:
    constant = exact(lower_bounds.SHARPENED_THEOREM_6_SLOW_CONSTANT)
    probability = problem.policy[best_output(problem)]
    rest = total(p for i, p in enumerate(problem.policy) if i != best_output(problem))
    bound = constant * problem.prompts * _travelled(problem) / (probability * rest).sqrt()
    value = in_floats(lower_bounds.sharpened_theorem_6_slow, problem.increase, probability, problem.prompts)
    return BallClaim(bound, value, _theorem_6_slow_hypotheses(problem))


def _proposition_4_for(problem: BallProblem, mean: arb, inside: list[int]) -> BallClaim:
    rewards = [problem.proxy[i] for i in inside]
    share = share_of(problem, smallest([problem.truth[i] for i in inside]))
    highest = largest(rewards)
    margin = (1 - share) * (highest - mean) - (highest - smallest(rewards))
    mass, size = total(problem.policy[i] for i in inside), len(inside)
    rate = (1 - share) * margin
    inverse = 1 / mass - 1 / share
    constant, divisor = exact(upper_bounds.PROPOSITION_4_CONSTANT), exact(upper_bounds.PROPOSITION_4_KL_DIVISOR)
    bound = constant * problem.prompts * size / rate * inverse
    kl_limit = mass * rate / (divisor * size * _kl_spread(problem))
    exponent = exact(upper_bounds.PROPOSITION_4_MASS_EXPONENT) * size / rate * inverse
    mass_limit = mass**2 * rate / (exact(upper_bounds.PROPOSITION_4_MASS_DIVISOR) * size) * (-exponent).exp()
    # An output that may be above the mean counts as bad: the hypothesis is the harder to meet.
    bad = total(p for i, p in enumerate(problem.policy) if i not in inside and not problem.proxy[i] <= mean)
    return BallClaim(
        bound,
        in_floats(upper_bounds.proposition_4, share, margin, mass, arb(size), problem.prompts),
        {
            "good-set": all(problem.truth[i] > problem.target and problem.proxy[i] > mean for i in inside),
            "positive-margin": bool(margin > 0),
            "small-kl-coefficient": bool(problem.coefficient <= kl_limit),
            "small-bad-mass": bool(bad <= mass_limit),
        },
    )


CLAIMS: dict[str, Claim] = {
    "prop3": lambda p: _standard_deviation_bound(lower_bounds.PROPOSITION_3_CONSTANT, lower_bounds.proposition_3, p),
    "s3": lambda p: _standard_deviation_bound(
        lower_bounds.SHARPENED_PROPOSITION_3_CONSTANT, lower_bounds.sharpened_proposition_3, p
    ),
    "thm5-slow": lambda p: _range_bound(lower_bounds.THEOREM_5_SLOW_CONSTANT, lower_bounds.theorem_5_slow, p),
    "s-thm5": lambda p: _range_bound(
        lower_bounds.SHARPENED_THEOREM_5_SLOW_CONSTANT, lower_bounds.sharpened_theorem_5_slow, p
    ),
    "thm5-fast": _theorem_5_fast,
    "thm6-fast": _theorem_6_fast,
    "thm6-slow": _theorem_6_slow,
    "s-thm6": _sharpened_theorem_6_slow,
    "prop4": lambda problem: of_best_good_set(problem, _proposition_4_for),
    **GROWTH_CONTROL_CLAIMS,
    **UPPER_CLAIMS,
}
"""By statement id."""
