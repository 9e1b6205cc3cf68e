"""The two sides and the hypotheses of every statement about policies of any kind, on their own.

As `conformance.printed_tabular`: nothing here comes from `theory`, and constants are written out as in the statements.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from proofs_check.conformance.parametric_points import ParametricPoint
from proofs_check.conformance.tabular import Sides

ParametricStated: TypeAlias = Callable[[ParametricPoint], Sides]
Conditions: TypeAlias = dict[str, Callable[[ParametricPoint], bool]]


def martingale(point: ParametricPoint) -> Sides:
    """The mean square of the parts of a martingale, and the variance."""
    return point.martingale_variance, point.variance


def contrast(point: ParametricPoint) -> Sides:
    """The contrast norm is at most the norm of the Jacobian."""
    return point.contrast_norm, point.jacobian_norm


def fisher_norm(point: ParametricPoint) -> Sides:
    """`||F|| <= L K^2 / 2`, with `K` the contrast norm."""
    return point.fisher_norm, point.length * point.contrast_norm**2 / 2


def fisher_form(point: ParametricPoint) -> Sides:
    """`||grad phi|| <= sqrt(||F|| Var)`."""
    return point.gradient_norm, math.sqrt(point.fisher_norm * point.variance)


def flat_landscape(norm: str) -> ParametricStated:
    """`J sqrt(L Var / 2)`, for the norm of that field."""
    return lambda p: (p.gradient_norm, getattr(p, norm) * math.sqrt(p.length * p.variance / 2))


def proposition_2(point: ParametricPoint) -> Sides:
    """`M` is one where `|r_KL|` is smaller than that."""
    largest = max(point.largest_reward, 1.0)
    return point.gradient_norm, 6 * _root(largest) * point.length * point.jacobian_norm * _root(point.variance)


def razin_2024(point: ParametricPoint) -> Sides:
    """`STD^(2/3)` is the third root of the variance."""
    return point.gradient_norm, 6 * point.length * point.jacobian_norm * math.sqrt(point.variance) ** (2 / 3)


def lemma_5_rate(point: ParametricPoint) -> Sides:
    """Lemma 5's rate of the variance; one that falls breaks nothing."""
    larger = 24 * point.length**2 * point.jacobian_norm**2 * _root(point.variance) ** 4
    return max(point.variance_rate, 0.0), larger


def rate(norm: str, constant: float) -> ParametricStated:
    """`c L^(3/2) J^2 Var^(3/2)`; a rate that falls breaks nothing."""
    return lambda p: (
        max(p.variance_rate, 0.0),
        constant * math.sqrt(p.length * p.variance) ** 3 * getattr(p, norm) ** 2,
    )


def lemma_5(point: ParametricPoint) -> Sides:
    """Lemma 5's bound on the path."""
    share = _paper_share(point)
    return point.path_length, 3 / (2 * point.length * point.path_jacobian_norm) * _log_one_over(1 - share)


def lemma_6(point: ParametricPoint) -> Sides:
    """`|r_KL| <= 8`."""
    return point.largest_reward, 8.0


def path(norm: str, constant: float) -> ParametricStated:
    """`sqrt 2 / (c L J) ln(1 / (1 - c L^(3/2) J^2 sqrt(E Var_0) T / 2))`; nothing is claimed from its pole on."""

    def sides(p: ParametricPoint) -> Sides:
        norm_now = getattr(p, norm)
        share = constant * p.length**1.5 * norm_now**2 * math.sqrt(p.initial_variance) * p.elapsed / 2
        if share >= 1:
            return 0.0, math.inf
        return p.path_length, math.sqrt(2) / (constant * p.length * norm_now) * _log_one_over(1 - share)

    return sides


def _theorem_4(point: ParametricPoint) -> float:
    by_increase = 1 - math.exp(-point.increase / 9)
    travelled = min(by_increase, _kl_limit(point.kl_coefficient))
    clock = 8 * (point.length * point.path_jacobian_norm) ** 2
    return _over(travelled, clock * _root(point.initial_variance))


def _sharpened(point: ParametricPoint, norm: float, constant: float) -> float:
    travelled = 2 / constant * (1 - math.exp(-constant * math.sqrt(point.length) * point.increase))
    return _over(travelled, point.length**1.5 * norm**2 * math.sqrt(point.initial_variance))


def theorem_4(point: ParametricPoint) -> Sides:
    """Theorem 4's bound and `t_gamma`."""
    return _theorem_4(point), point.hitting_time


def sharpened_theorem_4(point: ParametricPoint) -> Sides:
    """S4's bound and `t_gamma`."""
    return _sharpened(point, point.path_jacobian_norm, 1.0), point.hitting_time


def contrast_theorem_4(point: ParametricPoint) -> Sides:
    """S6's bound and `t_gamma`."""
    return _sharpened(point, point.path_contrast_norm, 0.5), point.hitting_time


def _arcsine_rise(point: ParametricPoint) -> float:
    return math.asin(min(1.0, point.initial_truth + point.increase)) - math.asin(point.initial_truth)


