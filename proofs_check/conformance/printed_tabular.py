"""The two sides of every proved statement as the paper (or our own statement) prints them, on their own.

Nothing here comes from `theory`: a formula or a constant edited there no longer agrees with this page. Constants are
written out as in the statements.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from proofs_check.certain import certain
from proofs_check.conformance.printed_good_sets import mean, proposition_4_set
from proofs_check.conformance.printed_upper_bounds import UPPER_STATED
from proofs_check.conformance.tabular import Point, Sides
from proofs_check.symbolic import identities
from proofs_check.symbolic.identity import Identity
from proofs_check.symbolic.quotients import Outputs

Stated = Callable[[Point], Sides]


def of_identity(identity: Identity, *, per_output: bool = True, divide_by_policy: int = 0) -> Stated:
    """An identity's sides at a point, exact: one number, or one per output, in which case it speaks of the first one.

    **Arguments**: `divide_by_policy`: by which power of the output's probability the identity was multiplied.
    """

    def sides(point: Point) -> Sides:
        outputs = Outputs(len(point.policy))
        left, right = identity.left(outputs), identity.right(outputs)
        if not per_output:
            symbols = point.symbols()
            return float(left.at(symbols)), float(right.at(symbols))
        places = range(len(point.policy))
        scales = [float(point.policy[k]) ** divide_by_policy for k in places]
        both = [[float(side.at(point.symbols(k))) / scales[k] for k in places] for side in (left, right)]
        return np.array(both[0]), np.array(both[1])

    return sides


def _centred(point: Point, values: np.ndarray) -> np.ndarray:
    return values - point.floats("policy") @ values


def _deviation(point: Point) -> float:
    return math.sqrt(point.floats("policy") @ _centred(point, point.regularized) ** 2)


def _smallest(point: Point) -> float:
    return math.log(1 / point.floats("reference").min())


def _kl(point: Point) -> float:
    return float(point.floats("policy") @ point.log_ratio)


def lemma_3(point: Point) -> Sides:
    """`KL(p, q) <= ln(1/min q)`."""
    return _kl(point), _smallest(point)


def lemma_4(point: Point) -> Sides:
    """`-u^2 ln u <= 1/(2e)` for each ratio `u` of probabilities."""
    ratio = point.floats("policy") / point.floats("reference")
    return -(ratio**2) * np.log(ratio), np.full(ratio.shape, 1 / (2 * math.e))


def lemma_8(point: Point) -> Sides:
    """`E|A| <= sqrt(Var)` for the advantage `A` of `r_KL`."""
    return float(point.floats("policy") @ np.abs(_centred(point, point.regularized))), _deviation(point)


def lemma_11(point: Point) -> Sides:
    """Lemma 11's bound on the KL term of the motion of each probability."""
    weighted = point.floats("policy") * (point.log_ratio - _kl(point))
    left = np.abs(weighted - point.floats("policy") @ weighted)
    return left, np.full(left.shape, 2 * _smallest(point) + 1 / (2 * math.e))


def variance_rate(constant: float) -> Stated:
    """`|S| d Var/dt <= c Var^(3/2)`."""

    def sides(point: Point) -> Sides:
        p, centred = point.floats("policy"), _centred(point, point.regularized)
        growth = np.sum(p**2 * centred * (centred**2 - p @ centred**2))
        left = growth - 2 * float(point.coefficient) * np.sum((p * centred) ** 2)
        return float(left), constant * _deviation(point) ** 3

    return sides


def value_rate(point: Point) -> Sides:
    """`|S| |d E[r_G]/dt| <= sqrt(Var) / 2`."""
    p = point.floats("policy")
    moved = np.sum(p**2 * _centred(point, point.regularized) * _centred(point, point.floats("truth")))
    return abs(float(moved)), _deviation(point) / 2


def step_threshold(point: Point) -> Sides:
    """The gap of the change of the logits, and the rise of the log-odds plus an eighth of the squared spread."""
    before, after, change = point.floats("reference"), point.floats("policy"), point.log_ratio
    low = np.array([r == min(point.proxy) for r in point.proxy])
    gap = np.average(change[~low], weights=before[~low]) - np.average(change[low], weights=before[low])
    rise = math.log(after[~low].sum() / after[low].sum()) - math.log(before[~low].sum() / before[low].sum())
    return float(gap), rise + float(np.ptp(change[low])) ** 2 / 8


def lemma_10(point: Point) -> Sides:
    """The paper's Lemma 10: how much a set's mass can grow, as a logarithm."""
    inside = np.array(point.subset)
    grown = math.log(point.floats("policy")[inside].sum() / point.floats("reference")[inside].sum())
    return grown, (4 + 2 * float(point.coefficient) * _smallest(point)) * float(point.elapsed) / point.prompts


