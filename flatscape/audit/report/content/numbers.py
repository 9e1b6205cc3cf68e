"""Numbers as a reader may trust them: an interval decides how many digits are shown."""

from __future__ import annotations

import math
from typing import NamedTuple

from flatscape.audit.report.content.values import Estimate

DIGITS = 3
"""Significant digits of a number without an interval."""

MOST_DIGITS = 6
SMALLEST, LARGEST = 1e-4, 1e6
"""Outside of these numbers are written with powers of ten."""

TWO_DIGITS = 3.55
"""Half-widths with leading digits below this are shown with two significant digits, others with one: rounding then
moves a number by little of its uncertainty (Particle Data Group, Review of Particle Physics, Introduction, 5.3)."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
UNKNOWN = "–"


class Shown(NamedTuple):
    """**Fields**: `value`, and `interval` (`0.12 to 0.19`); empty where there is none."""

    value: str
    interval: str

    def __str__(self) -> str:
        return f"{self.value} ({self.interval})" if self.interval else self.value


def shown(found: Estimate) -> Shown:
    """A number and its interval with the digits that the interval allows.

    >>> str(shown(Estimate(0.16667, 0.1213, 0.2094))), str(shown(Estimate(12345.6, 11800.0, 12900.0)))
    ('0.17 (0.12 to 0.21)', '12,300 (11,800 to 12,900)')
    >>> str(shown(Estimate(2.5e-6, 2.1e-6, 3.0e-6))), str(shown(Estimate(None)))
    ('2.5×10⁻⁶ (2.1×10⁻⁶ to 3.0×10⁻⁶)', '–')
    """
    if found.value is None:
        return Shown(UNKNOWN, "")
    largest = max(abs(v) for v in found.known)
    place = last_place(found)
    power = exponent(largest) if largest and not SMALLEST <= largest < LARGEST else 0
    value, low, high = ("" if v is None else _written(v, place, power) for v in found)
    # An end that is not known is an infinite one: a time that some resamples never reach.
    ends = "" if not (low or high) else f"{low or UNKNOWN} to {high or UNKNOWN}"
    return Shown(value, ends)


def plain(value: float | None) -> str:
    """A number without an interval.

    >>> plain(0.16667), plain(0.1), plain(12.0), plain(None)
    ('0.167', '0.1', '12', '–')
    """
    if value is not None and (not value or SMALLEST <= abs(value) < LARGEST):
        # What is written in full with fewer digits is a setting or a count: zeros would add nothing.
        place = next((k for k in range(DIGITS + 1) if round(value, k) == value), None)
        if place is not None:
            return _written(value, place, 0)
    return shown(Estimate(value)).value


def count(value: float | None) -> str:
    """A whole number, every digit of it."""
    return UNKNOWN if value is None else _written(value, 0, 0)


def share(value: float | None) -> str:
    """A probability in percent, never as certain as no finite number of resamples makes it.

    >>> share(0.9876), share(1.0), share(0.0), share(0.9999)
    ('98.8%', '>99.9%', '<0.1%', '>99.9%')
    """
    if value is None:
        return UNKNOWN
    return ">99.9%" if value >= 0.9995 else "<0.1%" if value < 0.0005 else f"{value:.1%}"


def exponent(value: float) -> int:
    """The power of ten of a number's first digit."""
    return math.floor(math.log10(abs(value))) if value else 0


def last_place(found: Estimate) -> int:
    """The number of the last decimal that is shown; negative before the decimal point."""
    if found.value is None:
        return 0
    largest = max(abs(v) for v in found.known)
    if not largest:
        return 0
    least = MOST_DIGITS - 1 - exponent(largest)
    if found.low is None or found.high is None or found.high <= found.low:
        return DIGITS - 1 - exponent(found.value or largest)
    half = (found.high - found.low) / 2
    power = exponent(half)
    return min(1 - power if half / 10.0**power < TWO_DIGITS else -power, least)


def _written(value: float, place: int, power: int) -> str:
    if power:
        return f"{_rounded(value / 10.0**power, place + power)}×10{str(power).translate(_SUPERSCRIPT)}"
    return _rounded(value, place)


def _rounded(value: float, place: int) -> str:
    written = f"{round(value, place) + 0.0:,.{max(place, 0)}f}"
    return written.replace("-", "−")
