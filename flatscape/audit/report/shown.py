"""Numbers and texts as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence


def shown(value: float | None) -> str:
    """A number to three digits, and whole if it is a thousand or more.

    >>> shown(0.123456), shown(4822.0), shown(None)
    ('0.123', '4,822', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


def shown_with_interval(value: float | None, ends: Sequence[float | None]) -> str:
    """A number with its interval.

    >>> shown_with_interval(0.5, [0.25, None])
    '0.5'
    """
    low, high = ends
    return shown(value) if low is None or high is None else f"{shown(value)} [{shown(low)}, {shown(high)}]"


def escaped(text: object) -> str:
    from rich.markup import escape

    return escape(str(text))
