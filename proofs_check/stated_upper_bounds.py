"""The sides of our upper bounds on `t_gamma` as `docs/sharpened.md` prints them, on their own (as `stated_sides`)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from proofs_check.register_agreement import Point, Sides


def G(p: float) -> float:
    """`int dp / (p^2 (1-p)^2)`."""
    return 2 * math.log(p / (1 - p)) + (2 * p - 1) / (p * (1 - p))


def kl_loss(coefficient: float, log_inverse: float, mass: float, shortfall: float, margin: float, size: float) -> float:
    """`n lambda M / kappa (1/P0 + 2/(1-rho))`."""
    return size * coefficient * log_inverse / margin * (1 / mass + 2 / shortfall)


def later(bad: float, coefficient: float, log_inverse: float, span: float, margin: float, size: float) -> float:
    """`b`, the most that bad outputs can hold."""
    return bad * math.exp((16 / 27 + 2 * coefficient * log_inverse) * 2 * size / margin * span)


def bad_loss(bad: float, mass: float, shortfall: float, margin: float, size: float) -> float:
    """`2 b / (kappa (1-rho)) + 2 n b^2 / (kappa P0 (1-rho)^2)`."""
    return 2 * bad / (margin * shortfall) + 2 * size * bad**2 / (margin * mass * shortfall**2)


def growth_time(span: float, margin: float, size: float, loss: float, prompts: float) -> float:
    """`|S| n / kappa (G(rho) - G(P0)) / (1 - loss)`."""
    return prompts * size / margin * span / (1 - loss)


def _log_inverse(point: Point) -> float:
    return -math.log(point.floats("reference").min())


def _share(point: Point, members: list[int]) -> float:
    reference, truth = point.floats("reference"), point.floats("truth")
    worst = truth.min()
    return float((reference @ truth + float(point.increase) - worst) / (truth[members].min() - worst))


def _bound(point: Point, members: list[int], margin: float, loss: float) -> float:
    mass = float(point.floats("reference")[members].sum())
    return growth_time(G(_share(point, members)) - G(mass), margin, float(len(members)), loss, float(point.prompts))


def _kl_loss(point: Point, members: list[int], margin: float) -> float:
    mass = float(point.floats("reference")[members].sum())
    shortfall = 1 - _share(point, members)
    return kl_loss(float(point.coefficient), _log_inverse(point), mass, shortfall, margin, float(len(members)))


def theorem_5_fast(point: Point) -> Sides:
    """S-T5: `kappa` is the distance from the best reward to the next."""
    ranked = sorted(point.proxy, reverse=True)
    best, margin = [point.proxy.index(ranked[0])], float(ranked[0] - ranked[1])
    return 1.0, _bound(point, best, margin, _kl_loss(point, best, margin))


def theorem_6_fast(point: Point) -> Sides:
    """S-T6: `kappa = 2 K / (K-1)`."""
    outputs = len(point.proxy)
    best, margin = [point.proxy.index(max(point.proxy))], 2 * outputs / (outputs - 1)
    return 1.0, _bound(point, best, margin, _kl_loss(point, best, margin))


def proposition_4(point: Point) -> Sides:
    """S-P4: the smallest bound among the sets of the highest proxy rewards that meet the hypotheses, or the largest
    set's."""
    reference, proxy, truth = (point.floats(name) for name in ("reference", "proxy", "truth"))
    above = [k for k, r in enumerate(proxy) if r > reference @ proxy]
    ranked = sorted((k for k in above if truth[k] > reference @ truth + float(point.increase)), key=lambda k: -proxy[k])
    found = [_proposition_4(point, ranked[: k + 1], above) for k in range(len(ranked))]
    allowed = [bound for bound, holds in found if holds]
    return 1.0, min(allowed) if allowed else found[-1][0]


def _proposition_4(point: Point, members: list[int], above: list[int]) -> tuple[float, bool]:
    reference, proxy = point.floats("reference"), point.floats("proxy")
    shortfall, mass = 1 - _share(point, members), float(reference[members].sum())
    highest_other = max(r for k, r in enumerate(proxy) if k not in above)
    margin = float(proxy[members].max() - highest_other - np.ptp(proxy[members]) / shortfall)
    span, bad = G(1 - shortfall) - G(mass), float(sum(reference[k] for k in above if k not in members))
    lost = 0.0
    if bad > 0:
        held = later(bad, float(point.coefficient), _log_inverse(point), span, margin, float(len(members)))
        lost = bad_loss(held, mass, shortfall, margin, float(len(members)))
    loss = lost + _kl_loss(point, members, margin)
    return _bound(point, members, margin, loss), margin > 0 and (loss <= 1 / 2 if bad > 0 else loss < 1)


def lemma_10(point: Point) -> Sides:
    """S-L10."""
    inside = np.array(point.subset)
    grown = math.log(point.floats("policy")[inside].sum() / point.floats("reference")[inside].sum())
    rate = 16 / 27 + 2 * float(point.coefficient) * _log_inverse(point)
    return grown, rate * float(point.elapsed) / point.prompts


def lemma_11(point: Point) -> Sides:
    """S-L11."""
    policy = point.floats("policy")
    weighted = policy * (point.log_ratio - policy @ point.log_ratio)
    return weighted - policy @ weighted, (1 - policy**2) * _log_inverse(point)


UPPER_STATED: dict[str, Callable[[Point], Sides]] = {
    "s-lem10": lemma_10,
    "s-lem11": lemma_11,
    "s-thm5-fast": theorem_5_fast,
    "s-thm6-fast": theorem_6_fast,
    "s-prop4": proposition_4,
}
"""The sides by the id of the statement."""
