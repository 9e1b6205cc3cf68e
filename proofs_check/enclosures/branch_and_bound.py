"""Inequalities on boxes, decided by interval arithmetic: best first, so that the hardest place is looked at first."""

from __future__ import annotations

import enum
import heapq
import math
from collections.abc import Callable
from typing import NamedTuple

from flint import arb

from proofs_check.enclosures.balls import between, certain_ratio, float_below

Box = tuple[arb, ...]
SidesOnBox = Callable[..., tuple[arb, arb]]
"""The smaller and the larger side, enclosed on a box given as one ball per variable."""


class Decision(enum.Enum):
    """What is certain about an inequality on a box."""

    HOLDS = "it holds everywhere on the box"
    REFUTED = "a point of the box violates it"
    OPEN = "the boxes that are left are too many"


class BoxResult(NamedTuple):
    """The outcome.

    **Fields**: `decision`; `boxes`: how many were looked at; `point`: the violating point (exact balls), or None;
    `ratio`: the smallest upper bound on larger over smaller side among the points tried, infinite if there is none.
    """

    decision: Decision
    boxes: int
    point: Box | None
    ratio: float


def decide(sides: SidesOnBox, ranges: list[tuple[arb, arb]], *, most_boxes: int = 20_000) -> BoxResult:
    """Decides `smaller <= larger` on a box.

    The box with the smallest lower bound on `larger - smaller` comes first: once that is nonnegative, so are all. Its
    middle is tried as a counterexample; then it is halved where it is widest in units of the whole.

    **Arguments**

    - `sides`: called with one ball per variable; a side that cannot be enclosed is not a number.
    - `ranges`: lower and upper end of each variable. `most_boxes`: after so many the answer is `OPEN`.
    """
    count = 0
    ratio = math.inf
    heap: list[tuple[float, int, list[tuple[arb, arb]]]] = []

    def push(part: list[tuple[arb, arb]]) -> None:
        nonlocal count
        smaller, larger = sides(*(between(low, high) for low, high in part))
        difference = larger - smaller
        heapq.heappush(heap, (float_below(difference) if difference.is_finite() else -math.inf, count, part))
        count += 1

    push(ranges)
    while heap[0][0] < 0:
        if count >= most_boxes:
            return BoxResult(Decision.OPEN, count, None, ratio)
        _, _, part = heapq.heappop(heap)
        point = tuple(((low + high) / 2).mid() for low, high in part)
        smaller, larger = sides(*point)
        ratio = min(ratio, certain_ratio(larger, smaller))
        if larger < smaller:
            return BoxResult(Decision.REFUTED, count, point, ratio)
        widths = [float((high - low) / (end - start)) for (low, high), (start, end) in zip(part, ranges, strict=True)]
        axis = widths.index(max(widths))
        low, high = part[axis]
        for half in ((low, point[axis]), (point[axis], high)):
            push([half if k == axis else interval for k, interval in enumerate(part)])
    return BoxResult(Decision.HOLDS, count, None, ratio)
