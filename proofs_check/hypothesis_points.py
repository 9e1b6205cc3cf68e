"""Points at which the hypotheses of statements about tables hold, fail, and are within a billionth of their limits.

They have two good outputs and more, bad ones of the largest probability that is allowed, KL coefficients up to the
limit, several prompts, and the best output in every place. Where numbers are dyadic, so that float64 is exact, there
are points at the limit itself.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction as F
from functools import lru_cache, partial

from scipy.optimize import brentq

from proofs_check import stated_hypotheses as stated
from proofs_check import stated_upper_bounds as upper
from proofs_check.register_agreement import Point
from proofs_check.stated_good_sets import Slack, mean, proposition_4_set

SIZES = (4, 5)
"""Numbers of outputs: few, so that few programs are compiled."""

SEED = 13
SIDES = (1 - F(1, 10**9), 1 + F(1, 10**9))
Numbers = Sequence[F | int | float]


def make_point(
    reference: Numbers, proxy: Numbers, truth: Numbers, increase: F | float, coefficient: F | float = F(0),
    *, policy: Numbers | None = None, prompts: int = 3,
) -> Point:  # fmt: skip
    """A point in the exact values of the numbers given; the policy is the reference if none is given."""
    exact = [tuple(F(x) for x in numbers) for numbers in (policy or reference, reference, proxy, truth)]
    subset = tuple(k == 0 for k in range(len(reference)))
    return Point(*exact, F(coefficient), prompts, F(increase), F(1), subset, 2)


def around(make: Callable[[F], Point], slack: Callable[[Point], Slack], low: float, high: float) -> Iterator[Point]:
    """The points a billionth below and above the number between `low` and `high` at which the slack vanishes."""

    def room(number: float) -> float:
        found = slack(make(F(number)))
        assert found is not None
        return float(found)

    limit = F(brentq(room, low, high, xtol=1e-300, rtol=1e-15))
    yield from (make(limit * side) for side in SIDES)


# One output above the others, as in Theorem 5.

REFERENCE, TRUTH = (F(3, 10), F(1, 5), F(2, 5), F(1, 10)), (F(7, 8), F(-1, 2), F(3, 4), F(-3, 4))
PROXY = (F(7, 8), F(0), F(1, 16), F(1, 8))
ONE_REWARDED = (1, -1, -1, -1)
BELOW = (F(7, 8), F(1, 4), F(-1, 2), F(-3, 4))


def _with_kl(proxy: Numbers, slack: Callable[[Point], Slack]) -> Iterator[Point]:
    """No KL coefficient, half of the largest, the largest, and ten times as much."""

    def make(coefficient: F | float) -> Point:
        return make_point(REFERENCE, proxy, TRUTH, F(1, 8), coefficient, prompts=7)

    points = list(around(make, slack, 1e-9, 10.0))
    largest = points[0].coefficient
    yield from (make(F(0)), make(largest / 2), *points, make(10 * largest))


def _increases(proxy: Numbers, truth: Numbers = TRUTH) -> Iterator[Point]:
    """`gamma` about what each output of a reward above the mean could rise by, and far beyond."""
    average = sum(p * g for p, g in zip(REFERENCE, truth, strict=True))
    for rise in (g - average for g in truth if g > average):
        yield from (make_point(REFERENCE, proxy, truth, rise * share) for share in (F(1, 2), *SIDES, F(3)))


def _gaps() -> Iterator[Point]:
    """Each output but the best as close to it, and as far from it, as Theorem 5 allows, and at a distance of one."""
    for other, edge in ((k, e) for k in (1, 2, 3) for e in (1 - REFERENCE[0], F(1))):
        for gap in (*(edge * side for side in SIDES), edge if edge == 1 else edge / 2):
            proxy = [PROXY[0] - gap if k == other else r for k, r in enumerate(PROXY)]
            yield make_point(REFERENCE, proxy, TRUTH, F(1, 8))


def _averages() -> Iterator[Point]:
    """Another output at the average of the proxy reward, above and below it."""

    def make(reward: F) -> Point:
        return make_point(REFERENCE, (BELOW[0], reward, *BELOW[2:]), TRUTH, F(1, 8))

    yield from around(make, stated.others_below_average, -0.25, 0.5)
    yield from (make(F(7, 8)), make(F(3, 4)))


def _two_valued() -> Iterator[Point]:
    """Rewards that are almost one and minus one, twice one, never one."""
    almost = F(1, 2**40)
    for proxy in ((1 - almost, -1, -1, -1), (1, -1, almost - 1, -1), (1, 1, -1, -1), (1, 0, -1, -1), (-1, -1, -1, -1),
                  (0, -1, -1, -1), (1, -1, -1, 0)):  # fmt: skip
        yield make_point(REFERENCE, proxy, TRUTH, F(1, 8))


def _ranges() -> Iterator[Point]:
    """Rewards that do not differ, hardly differ, and have a range of one: about, and exactly."""
    for width in (F(0), F(1e-100), F(1e-9), F(1, 2), SIDES[0], F(1), SIDES[1], F(3, 2)):
        yield make_point(REFERENCE, (-width / 2, 0, width / 2, -width / 4), TRUTH, F(1, 8))
    other = (F(2, 5), F(1, 5), F(3, 10), F(1, 10))
    for coefficient in (F(0), F(1, 8)):
        yield make_point(REFERENCE, (F(1, 4),) * 4, TRUTH, F(1, 8), coefficient, policy=other)
    yield make_point(REFERENCE, (F(1e-100), 0, 0, 0), TRUTH, F(1, 8), policy=other)


# Sets of good outputs.

RANKED = {1: (F(3, 5),), 2: (F(7, 20), F(1, 4)), 3: (F(1, 4), F(1, 5), F(3, 20))}
"""Probabilities of the good outputs, by their number; together 3/5."""

RARE = F(1, 10**18)
MOSTLY_ONE = ((F(3, 5) - RARE, RARE), (RARE, F(3, 5) - RARE), (F(3, 5) - 2 * RARE, RARE, RARE),
              (F(2, 5), F(1, 5) - RARE, RARE))  # fmt: skip
"""The same where an output so rare that it may be left out is good as well."""


def good_set_point(
    outputs: int, good: int, *, bad: F | float = F(0), coefficient: F | float = F(0), spread: F | float = F(1, 64),
    increase: F | float = F(1, 32), bad_rank: float = 0.5, ranked: Sequence[F] | None = None,
) -> Point:  # fmt: skip
    """The first `good` outputs are good, `spread` apart; where `bad` is positive the next one is bad.

    All others have the same ground-truth reward, the worst one, so that `rho` is close to `pi0(Y+)`.

    **Arguments**: `bad`: the bad output's probability; `bad_rank`: its proxy reward as a share of the lowest good one;
    `ranked`: the probabilities of the good ones, together 3/5, unless those of `RANKED`.
    """
    bad = F(bad)
    present = bad > 0
    rest = outputs - good - present
    weights = [F(k + 1, rest * (rest + 1) // 2) * F(2, 5) for k in range(rest)]
    lowest = F(7, 8) - F(spread)
    rewards = [F(7, 8) - F(spread) * k / max(good - 1, 1) for k in range(good)]
    reference = [*((1 - bad) * p for p in ranked or RANKED[good]), *[bad] * present, *((1 - bad) * w for w in weights)]
    proxy = [*rewards, *[lowest * F(bad_rank)] * present, *(F(-1, 2) - F(k, 8) for k in range(rest))]
    truth = [F(15, 16) + F(k, 32) for k in range(good)] + [F(-1)] * (outputs - good)
    return make_point(reference, proxy, truth, increase, coefficient, prompts=outputs)


SHAPES = tuple((outputs, good) for outputs in SIZES for good in (1, 2, 3) if good < outputs - 1)
"""Numbers of outputs and of good ones that leave room for a bad one and one below the average."""


def _bad_slack(point: Point) -> Slack:
    found = proposition_4_set(point)
    return None if found is None else found.slacks["small-bad-mass"]


def _kl_slack(point: Point) -> Slack:
    found = proposition_4_set(point)
    return None if found is None else found.slacks["small-kl-coefficient"]


def _room(allowed: float) -> Callable[[Point], Slack]:
    """The distance of S-P4's loss from a level; what is allowed depends on whether there are bad outputs."""

    def slack(point: Point) -> Slack:
        found = upper.proposition_4_set(point)
        assert found is not None
        loss = found.loss
        return None if loss is None else allowed - min(loss, 10.0)

    return slack


