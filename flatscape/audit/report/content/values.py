"""Values of a record, whatever is missing from it: null, NaN and infinity are all "not known"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Estimate(NamedTuple):
    """A number with the ends of its interval; each is None where it is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def known(self) -> list[float]:
        """The numbers that are known."""
        return [v for v in self if v is not None]

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return self.low is not None and self.high is not None


def number(value: object) -> float | None:
    """A finite number, or None for anything else.

    >>> number(2), number(None), number(float("nan"))
    (2.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def numbers(value: object) -> list[float | None]:
    """The numbers of a list; an empty list for anything else."""
    return [number(item) for item in items(value)]


def estimate(value: object, interval: object = None) -> Estimate:
    """A number and its interval `[low, high]`, which may be null or have null ends."""
    ends = numbers(interval)
    low, high = ends if len(ends) == 2 else (None, None)
    return Estimate(number(value), low, high)


def mapping(value: object) -> Mapping[str, Any]:
    """A part of a record that has keys; an empty one for null."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[Any]:
    """A list of a record; an empty one for null."""
    return value if isinstance(value, list | tuple) else ()


def estimates(values: object, intervals: object = None) -> list[Estimate]:
    """Numbers of a list with an interval for each; there may be no intervals, or fewer."""
    ends = items(intervals)
    return [estimate(v, ends[k] if k < len(ends) else None) for k, v in enumerate(items(values))]
