"""Every hypothesis of every statement about tables as printed, one by one; on its own, as `printed_tabular`.

Nothing here comes from `theory`. Each hypothesis is a slack, whose sign says whether it holds: so points can be placed
at its limit, and a test can tell that they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from proofs_check.conformance import printed_upper_bounds
from proofs_check.conformance.printed_good_sets import (
    Slack,
    StatedSet,
    eligibility,
    inside,
    inside_or_at,
    log_inverse,
    mean,
    proposition_4_set,
    relative,
)
from proofs_check.conformance.tabular import Point

SlackOf: TypeAlias = Callable[[Point], Slack]


@dataclass(frozen=True)
class StatedHypothesis:
    """One hypothesis: its `slack` at a point, and whether the inequality is `strict`."""

    slack: SlackOf
    strict: bool = True

    def holds(self, point: Point) -> bool | None:
        """Whether it does; None where it has no meaning, which another hypothesis of the statement rules out."""
        slack = self.slack(point)
        return None if slack is None else (inside if self.strict else inside_or_at)(slack)


def _best(point: Point) -> int:
    return max(range(len(point.proxy)), key=lambda k: point.proxy[k])


def _others(point: Point) -> list[int]:
    return [k for k in range(len(point.proxy)) if k != _best(point)]


def proxy_varies(point: Point) -> Slack:
    """The range of the proxy rewards, which is positive."""
    return max(point.proxy) - min(point.proxy)


def regularized_varies(point: Point) -> Slack:
    """The variance of `r_KL` is positive where it takes more than one value."""
    return float(np.ptp(point.regularized))


def not_the_baseline(point: Point) -> Slack:
    """The largest distance of a proxy reward from the coefficient, which is the baseline here."""
    return max(abs(r - point.coefficient) for r in point.proxy)


def start_varies(point: Point) -> Slack:
    """The range of `r_RM - lambda ln(pi0/pi_ref)`, with the point's reference as the initial policy and its policy as
    the reference."""
    return float(np.ptp(point.floats("proxy") + float(point.coefficient) * point.log_ratio))


def reference_is_uniform(point: Point) -> Slack:
    """Minus the distance of the point's policy, which is the reference here, from the uniform one."""
    return -float(max(point.policy) - min(point.policy))


def narrow(point: Point) -> Slack:
    """`0 < range <= 1`; no T is named where all rewards are equal."""
    width = max(point.proxy) - min(point.proxy)
    return 1 - width if width > 0 else -1.0


def _rise_at(point: Point, output: int) -> Fraction:
    return point.truth[output] - mean(point, point.truth) - point.increase


def best_is_good(point: Point) -> Slack:
    """The ground-truth reward of the best output under the proxy, above the level that is waited for."""
    return _rise_at(point, _best(point))


def two_are_good(point: Point) -> Slack:
    """The same of the best output and of the best among the others, whichever is smaller."""
    return min(_rise_at(point, _best(point)), max(_rise_at(point, k) for k in _others(point)))


def best_stands_out(point: Point) -> Slack:
    """`1 - pi0(y_g) <= r_RM(y_g) - r_RM(y) <= 1` for every other output."""
    best = _best(point)
    gaps = [point.proxy[best] - point.proxy[k] for k in _others(point)]
    return min(min(gap - (1 - point.reference[best]), 1 - gap) for gap in gaps)


def one_is_rewarded(point: Point) -> Slack:
    """Zero where the rewards are as asked for, which has no inside."""
    wanted = [Fraction(1), *[Fraction(-1)] * (len(point.proxy) - 1)]
    return -max(abs(a - b) for a, b in zip(sorted(point.proxy, reverse=True), wanted, strict=True))


def others_below_average(point: Point) -> Slack:
    """Where all are equal the best one is not above the average."""
    average = mean(point, point.proxy)
    return min(average - point.proxy[k] for k in _others(point)) if max(point.proxy) > average else Fraction(-1)


def paper_kl(power: int, divisor: float) -> SlackOf:
    """`lambda <= pi0(y_g) (1-rho)^power / (divisor (1/(2e) - 2 ln min pi0))`, for a good `y_g`."""

    def slack(point: Point) -> Slack:
        best = _best(point)
        if _rise_at(point, best) <= 0:
            return None
        shortfall = _rise_at(point, best) / (point.truth[best] + 1)
        log_term = 1 / (2 * math.e) + 2 * log_inverse(point)
        limit = float(point.reference[best] * shortfall**power) / (divisor * log_term)
        return relative(limit, float(point.coefficient))

    return slack


def our_kl(margin: Callable[[Point], float]) -> SlackOf:
    """`n lambda / kappa ln(1/min pi0) (1/P0 + 2/(1-rho)) < 1`, for a good `y_g`."""

    def slack(point: Point) -> Slack:
        loss = printed_upper_bounds.loss_to_kl(point, [_best(point)], margin(point))
        return None if loss is None else 1 - loss

    return slack