def _sets() -> Iterator[Point]:
    """Proposition 4 and S-P4 without and with bad outputs and KL, each at its limit, and both together."""
    for outputs, good in SHAPES:

        def make(bad: F = F(0), kl: F = F(0), outputs: int = outputs, good: int = good) -> Point:
            return good_set_point(outputs, good, bad=bad, coefficient=kl)

        yield make()
        without = list(around(lambda kl: make(kl=kl), _kl_slack, 1e-9, 10.0))
        alone = list(around(lambda bad: make(bad), _bad_slack, 1e-80, 0.05))
        yield from (*without, *alone)
        largest = F(float(without[0].coefficient) / 4), F(min(alone[0].reference) / 4)
        yield make(largest[1], largest[0])
        yield from around(lambda kl, b=largest[1]: make(b, kl), _kl_slack, 1e-9, 10.0)  # type: ignore[misc]
        yield from around(lambda bad, kl=largest[0]: make(bad, kl), _bad_slack, 1e-80, 0.05)  # type: ignore[misc]
        for level in (0.5, 1.0):
            yield from around(lambda kl: make(kl=kl), _room(level), 1e-9, 10.0)
            bads = list(around(lambda bad: make(bad), _room(level), 1e-80, 0.4))
            yield from bads
            few = F(min(bads[0].reference) / 4)
            yield from around(lambda kl, b=few: make(b, kl), _room(level), 1e-9, 10.0)  # type: ignore[misc]
            yield make(few, F(1, 10**6))


