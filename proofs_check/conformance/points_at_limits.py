"""Points at which hypotheses are within a billionth of their limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction as F

from scipy.optimize import brentq

from proofs_check.conformance.printed_good_sets import Slack
from proofs_check.conformance.tabular import Point

SIZES = (4, 5)
"""Numbers of outputs: few, so that few programs are compiled."""

SIDES = (1 - F(1, 10**9), 1 + F(1, 10**9))
Numbers = Sequence[F | int | float]


def _exact(numbers: Numbers) -> tuple[F, ...]:
    return tuple(F(x) for x in numbers)


def make_point(
    reference: Numbers,
    proxy: Numbers,
    truth: Numbers,
    increase: F | float,
    coefficient: F | float = F(0),
    *,
    policy: Numbers | None = None,
    prompts: int = 3,
) -> Point:
    """A point in the exact values of the numbers given; the policy is the reference if none is given."""
    chosen, initial, rewards, wanted = (_exact(x) for x in (policy or reference, reference, proxy, truth))
    subset = tuple(k == 0 for k in range(len(reference)))
    return Point(chosen, initial, rewards, wanted, F(coefficient), prompts, F(increase), F(1), subset, 2)


def around(make: Callable[[F], Point], slack: Callable[[Point], Slack], low: float, high: float) -> Iterator[Point]:
    """The points a billionth below and above the number between `low` and `high` at which the slack vanishes."""

    def room(number: float) -> float:
        found = slack(make(F(number)))
        if found is None:
            raise ValueError(f"slack: it has no value at {number!r}, between the ends given.")
        return float(found)

    limit = F(brentq(room, low, high, xtol=1e-300, rtol=1e-15))
    yield from (make(limit * side) for side in SIDES)
