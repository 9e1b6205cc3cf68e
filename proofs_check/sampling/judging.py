"""Judgements: whether a statement holds on each instance of a batch, with an allowance for rounding only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sims.hitting import OPEN_ENDED, Hitting, Status
from theory.statement import Direction, Relation, Sides

ROUNDING = 256 * np.finfo(np.float64).eps
"""What float64 arithmetic may have added to either side, in units of the size of the terms."""

UNDERFLOW = np.finfo(np.float64).tiny
"""What it may have added besides, whatever their size: below here float64 keeps fewer digits, or none."""

LARGEST_RELATIVE_ERROR = 1e-6
"""A hitting time of a larger estimated error than this decides nothing (the simulators promise 1e-8)."""


class Judgement(NamedTuple):
    """The outcome on each instance (shape `(count,)`).

    **Fields**: `violated`, `undecided` (boolean); `ratio`: larger over smaller side (where the smaller side is zero to
    rounding, or negative: zero if violated, otherwise infinity), or for an identity the error in units of the terms'
    size; NaN where a side is NaN.
    """

    violated: np.ndarray
    undecided: np.ndarray
    ratio: np.ndarray

    def without(self, unresolved: np.ndarray) -> Judgement:
        """The same, with the instances that `unresolved` marks undecided."""
        return Judgement(
            self.violated & ~unresolved, self.undecided | unresolved, np.where(unresolved, np.inf, self.ratio)
        )


def _flat(values: object, count: int) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).reshape(count, -1)


def judge(sides: Sides, relation: Relation, count: int, *, uncertainty: np.ndarray | float = 0.0) -> Judgement:
    """Compares the two sides.

    **Arguments**

    - `sides`: arrays of shape `(count,)`, or `(count, outputs)` when the statement is about every output (the worst
      one counts).
    - `relation`: which comparison.
    - `count`: the number of instances.
    - `uncertainty`: known absolute error of either side, shape `(count,)`.

    A side that is NaN counts as a violation: a check must not be passed by breaking down.
    """
    smaller, larger, scale = (_flat(side, count) for side in sides)
    # Terms of infinite size would excuse anything: then nothing is allowed.
    size = np.where(np.isinf(scale), 0.0, np.abs(scale))
    allowed = ROUNDING * size + UNDERFLOW + np.asarray(uncertainty, dtype=np.float64).reshape(-1, 1)
    broken = np.isnan(smaller) | np.isnan(larger)
    if relation is Relation.EQUAL:
        with np.errstate(invalid="ignore"):
            error = np.abs(smaller - larger)
            violated = ~(error <= allowed) | broken
            ratio = np.divide(error, np.abs(scale) + UNDERFLOW / ROUNDING)
        ratio = np.where(broken, np.nan, ratio)
        return Judgement(violated.any(axis=-1), np.zeros(count, bool), ratio.max(axis=-1))
    with np.errstate(invalid="ignore"):
        violated = ~(smaller <= larger + allowed) | broken
    ratio = np.full(smaller.shape, np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        np.divide(larger, smaller, out=ratio, where=smaller > allowed)
    ratio = np.where(violated & ~(smaller > 0), 0.0, ratio)
    ratio = np.where(broken, np.nan, ratio)
    return Judgement(violated.any(axis=-1), np.zeros(count, bool), ratio.min(axis=-1))


def judge_hitting_time(sides: Sides, direction: Direction, hitting: Hitting) -> Judgement:
    """Compares a hitting time with a bound, by what the simulator's status says the time is.

    A time that is open-ended (censored, failed, ill-conditioned) is only known not to be below its value: a lower bound
    above it, or an upper bound above it, is undecided. A time that is proven infinite violates every finite upper
    bound.
    """
    time, status = np.asarray(hitting.time).reshape(-1), np.asarray(hitting.status).reshape(-1)
    reached = status == Status.REACHED
    relative_error = np.asarray(hitting.relative_error).reshape(-1)
    # A large or unknown error estimate would excuse anything, so it must not: such times are undecided below.
    known = reached & (relative_error <= LARGEST_RELATIVE_ERROR)
    uncertainty = np.where(known, time, 0.0) * np.where(known, relative_error, 0.0)
    verdict = judge(sides, Relation.AT_MOST, time.size, uncertainty=uncertainty)
    open_ended = np.isin(status, OPEN_ENDED)
    undecided = (reached & ~known) | (open_ended & (verdict.violated == (direction is Direction.LOWER)))
    ratio = np.where(open_ended | undecided, np.inf, verdict.ratio)
    return Judgement(verdict.violated & ~undecided, undecided, ratio)