def of_the_set(find: Callable[[Point], StatedSet | None], name: str) -> SlackOf:
    """A hypothesis about the set that a statement is applied to."""

    def slack(point: Point) -> Slack:
        found = find(point)
        return None if found is None else found.slacks[name]

    return slack


def without_kl(point: Point) -> Slack:
    """Minus the KL coefficient: zero is the only value that is allowed."""
    return -float(point.coefficient)


REWARD_VARIES = {"reward-varies": StatedHypothesis(proxy_varies)}
POLICY_VARIES = {"reward-varies": StatedHypothesis(regularized_varies)}
NARROW = {"narrow-rewards": StatedHypothesis(narrow, strict=False)}
BEST_IS_GOOD = {"best-output-is-good": StatedHypothesis(best_is_good)}
ONE_REWARDED = {"one-output-rewarded": StatedHypothesis(one_is_rewarded, strict=False)}
TWO_GOOD = {"two-good-outputs": StatedHypothesis(two_are_good)}
NOT_THE_BASELINE = {"reward-varies": StatedHypothesis(not_the_baseline)}
DRIVEN = {"reward-varies": StatedHypothesis(start_varies)}
UNIFORM = {"uniform-reference": StatedHypothesis(reference_is_uniform, strict=False)}
NO_KL = {"no-kl-term": StatedHypothesis(without_kl, strict=False)}
GOOD_SET = {"good-set": StatedHypothesis(eligibility)}


def _set_hypothesis(find: Callable[[Point], StatedSet | None], name: str, *, strict: bool) -> StatedHypothesis:
    return StatedHypothesis(of_the_set(find, name), strict=strict)


STATED_HYPOTHESES: Mapping[str, Mapping[str, StatedHypothesis]] = {
    **dict.fromkeys(("lem8", "var-rate", "s3-var-rate", "s3-value-rate"), POLICY_VARIES),
    "s-path-deviation": REWARD_VARIES,
    "step-threshold": REWARD_VARIES,
    **dict.fromkeys(("s-gd", "s-sign", "s-g1", "s-npg", "s-rloo", "s-var-path"), REWARD_VARIES | NO_KL),
    **dict.fromkeys(("prop3", "s3", "s3-plus", "s3-plus-plus", "s3-linear", "linear-law"), REWARD_VARIES),
    "s-reinforce": NOT_THE_BASELINE | NO_KL,
    "s3-other-reference": DRIVEN,
    "s3-entropy": DRIVEN | UNIFORM,
    **dict.fromkeys(("thm5-slow", "s-thm5"), NARROW),
    **dict.fromkeys(("thm6-slow", "s-thm6"), ONE_REWARDED | TWO_GOOD),
    "thm5-fast": BEST_IS_GOOD
    | {
        "best-output-stands-out": StatedHypothesis(best_stands_out),
        "small-kl-coefficient": StatedHypothesis(paper_kl(4, 8.0), strict=False),
    },
    "s-thm5-fast": BEST_IS_GOOD
    | {
        "others-below-average": StatedHypothesis(others_below_average, strict=False),
        "small-kl-coefficient": StatedHypothesis(our_kl(printed_upper_bounds.best_margin)),
    },
    "thm6-fast": ONE_REWARDED
    | BEST_IS_GOOD
    | {
        "small-kl-coefficient": StatedHypothesis(paper_kl(3, 16.0), strict=False),
    },
    "s-thm6-fast": ONE_REWARDED
    | BEST_IS_GOOD
    | {
        "small-kl-coefficient": StatedHypothesis(our_kl(printed_upper_bounds.one_rewarded_margin)),
    },
    "prop4": GOOD_SET
    | {
        "positive-margin": _set_hypothesis(proposition_4_set, "positive-margin", strict=True),
        "small-kl-coefficient": _set_hypothesis(proposition_4_set, "small-kl-coefficient", strict=False),
        "small-bad-mass": _set_hypothesis(proposition_4_set, "small-bad-mass", strict=False),
    },
    "s-prop4": GOOD_SET
    | {
        "positive-margin": _set_hypothesis(printed_upper_bounds.proposition_4_set, "positive-margin", strict=True),
        "small-loss": _set_hypothesis(printed_upper_bounds.proposition_4_set, "small-loss", strict=False),
    },
}
"""By the id of the statement and the name of the hypothesis; statements that are not here have none."""


def all_hold(statement: str, point: Point) -> bool:
    """Whether a statement applies at the point."""
    return all(hypothesis.holds(point) is True for hypothesis in STATED_HYPOTHESES.get(statement, {}).values())
