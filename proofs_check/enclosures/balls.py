"""Ball arithmetic (Arb, through python-flint): exact input, comparisons that are certain, results rounded outward."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flint import arb, ctx

ZERO, ONE = arb(0), arb(1)


@contextmanager
def working_precision(bits: int, terms: int = 16) -> Iterator[None]:
    """Arb's precision, and the most terms of a power series, inside a `with` block; both are restored after it.

    **Arguments**: `bits`: of each midpoint; `terms`: power series are cut after so many.
    """
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, terms
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before


def exact(value: object) -> arb:
    """A float64 number as a ball of radius zero: a finite float is a dyadic number, and is taken as exactly that."""
    return arb(float(value))  # type: ignore[arg-type]


def total(balls: Iterable[arb]) -> arb:
    """The sum, zero if there are none."""
    result = ZERO
    for ball in balls:
        result = result + ball
    return result


def dot(first: Iterable[arb], second: Iterable[arb]) -> arb:
    """`sum_i a_i b_i`."""
    return total(a * b for a, b in zip(first, second, strict=True))


def between(lower: arb, upper: arb) -> arb:
    """The smallest ball (to rounding) that contains two others, and so everything between them."""
    return lower.union(upper)


def around(centre: arb, radius: arb) -> arb:
    """The ball `centre +- |radius|`, the centre's own radius included."""
    return centre + arb(0, radius.abs_upper())


def float_below(ball: arb) -> float:
    """The largest float64 that is certain not to exceed any number of the ball (one spacing less at most)."""
    if not ball.is_finite():
        return math.inf if ball > 0 else -math.inf
    low = ball.lower()
    nearest = float(low)
    return nearest if arb(nearest) <= low else math.nextafter(nearest, -math.inf)


def float_above(ball: arb) -> float:
    """The smallest float64 that no number of the ball is certain to exceed (one spacing more at most)."""
    return -float_below(-ball)


def certain_ratio(larger: arb, smaller: arb) -> float:
    """An upper bound on `larger / smaller` in float64; infinity where the larger side is, or the smaller one may be
    zero."""
    if not (larger.is_finite() and smaller > 0):
        return math.inf
    return float_above(larger / smaller)


def softmax(logits: Iterable[float]) -> list[arb]:
    """The exact probabilities of float64 logits, as balls."""
    values = [exact(x) for x in logits]
    highest = values[max(range(len(values)), key=lambda k: float(values[k]))]
    weights = [(x - highest).exp() for x in values]
    mass = total(weights)
    return [w / mass for w in weights]


def step_to_float(start: float, length: float) -> tuple[float, arb]:
    """About `start + length` in double precision, and the exact distance to it.

    Clocks that are float64 numbers need no radius. The distance is a difference of two of them, which Arb represents
    exactly unless one is more than its precision larger than the other; then the distance is not a number.
    """
    end = start + length
    distance = arb(end) - arb(start)
    return end, distance if distance.is_exact() else arb("nan")
