"""The sides of our upper bounds on `t_gamma` as `docs/sharpened.md` prints them; on their own, as `printed_tabular`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np

from proofs_check.certain import certain
from proofs_check.conformance.printed_good_sets import (
    Slack,
    StatedSet,
    above_average,
    chosen,
    inside,
    inside_or_at,
    log_inverse,
    mass,
    mean,
    spread,
)
from proofs_check.conformance.tabular import Point, Sides


def G(p: float) -> float:
    """`int dp / (p^2 (1-p)^2)`."""
    return 2 * math.log(p / (1 - p)) + (2 * p - 1) / (p * (1 - p))


def kl_loss(coefficient: float, log_inverse: float, mass: float, shortfall: float, margin: float, size: float) -> float:
    """`n lambda M / kappa (1/P0 + 2/(1-rho))`."""
    return size * coefficient * log_inverse / margin * (1 / mass + 2 / shortfall)


def later(bad: float, coefficient: float, log_inverse: float, span: float, margin: float, size: float) -> float:
    """`b`, the most that bad outputs can hold."""
    exponent = (16 / 27 + 2 * coefficient * log_inverse) * 2 * size / margin * span
    return bad * math.exp(exponent) if exponent < 700 else math.inf


def bad_loss(bad: float, mass: float, shortfall: float, margin: float, size: float) -> float:
    """`2 b / (kappa (1-rho)) + 2 n b^2 / (kappa P0 (1-rho)^2)`."""
    return 2 * bad / (margin * shortfall) + 2 * size * bad * bad / (margin * mass * shortfall**2)


def growth_time(span: float, margin: float, size: float, loss: float, prompts: float) -> float:
    """`|S| n / kappa (G(rho) - G(P0)) / (1 - loss)`."""
    return prompts * size / margin * span / (1 - loss)


def shortfall(point: Point, members: Sequence[int]) -> Fraction | None:
    """`1 - rho`, each other output being worth the worst there is; None where all are worth the same."""
    worst, needed = min(point.truth), mean(point, point.truth) + point.increase
    lowest = min(point.truth[k] for k in members)
    return (lowest - needed) / (lowest - worst) if lowest > worst else None


def loss_to_kl(point: Point, members: Sequence[int], margin: float) -> float | None:
    """The share of the rate that the KL term can take; None where `rho >= 1`, or the margin is not positive."""
    missing = shortfall(point, members)
    if missing is None or missing <= 0 or margin <= 0:
        return None
    held = float(mass(point, members))
    return kl_loss(float(point.coefficient), log_inverse(point), held, float(missing), margin, float(len(members)))


def _span(point: Point, members: Sequence[int]) -> float:
    missing = certain(shortfall(point, members), "1 - rho")
    return G(float(1 - missing)) - G(float(mass(point, members)))


def _bound(point: Point, members: Sequence[int], margin: float, loss: float) -> float:
    return growth_time(_span(point, members), margin, float(len(members)), loss, float(point.prompts))


def best_margin(point: Point) -> float:
    """S-T5's `kappa`, the distance from the best reward to the next."""
    ranked = sorted(point.proxy, reverse=True)
    return float(ranked[0] - ranked[1])


def one_rewarded_margin(point: Point) -> float:
    """S-T6's `kappa = 2 K / (K-1)`."""
    return 2 * len(point.proxy) / (len(point.proxy) - 1)


def _of_the_best(margin: Callable[[Point], float]) -> Callable[[Point], Sides]:
    def sides(point: Point) -> Sides:
        best = [point.proxy.index(max(point.proxy))]
        loss = certain(loss_to_kl(point, best, margin(point)), "the loss to the KL term")
        return 1.0, _bound(point, best, margin(point), loss)

    return sides


theorem_5_fast = _of_the_best(best_margin)
theorem_6_fast = _of_the_best(one_rewarded_margin)


def room_for_loss(loss: float, bad: float) -> float:
    """By how much S-P4 allows the loss: at most one half with bad outputs, below one without."""
    if bad > 0:
        return 1 / 2 - loss
    # Equality is not allowed here, as it is there.
    return 1 - loss if loss != 1 else -math.ulp(1.0)


def for_proposition_4(point: Point, members: Sequence[int]) -> StatedSet:
    """S-P4's hypotheses and bound for `Y+ = members`."""
    above, missing = above_average(point), certain(shortfall(point, members), "1 - rho")
    next_best = max(r for k, r in enumerate(point.proxy) if k not in above)
    exact = max(point.proxy[k] for k in members) - next_best - spread(point, members) / missing
    bad, margin, size = float(mass(point, [k for k in above if k not in members])), float(exact), float(len(members))
    by_kl = loss_to_kl(point, members, margin)
    if by_kl is None:
        return StatedSet(tuple(members), math.nan, {"positive-margin": exact, "small-loss": None})
    by_bad, held = 0.0, float(mass(point, members))
    if bad > 0:
        most = later(bad, float(point.coefficient), log_inverse(point), _span(point, members), margin, size)
        by_bad = bad_loss(most, held, float(missing), margin, size)
    loss = by_bad + by_kl
    slacks: dict[str, Slack] = {"positive-margin": exact, "small-loss": room_for_loss(loss, bad)}
    bound = _bound(point, members, margin, loss) if loss < 1 else math.inf
    return StatedSet(tuple(members), bound, slacks, loss)


PROPOSITION_4_ALLOWS: Mapping[str, Callable[[Slack], bool]] = {"positive-margin": inside, "small-loss": inside_or_at}


@lru_cache(maxsize=4096)
def proposition_4_set(point: Point) -> StatedSet | None:
    """The set that S-P4 is applied to."""
    return chosen(point, for_proposition_4, PROPOSITION_4_ALLOWS)


def proposition_4(point: Point) -> Sides:
    """S-P4."""
    return 1.0, certain(proposition_4_set(point), "the set of good outputs").bound


def sharpened_lemma_10(point: Point) -> Sides:
    """S-L10."""
    inside = np.array(point.subset)
    grown = math.log(point.floats("policy")[inside].sum() / point.floats("reference")[inside].sum())
    rate = 16 / 27 + 2 * float(point.coefficient) * log_inverse(point)
    return grown, rate * float(point.elapsed) / point.prompts


def sharpened_lemma_11(point: Point) -> Sides:
    """S-L11."""
    policy = point.floats("policy")
    weighted = policy * (point.log_ratio - policy @ point.log_ratio)
    return weighted - policy @ weighted, (1 - policy**2) * log_inverse(point)


UPPER_STATED: dict[str, Callable[[Point], Sides]] = {
    "s-lem10": sharpened_lemma_10,
    "s-lem11": sharpened_lemma_11,
    "s-thm5-fast": theorem_5_fast,
    "s-thm6-fast": theorem_6_fast,
    "s-prop4": proposition_4,
}
"""The sides by the id of the statement."""
