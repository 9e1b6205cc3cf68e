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
from scipy.optimize import brentq

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


def _deviation_at_start(point: Point) -> float:
    reference, proxy = point.floats("reference"), point.floats("proxy")
    return math.sqrt(reference @ (proxy - reference @ proxy) ** 2)


def _rise_of_artanh(point: Point) -> float:
    start = mean(point, point.truth)
    reached = start + point.increase
    return math.inf if reached >= 1 else math.atanh(float(reached)) - math.atanh(float(start))


def time_by_room(point: Point) -> Sides:
    """`4 |S| (1 - e^(-D/2)) / sqrt(Var)` in units of `t_gamma`."""
    return 4 * point.prompts * (1 - math.exp(-_rise_of_artanh(point) / 2)) / _deviation_at_start(point), 1.0


def _controlled(point: Point, deviation: float) -> Sides:
    """`|S| x / sigma`, `x = 2 s / (1 - s^2)^(3/2)`, with `s` found from the rise."""
    rise, last = _rise_of_artanh(point), 1 / math.sqrt(2)

    def excess(s: float) -> float:
        return 2 * math.sqrt(2) * math.atanh(math.sqrt(2) * s) - 3 * math.atanh(s) - rise

    near = last * (1 - 1e-15)
    s = last if excess(near) <= 0 else brentq(excess, 0.0, near, xtol=1e-300, rtol=1e-15)
    return point.prompts * 2 * s / (1 - s**2) ** 1.5 / deviation, 1.0


def controlled_time(point: Point) -> Sides:
    """S3++'s bound in units of `t_gamma`."""
    return _controlled(point, _deviation_at_start(point))


def any_reference(point: Point) -> Sides:
    """S3++ with `r_RM - lambda ln(pi0/pi_ref)`; the point's reference is the initial policy here, and its policy the
    reference."""
    start, driving = point.floats("reference"), point.floats("proxy") + float(point.coefficient) * point.log_ratio
    spread = math.sqrt(start @ (driving - start @ driving) ** 2)
    return _controlled(point, spread)


def entropy_bonus(point: Point) -> Sides:
    """S3++ with `r_RM - lambda ln pi0`, for a uniform reference."""
    start = point.floats("reference")
    driving = point.floats("proxy") - float(point.coefficient) * np.log(start)
    spread = math.sqrt(start @ (driving - start @ driving) ** 2)
    return _controlled(point, spread)


def linear_time(constant: float) -> Stated:
    """`c |S| gamma / sqrt(Var)` in units of `t_gamma`."""
    return lambda point: (constant * point.prompts * float(point.increase) / _deviation_at_start(point), 1.0)


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


def _artanh_of_value(policy: np.ndarray, reward: np.ndarray) -> float:
    return math.atanh(float(policy @ reward)) if np.ptp(reward) > 0 else 0.0


def _half_of_the_range(point: Point) -> float:
    return float(np.ptp(point.log_ratio)) / 2


def change_of_value(point: Point) -> Sides:
    """How far the artanh of an expected reward moves, and half the range of the change of the logits."""
    after, before = (_artanh_of_value(point.floats(p), point.floats("truth")) for p in ("policy", "reference"))
    return abs(after - before), _half_of_the_range(point)


def change_of_deviation(point: Point) -> Sides:
    """The same of the logarithm of the proxy reward's standard deviation."""
    proxy = point.floats("proxy")
    after, before = (p @ (proxy - p @ proxy) ** 2 for p in (point.floats("policy"), point.floats("reference")))
    return abs(math.log(after / before)) / 2 if np.ptp(proxy) > 0 else 0.0, _half_of_the_range(point)


def _risen(point: Point) -> float:
    """By how much the artanh of the expected ground-truth reward has risen, zero if it has fallen."""
    after, before = (_artanh_of_value(point.floats(p), point.floats("truth")) for p in ("policy", "reference"))
    return max(after - before, 0.0)


def ascent_in_steps(point: Point) -> Sides:
    """`2 |S| (1 - e^(-D)) / sqrt(Var)` and the time of the steps."""
    return 2 * point.prompts * (1 - math.exp(-_risen(point))) / _deviation_at_start(point), float(point.elapsed)


def steps_along_signs(point: Point) -> Sides:
    """The rise of the artanh, and the time of the steps."""
    return _risen(point), float(point.elapsed)


def standardised_steps(point: Point) -> Sides:
    """`2 |S| D (1 + 2 epsilon / R)`, with the elapsed time for epsilon too."""
    width = float(max(point.proxy) - min(point.proxy))
    return 2 * point.prompts * _risen(point) * (1 + 2 * float(point.elapsed) / width), float(point.elapsed)


def natural_gradient(point: Point) -> Sides:
    """`(2/R) ln(1 + R D / (2 sqrt(Var)))` where the policy is tilted by the reward for so long."""
    reference, proxy, truth = (point.floats(name) for name in ("reference", "proxy", "truth"))
    tilted = reference * np.exp(float(point.elapsed) * proxy)
    values = [float(p @ truth / p.sum()) for p in (tilted, reference)]
    rise = max(math.asin(values[0]) - math.asin(values[1]), 0.0)
    width = float(max(point.proxy) - min(point.proxy))
    return 2 / width * math.log(1 + width * rise / (2 * _deviation_at_start(point))), float(point.elapsed)


def groups_of_samples(point: Point) -> Sides:
    """The increase stands for the probability of getting there too, and the elapsed time for the mean time."""
    share = math.sqrt(1 - 1 / point.samples)
    bound = 2 * point.prompts * (1 - math.exp(-_rise_of_artanh(point))) / _deviation_at_start(point) * share
    return float(point.increase) * bound, float(point.elapsed)


def samples_over_a_baseline(point: Point) -> Sides:
    """REINFORCE with the coefficient as its baseline; the increase and the elapsed time mean what they do above."""
    square = point.floats("reference") @ (point.floats("proxy") - float(point.coefficient)) ** 2
    bound = 1.7 * point.prompts * (1 - math.exp(-_rise_of_artanh(point))) / math.sqrt(square)
    return float(point.increase) * bound, float(point.elapsed)


def variance_on_the_path(point: Point) -> Sides:
    """`|sigma_0 / sigma_t - 1|` and `sigma_0 t / (4 |S|)`."""
    proxy, policy, start = point.floats("proxy"), point.floats("policy"), _deviation_at_start(point)
    after = math.sqrt(policy @ (proxy - policy @ proxy) ** 2)
    return abs(start / after - 1), start * float(point.elapsed) / (4 * point.prompts)


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
    "s-path-value": change_of_value,
    "s-path-deviation": change_of_deviation,
    "step-threshold": step_threshold,
    "reward-errors": of_identity(identities.REWARD_ERRORS, per_output=False),
    "objective-rises": objective_rises,
    "proxy-rises": proxy_rises,
    "prop1": best_of_n,
    "s-gd": ascent_in_steps,
    "s-sign": steps_along_signs,
    "s-g1": standardised_steps,
    "s-npg": natural_gradient,
    "s-rloo": groups_of_samples,
    "s-reinforce": samples_over_a_baseline,
    "s-var-path": variance_on_the_path,
    "prop3": low_variance(2.0),
    "s3": low_variance(4.0),
    "s3-plus": time_by_room,
    "s3-plus-plus": controlled_time,
    "s3-linear": linear_time(1.869),
    "linear-law": linear_time(2.0),
    "s3-other-reference": any_reference,
    "s3-entropy": entropy_bonus,
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
