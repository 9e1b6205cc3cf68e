"""Points at which the hypotheses of statements about tables hold, fail, and are within a billionth of their limits.

They have two good outputs and more, bad ones of the largest probability that is allowed, KL coefficients up to the
limit, several prompts, and the best output in every place. Where numbers are dyadic, so that float64 is exact, there
are points at the limit itself.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction as F
from functools import lru_cache

from proofs_check.conformance import printed_hypotheses, printed_upper_bounds
from proofs_check.conformance.good_set_points import good_set_points
from proofs_check.conformance.points_at_limits import SIDES, SIZES, Numbers, around, make_point
from proofs_check.conformance.printed_good_sets import Slack
from proofs_check.conformance.tabular import Point

SEED = 13


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

    yield from around(make, printed_hypotheses.others_below_average, -0.25, 0.5)
    yield from (make(F(7, 8)), make(F(3, 4)))


def _two_valued() -> Iterator[Point]:
    """Rewards that are almost one and minus one, twice one, never one."""
    almost = F(1, 2**40)
    for proxy in (
        (1 - almost, -1, -1, -1),
        (1, -1, almost - 1, -1),
        (1, 1, -1, -1),
        (1, 0, -1, -1),
        (-1, -1, -1, -1),
        (0, -1, -1, -1),
        (1, -1, -1, 0),
    ):
        yield make_point(REFERENCE, proxy, TRUTH, F(1, 8))


def _ranges() -> Iterator[Point]:
    """Rewards that do not differ, hardly differ, and have a range of one: about, and exactly."""
    for width in (F(0), F(1e-100), F(1e-9), F(1, 2), SIDES[0], F(1), SIDES[1], F(3, 2)):
        yield make_point(REFERENCE, (-width / 2, 0, width / 2, -width / 4), TRUTH, F(1, 8))
    other = (F(2, 5), F(1, 5), F(3, 10), F(1, 10))
    yield make_point(REFERENCE, PROXY, TRUTH, F(1, 8), F(1, 2**30), policy=other)
    for coefficient in (F(0), F(1, 8)):
        yield make_point(REFERENCE, (F(1, 4),) * 4, TRUTH, F(1, 8), coefficient, policy=other)
    yield make_point(REFERENCE, (F(1e-100), 0, 0, 0), TRUTH, F(1, 8), policy=other)


def _other_references() -> Iterator[Point]:
    """A uniform policy, which is the reference where the initial policy is not, and policies next to it."""
    quarters, next_to = (F(1, 4),) * 4, (F(1, 4) + F(1, 2**34), F(1, 4) - F(1, 2**34), F(1, 4), F(1, 4))
    for policy in (quarters, next_to):
        for proxy, coefficient in ((PROXY, F(1, 8)), (BELOW, F(3)), ((0,) * 4, F(1, 2)), ((F(1, 4),) * 4, F(0))):
            yield make_point(REFERENCE, proxy, TRUTH, F(1, 8), coefficient, policy=policy, prompts=2)


# Exact limits: a quarter is exact in float64, its logarithm and exponential included.

QUARTERS = (F(1, 4),) * 4


def _exact() -> Iterator[Point]:
    truth: Numbers = (1, -1, F(1, 2), F(-1, 2))
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
        proxy = [
            F(7, 8) - F(rng.randint(0, 8), 2 ** rng.randint(6, 9)) if k < outputs - 2 else F(-rng.randint(1, 8), 8)
            for k in range(outputs)
        ]
        yield make_point(
            reference, proxy, truth, F(1, 2 ** rng.randint(3, 9)), F(rng.randint(0, 3), 1000), prompts=rng.randint(1, 5)
        )


def _rotated(point: Point, by: int) -> Point:
    """The same with its outputs in another order, so that no place is that of the best one."""

    def turned(values: tuple[F, ...]) -> tuple[F, ...]:
        return (*values[by:], *values[:by])

    return replace(
        point,
        policy=turned(point.policy),
        reference=turned(point.reference),
        proxy=turned(point.proxy),
        truth=turned(point.truth),
        good_set=(*point.good_set[by:], *point.good_set[:by]),
    )


RANDOM_POINTS = 24


@lru_cache(maxsize=1)
def hypothesis_points() -> tuple[Point, ...]:
    """All of them, the same ones in every run, those of the same number of outputs together."""
    of_the_best = (
        *_with_kl(PROXY, printed_hypotheses.paper_kl(4, 8.0)),
        *_with_kl(ONE_REWARDED, printed_hypotheses.paper_kl(3, 16.0)),
        *_with_kl(ONE_REWARDED, printed_hypotheses.our_kl(printed_upper_bounds.one_rewarded_margin)),
        *_with_kl(BELOW, printed_hypotheses.our_kl(printed_upper_bounds.best_margin)),
        *(point for proxy in (PROXY, ONE_REWARDED, BELOW) for point in _increases(proxy)),
    )
    random_points = [point for _, point in zip(range(RANDOM_POINTS), _random(), strict=False)]
    points = (
        *of_the_best,
        *_gaps(),
        *_averages(),
        *_two_valued(),
        *_ranges(),
        *_other_references(),
        *good_set_points(),
        *_exact(),
        *random_points,
    )
    turned = [_rotated(point, place % len(point.proxy)) for place, point in enumerate(points)]
    return tuple(sorted(turned, key=lambda point: len(point.proxy)))
