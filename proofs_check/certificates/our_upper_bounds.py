"""Our upper bounds on `t_gamma` in ball arithmetic: S-T5, S-T6 and S-P4, beside `theory.bounds.upper_bounds`."""

from __future__ import annotations

import numpy as np
from flint import arb

from proofs_check.certificates.claim import (
    BallClaim,
    Claim,
    best_output,
    in_floats,
    largest,
    of_best_good_set,
    one_rewarded,
    smallest,
)
from proofs_check.enclosures.balls import dot, exact, total
from proofs_check.enclosures.problem import BallProblem
from theory.bounds import upper_bounds


def _antiderivative(p: arb) -> arb:
    """`G`."""
    return 2 * (p / (1 - p)).log() + (2 * p - 1) / (p * (1 - p))


def _share(problem: BallProblem, truth: arb) -> arb:
    """`rho`, with every other output at the worst reward."""
    worst = smallest(problem.truth)
    return (problem.target - worst) / (truth - worst)


def _log_inverse(problem: BallProblem) -> arb:
    return -smallest(problem.policy).log()


def _kl_loss(problem: BallProblem, mass: arb, shortfall: arb, margin: arb, size: arb) -> arb:
    return size * problem.coefficient * _log_inverse(problem) / margin * (1 / mass + 2 / shortfall)


def _time(problem: BallProblem, mass: arb, share: arb, margin: arb, size: arb, loss: arb) -> tuple[arb, float]:
    """The bound in balls and in float64."""
    span = _antiderivative(share) - _antiderivative(mass)

    def in_float64(mass: float, remaining: float, shortfall: float, *rest: float) -> object:
        return upper_bounds.growth_time(upper_bounds.logistic_span(mass, remaining, shortfall), *rest)

    value = in_floats(in_float64, mass, share - mass, 1 - share, margin, size, loss, problem.prompts)
    return problem.prompts * size / margin * span / (1 - loss), value


def _one_output(problem: BallProblem, margin: arb) -> tuple[arb, float, arb]:
    """The bound for `Y+ = {y_g}` in balls and in float64, and the loss."""
    best = best_output(problem)
    mass, share = problem.policy[best], _share(problem, problem.truth[best])
    loss = _kl_loss(problem, mass, 1 - share, margin, arb(1))
    return *_time(problem, mass, share, margin, arb(1), loss), loss


def _theorem_5_fast(problem: BallProblem) -> BallClaim:
    best, mean = best_output(problem), dot(problem.policy, problem.proxy)
    others = [r for i, r in enumerate(problem.proxy) if i != best]
    bound, value, loss = _one_output(problem, problem.proxy[best] - largest(others))
    hypotheses = {
        "best-output-is-good": bool(problem.truth[best] > problem.target),
        "others-below-average": bool(problem.proxy[best] > mean) and all(r <= mean for r in others),
        "small-kl-coefficient": bool(loss < 1),
    }
    return BallClaim(bound, value, hypotheses)


def _theorem_6_fast(problem: BallProblem) -> BallClaim:
    outputs = len(problem.proxy)
    bound, value, loss = _one_output(problem, arb(2 * outputs) / (outputs - 1))
    hypotheses = {
        "one-output-rewarded": one_rewarded(problem),
        "best-output-is-good": bool(problem.truth[best_output(problem)] > problem.target),
        "small-kl-coefficient": bool(loss < 1),
    }
    return BallClaim(bound, value, hypotheses)


def _proposition_4_for(problem: BallProblem, mean: arb, inside: list[int]) -> BallClaim:
    rewards, size = [problem.proxy[i] for i in inside], arb(len(inside))
    # An output that may be above the mean counts as bad: the hypothesis is the harder to meet.
    below = [i for i, r in enumerate(problem.proxy) if r <= mean]
    if not below:
        return BallClaim(arb("nan"), np.nan, {"good-set": False})
    share, mass = (
        _share(problem, smallest([problem.truth[i] for i in inside])),
        total(problem.policy[i] for i in inside),
    )
    shortfall, highest = 1 - share, largest(rewards)
    margin = highest - largest([problem.proxy[i] for i in below]) - (highest - smallest(rewards)) / shortfall
    loss = _kl_loss(problem, mass, shortfall, margin, size)
    bad = [problem.policy[i] for i in range(len(problem.policy)) if i not in below and i not in inside]
    if bad:
        rate = exact(upper_bounds.BAD_GROWTH_RATE) + 2 * problem.coefficient * _log_inverse(problem)
        span = _antiderivative(share) - _antiderivative(mass)
        later = total(bad) * (rate * 2 * size / margin * span).exp()
        gap = exact(upper_bounds.BAD_REWARD_GAP)
        loss += gap * later / (margin * shortfall) + gap * size * later**2 / (margin * mass * shortfall**2)
    bound, value = _time(problem, mass, share, margin, size, loss)
    hypotheses = {
        "good-set": all(problem.truth[i] > problem.target and problem.proxy[i] > mean for i in inside),
        "positive-margin": bool(margin > 0),
        "small-loss": bool(loss <= exact(upper_bounds.LARGEST_LOSS) if bad else loss < 1),
    }
    return BallClaim(bound, value, hypotheses)


UPPER_CLAIMS: dict[str, Claim] = {
    "s-thm5-fast": _theorem_5_fast,
    "s-thm6-fast": _theorem_6_fast,
    "s-prop4": lambda problem: of_best_good_set(problem, _proposition_4_for),
}
"""By statement id."""