def _choices() -> Iterator[Point]:
    """Sets of which several meet the hypotheses, or a smaller one alone: by the margin, or by the KL coefficient."""
    for ranked in MOSTLY_ONE:
        for outputs, spread, bad in itertools.product(SIZES, (F(1, 64), F(1, 2)), (F(0), RARE / 2)):
            good = len(ranked)
            if outputs - good - (bad > 0) < 1:
                continue
            make = partial(good_set_point, outputs, good, bad=bad, spread=spread, ranked=ranked)
            yield from (make(coefficient=kl) for kl in (F(0), F(1, 10**5), F(1, 1000)))
            yield make(increase=F(1, 10))


def _given() -> Iterator[Point]:
    """Sets that are no prefix of the ranking, not the best one, larger than what is good, or have a bad output above."""
    for good, bad_rank, members in itertools.product((2, 3), (0.5, 1.01), itertools.product((True, False), repeat=3)):
        base = good_set_point(5, good, bad=RARE, bad_rank=bad_rank, coefficient=F(1, 10**5))
        yield replace(base, good_set=(*members, False, False))
    for ranked in MOSTLY_ONE:
        for bad in (F(0), RARE / 2):
            base = good_set_point(5, len(ranked), bad=bad, ranked=ranked)
            chosen = tuple(k == ranked.index(max(ranked)) for k in range(5))
            yield from (replace(base, good_set=chosen, coefficient=kl) for kl in (F(0), F(1, 10**5)))


def _spreads() -> Iterator[Point]:
    """Good outputs so far apart that the margin vanishes: of Proposition 4, and of S-P4."""
    for outputs, good in ((4, 2), (5, 3)):
        for find in (proposition_4_set, upper.proposition_4_set):

            def margin(point: Point, find: Callable[..., object] = find) -> Slack:
                return find(point).slacks["positive-margin"]  # type: ignore[attr-defined]

            def make(spread: F, outputs: int = outputs, good: int = good) -> Point:
                return good_set_point(outputs, good, spread=spread)

            yield from around(make, margin, 1e-3, 0.6)


def _eligible() -> Iterator[Point]:
    """The last good output at the mean of the proxy reward, or with a reward to rise by no more than `gamma`."""
    for outputs in SIZES:
        base = good_set_point(outputs, 1)
        rise = base.truth[0] - mean(base, base.truth)
        for share in (*SIDES, F(2)):
            yield replace(base, increase=rise * share)

        def make(reward: F, base: Point = base) -> Point:
            return replace(base, proxy=(reward, *[F(-1, 2)] * (len(base.proxy) - 2), F(1, 4)))

        yield from around(make, stated.eligibility, -0.5, 0.875)
        yield replace(base, proxy=tuple(-r for r in base.proxy))


# Exact limits: a quarter is exact in float64, its logarithm and exponential included.