def objective_rises(point: Point) -> Sides:
    """The objective is never below its value at the start."""
    before = point.floats("reference") @ point.floats("proxy")
    after = point.floats("policy") @ point.floats("proxy") - float(point.coefficient) * _kl(point)
    return float(before - after), 0.0


def proxy_rises(point: Point) -> Sides:
    """The expected proxy reward is never below its value at the start."""
    return float((point.floats("reference") - point.floats("policy")) @ point.floats("proxy")), 0.0


def best_of_n(point: Point) -> Sides:
    """Every run of `N` samples, with its probability."""
    own = best = Fraction(0)
    for run in itertools.product(range(len(point.reference)), repeat=point.samples):
        probability = math.prod((point.reference[y] for y in run), start=Fraction(1))
        kept = [y for y in run if point.proxy[y] == max(point.proxy[z] for z in run)]
        own += probability * sum((point.truth[y] for y in kept), start=Fraction(0)) / len(kept)
        best += probability * max(point.truth[y] for y in run)
    return 1 + float(own), 1 + float(best)


def _travelled(point: Point) -> float:
    return point.prompts * (1 - math.exp(-float(point.increase) / 2))


def _best(point: Point) -> int:
    return max(range(len(point.proxy)), key=lambda k: point.proxy[k])


def _share(point: Point, best_truth: Fraction) -> float:
    return float((mean(point, point.truth) + point.increase + 1) / (best_truth + 1))


def low_variance(constant: float) -> Stated:
    """`c |S| (1 - e^(-gamma/2)) / sqrt(Var)` in units of `t_gamma`."""

    def sides(point: Point) -> Sides:
        reference, proxy = point.floats("reference"), point.floats("proxy")
        variance = reference @ (proxy - reference @ proxy) ** 2
        return constant * _travelled(point) / math.sqrt(variance), 1.0

    return sides


def narrow_rewards(constant: float) -> Stated:
    """The same with the range of the proxy rewards in place of the standard deviation."""
    return lambda point: (constant * _travelled(point) / float(max(point.proxy) - min(point.proxy)), 1.0)


def theorem_6_slow(point: Point) -> Sides:
    """The paper's lower bound of Theorem 6, in units of `t_gamma`."""
    return _travelled(point) / math.sqrt(2) / math.sqrt(point.reference[_best(point)]), 1.0


def sharpened_theorem_6_slow(point: Point) -> Sides:
    """Our lower bound for one rewarded output, in units of `t_gamma`."""
    q = float(point.reference[_best(point)])
    return 2 * _travelled(point) / math.sqrt(q * (1 - q)), 1.0


def fast(constant: float, power: int) -> Stated:
    """`c |S| / (1 - rho)^power (1/pi0(y_g) - 1/rho)`."""

    def sides(point: Point) -> Sides:
        best = _best(point)
        rho = _share(point, point.truth[best])
        return 1.0, constant * point.prompts / (1 - rho) ** power * (1 / float(point.reference[best]) - 1 / rho)

    return sides


def proposition_4(point: Point) -> Sides:
    """The smallest bound among the sets of the highest proxy rewards that meet the hypotheses."""
    return 1.0, certain(proposition_4_set(point), "the set of good outputs").bound


STATED: dict[str, Stated] = {
    "def2": of_identity(identities.DEFINITION_2, per_output=False),
    "lem3": lemma_3,
    "lem4": lemma_4,
    "lem7": of_identity(identities.LEMMA_7),
    "lem8": lemma_8,
    "lem9": of_identity(identities.LEMMA_9),
    "lem10": lemma_10,
    "lem11": lemma_11,
    "var-flow": of_identity(identities.VARIANCE_FLOW, per_output=False),
    "var-rate": variance_rate(1.0),
    "s3-var-rate": variance_rate(0.5),
    "s3-value-rate": value_rate,
    "s5": of_identity(identities.INTEGRABLE, divide_by_policy=2),
    "step-threshold": step_threshold,
    "reward-errors": of_identity(identities.REWARD_ERRORS, per_output=False),
    "objective-rises": objective_rises,
    "proxy-rises": proxy_rises,
    "prop1": best_of_n,
    "prop3": low_variance(2.0),
    "s3": low_variance(4.0),
    "thm5-slow": narrow_rewards(2.0),
    "s-thm5": narrow_rewards(8.0),
    "thm5-fast": fast(4.0, 4),
    "thm6-fast": fast(2.0, 3),
    "thm6-slow": theorem_6_slow,
    "s-thm6": sharpened_theorem_6_slow,
    "prop4": proposition_4,
    **UPPER_STATED,
}
"""The sides by the id of the statement."""