def _by_score(point: ParametricPoint) -> float:
    rise = 1 - math.exp(-point.path_score_norm * _arcsine_rise(point) / (2 * math.sqrt(point.path_fisher_norm)))
    clock = point.path_score_norm * math.sqrt(point.path_mean_fisher_norm * point.initial_variance)
    return _over(2 * rise, clock)


def fisher_time_by_advantage(point: ParametricPoint) -> Sides:
    """S7's bound and `t_gamma`."""
    largest, mean_norm = point.path_largest_advantage, point.path_mean_fisher_norm
    rise = _over(_arcsine_rise(point) * largest, 2 * math.sqrt(point.initial_variance))
    bound = 2 / (largest * mean_norm) * math.log(1 + rise * math.sqrt(mean_norm / point.path_fisher_norm))
    return bound, point.hitting_time


def fisher_time_by_score(point: ParametricPoint) -> Sides:
    """S8's bound and `t_gamma`."""
    return _by_score(point), point.hitting_time


def containment(point: ParametricPoint) -> Sides:
    """S8's bound is at least S4's."""
    return _sharpened(point, point.path_jacobian_norm, 1.0), _by_score(point)


def comparison(point: ParametricPoint) -> Sides:
    """S4's bound is at least `69 sqrt L` times Theorem 4's."""
    ours = _sharpened(point, point.path_jacobian_norm, 1.0)
    return 69 * math.sqrt(point.length) * _theorem_4(point), ours


def _root(number: float) -> float:
    """The third root of a number that is not negative."""
    return math.cbrt(number)


def _over(number: float, divisor: float) -> float:
    return number / divisor if divisor else math.inf


def _log_one_over(bracket: float) -> float:
    return -math.log(bracket) if bracket > 0 else math.inf


def _kl_limit(coefficient: float) -> float:
    """`1 - exp(-7 / (3 lambda))`, whose exponential is zero without KL."""
    return 1 - math.exp(-7 / (3 * coefficient)) if coefficient else 1.0


def _paper_share(point: ParametricPoint) -> float:
    return 8 * point.length**2 * point.path_jacobian_norm**2 * _root(point.initial_variance) * point.elapsed


def _varies(point: ParametricPoint) -> bool:
    return point.variance > 0


def _without_kl(point: ParametricPoint) -> bool:
    return point.kl_coefficient == 0


def _moderate(point: ParametricPoint) -> bool:
    return point.largest_reward <= 8


def _started(point: ParametricPoint) -> bool:
    return point.elapsed > 0


def _early(point: ParametricPoint) -> bool:
    return _paper_share(point) < 1


def _earlier(point: ParametricPoint) -> bool:
    return _paper_share(point) < _kl_limit(point.kl_coefficient)


def _starts_varied(point: ParametricPoint) -> bool:
    return point.initial_variance > 0


def _attainable(point: ParametricPoint) -> bool:
    return point.increase <= 2


def _within_range(point: ParametricPoint) -> bool:
    return point.initial_truth + point.increase <= 1


NONE: Conditions = {}
VARIES: Conditions = {"reward-varies": _varies}
MODERATE: Conditions = {"moderate-reward": _moderate}
STARTED: Conditions = {"started": _started}
STARTS_VARIED: Conditions = {"reward-varies": _starts_varied}

PARAMETRIC_STATED: dict[str, tuple[ParametricStated, Conditions]] = {
    "martingale": (martingale, NONE),
    "contrast": (contrast, VARIES),
    "s0-fisher": (fisher_norm, NONE),
    "s0": (fisher_form, VARIES),
    "s2": (flat_landscape("jacobian_norm"), VARIES),
    "s6-gradient": (flat_landscape("contrast_norm"), VARIES),
    "prop2": (proposition_2, VARIES),
    "razin2024": (razin_2024, VARIES | {"no-kl": _without_kl}),
    "lem5-var-rate": (lemma_5_rate, VARIES | MODERATE),
    "lem5": (lemma_5, VARIES | MODERATE | STARTED | {"early": _early}),
    "lem6": (lemma_6, VARIES | STARTED | {"early": _earlier}),
    "s4-var-rate": (rate("jacobian_norm", 1.0), VARIES),
    "s6-var-rate": (rate("contrast_norm", 0.5), VARIES),
    "s4-path": (path("path_jacobian_norm", 1.0), VARIES | STARTED),
    "s6-path": (path("path_contrast_norm", 0.5), VARIES | STARTED),
    "thm4": (theorem_4, STARTS_VARIED),
    "s4": (sharpened_theorem_4, STARTS_VARIED),
    "s6": (contrast_theorem_4, STARTS_VARIED),
    "s7": (fisher_time_by_advantage, STARTS_VARIED),
    "s8": (fisher_time_by_score, STARTS_VARIED),
    "s8-over-s4": (containment, STARTS_VARIED | {"increase-within-range": _within_range}),
    "s4-over-thm4": (comparison, STARTS_VARIED | {"increase-at-most-two": _attainable}),
}
"""The sides, and the hypotheses by name, by the id of the statement."""