QUARTERS = (F(1, 4),) * 4


def _exact() -> Iterator[Point]:
    truth = (1, -1, F(1, 2), F(-1, 2))
    # E r_G = 0: gamma is all that the best output, or the second, can rise by.
    for proxy in ((F(1, 2), F(1, 4), F(-1, 4), F(-1, 2)), ONE_REWARDED, (1, F(-1, 2), F(1, 2), -1)):
        yield from (make_point(QUARTERS, proxy, truth, gamma) for gamma in (F(1), F(1, 2)))
    # 1 - pi0(y_g) = 3/4, and an output at that distance.
    yield make_point(QUARTERS, (F(7, 8), F(1, 8), 0, 0), truth, F(1, 4))
    # E r_RM = 0: an output at the average is neither good nor bad.
    at_average = (1, 0, F(-1, 2), F(-1, 2))
    for truth in ((1, F(-1), F(-1), F(-1)), (F(-1, 2), F(7, 8), -1, -1), (F(-1), F(7, 8), -1, -1)):
        yield make_point(QUARTERS, at_average, truth, F(1, 8))
    # rho = 3/4, so that rewards of 1 and 3/4 leave no margin: delta = 1/4 - 1/4. S-P4: kappa = 1 - h - 4 d = 0.
    for lower in (F(3, 4), F(13, 16), F(11, 16)):
        yield make_point(QUARTERS, (1, lower, -1, -lower), (1, 1, -1, -1), F(1, 2))
    for h in (F(-1, 4), F(-5, 16), F(-3, 8)):
        yield make_point(QUARTERS, (F(3, 4), F(1, 2), h, F(-5, 4) - h), (1, 1, -1, -1), F(1, 2))


def _random() -> Iterator[Point]:
    """Aligned rewards in which several sets are good, of which one has to be chosen."""
    rng = random.Random(SEED)
    for place in itertools.count():
        outputs = SIZES[place % len(SIZES)]
        weights = [rng.randint(1, 9) for _ in range(outputs)]
        reference = [F(w, sum(weights)) for w in weights]
        truth = sorted((F(k, 16) for k in rng.sample(range(-15, 16), outputs)), reverse=True)
        proxy = [F(7, 8) - F(rng.randint(0, 8), 2 ** rng.randint(6, 9)) if k < outputs - 2 else F(-rng.randint(1, 8), 8)
                 for k in range(outputs)]  # fmt: skip
        yield make_point(reference, proxy, truth, F(1, 2 ** rng.randint(3, 9)), F(rng.randint(0, 3), 1000),
                         prompts=rng.randint(1, 5))  # fmt: skip


def _rotated(point: Point, by: int) -> Point:
    """The same with its outputs in another order, so that no place is that of the best one."""

    def turned(values: tuple[F, ...]) -> tuple[F, ...]:
        return (*values[by:], *values[:by])

    return replace(point, policy=turned(point.policy), reference=turned(point.reference), proxy=turned(point.proxy),
                   truth=turned(point.truth), good_set=(*point.good_set[by:], *point.good_set[:by]))  # fmt: skip


RANDOM_POINTS = 24


@lru_cache(maxsize=1)
def hypothesis_points() -> tuple[Point, ...]:
    """All of them, the same ones in every run, those of the same number of outputs together."""
    of_the_best = (
        *_with_kl(PROXY, stated.paper_kl(4, 8.0)),
        *_with_kl(ONE_REWARDED, stated.paper_kl(3, 16.0)),
        *_with_kl(ONE_REWARDED, stated.our_kl(upper.one_rewarded_margin)),
        *_with_kl(BELOW, stated.our_kl(upper.best_margin)),
        *(point for proxy in (PROXY, ONE_REWARDED, BELOW) for point in _increases(proxy)),
    )
    random_points = [point for _, point in zip(range(RANDOM_POINTS), _random(), strict=False)]
    points = (*of_the_best, *_gaps(), *_averages(), *_two_valued(), *_ranges(), *_sets(), *_choices(), *_given(), *_spreads(), *_eligible(),
              *_exact(), *random_points)  # fmt: skip
    turned = [_rotated(point, place % len(point.proxy)) for place, point in enumerate(points)]
    return tuple(sorted(turned, key=lambda point: len(point.proxy)))
