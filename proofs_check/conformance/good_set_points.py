"""Points at which Proposition 4 and S-P4 apply, do not, and hardly do: several good outputs, bad ones, a KL term."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction as F
from functools import partial

from proofs_check.certain import certain
from proofs_check.conformance import printed_hypotheses, printed_upper_bounds
from proofs_check.conformance.points_at_limits import SIDES, SIZES, around, make_point
from proofs_check.conformance.printed_good_sets import Slack, mean, proposition_4_set
from proofs_check.conformance.tabular import Point

RANKED = {1: (F(3, 5),), 2: (F(7, 20), F(1, 4)), 3: (F(1, 4), F(1, 5), F(3, 20))}
"""Probabilities of the good outputs, by their number; together 3/5."""

RARE = F(1, 10**18)
MOSTLY_ONE = (
    (F(3, 5) - RARE, RARE),
    (RARE, F(3, 5) - RARE),
    (F(3, 5) - 2 * RARE, RARE, RARE),
    (F(2, 5), F(1, 5) - RARE, RARE),
)
"""The same where an output so rare that it may be left out is good as well."""


def good_set_point(
    outputs: int,
    good: int,
    *,
    bad: F | float = F(0),
    coefficient: F | float = F(0),
    spread: F | float = F(1, 64),
    increase: F | float = F(1, 32),
    bad_rank: float = 0.5,
    ranked: Sequence[F] | None = None,
) -> Point:
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
        loss = certain(printed_upper_bounds.proposition_4_set(point), "the set of good outputs").loss
        return None if loss is None else allowed - min(loss, 10.0)

    return slack


def sets() -> Iterator[Point]:
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


def choices() -> Iterator[Point]:
    """Sets of which several meet the hypotheses, or a smaller one alone: by the margin, or by the KL coefficient."""
    for ranked in MOSTLY_ONE:
        for outputs, spread, bad in itertools.product(SIZES, (F(1, 64), F(1, 2)), (F(0), RARE / 2)):
            good = len(ranked)
            if outputs - good - (bad > 0) < 1:
                continue
            make = partial(good_set_point, outputs, good, bad=bad, spread=spread, ranked=ranked)
            yield from (make(coefficient=kl) for kl in (F(0), F(1, 10**5), F(1, 1000)))
            yield make(increase=F(1, 10))


def given() -> Iterator[Point]:
    """Sets that are no prefix of the ranking, not the best one, too large, or have a bad output above."""
    for good, bad_rank, members in itertools.product((2, 3), (0.5, 1.01), itertools.product((True, False), repeat=3)):
        base = good_set_point(5, good, bad=RARE, bad_rank=bad_rank, coefficient=F(1, 10**5))
        yield replace(base, good_set=(*members, False, False))
    for ranked in MOSTLY_ONE:
        for bad in (F(0), RARE / 2):
            base = good_set_point(5, len(ranked), bad=bad, ranked=ranked)
            chosen = tuple(k == ranked.index(max(ranked)) for k in range(5))
            yield from (replace(base, good_set=chosen, coefficient=kl) for kl in (F(0), F(1, 10**5)))


def spreads() -> Iterator[Point]:
    """Good outputs so far apart that the margin vanishes: of Proposition 4, and of S-P4."""
    for outputs, good in ((4, 2), (5, 3)):
        for find in (proposition_4_set, printed_upper_bounds.proposition_4_set):

            def margin(point: Point, find: Callable[..., object] = find) -> Slack:
                return find(point).slacks["positive-margin"]  # type: ignore[attr-defined]

            def make(spread: F, outputs: int = outputs, good: int = good) -> Point:
                return good_set_point(outputs, good, spread=spread)

            yield from around(make, margin, 1e-3, 0.6)


def eligible() -> Iterator[Point]:
    """The last good output at the mean of the proxy reward, or with a reward to rise by no more than `gamma`."""
    for outputs in SIZES:
        base = good_set_point(outputs, 1)
        rise = base.truth[0] - mean(base, base.truth)
        for share in (*SIDES, F(2)):
            yield replace(base, increase=rise * share)

        def make(reward: F, base: Point = base) -> Point:
            return replace(base, proxy=(reward, *[F(-1, 2)] * (len(base.proxy) - 2), F(1, 4)))

        yield from around(make, printed_hypotheses.eligibility, -0.5, 0.875)
        yield replace(base, proxy=tuple(-r for r in base.proxy))


def good_set_points() -> Iterator[Point]:
    """All of them."""
    yield from (*sets(), *choices(), *given(), *spreads(), *eligible())
