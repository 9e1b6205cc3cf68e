"""Numbers as captions print them."""

from __future__ import annotations

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def readable(value: float, digits: int = 2) -> str:
    """A number with `digits` significant digits: `0.35`, `1,200`, or `3.2×10⁻⁵` where that would be long."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -3 <= power < 4:
        return f"{float(f'{mantissa}e{exponent}'):,.{max(digits - 1 - power, 0)}f}"
    return f"{mantissa}×10{str(power).translate(_SUPERSCRIPT)}"


def plain_power_of_ten(exponent: int) -> str:
    """`10` to a whole power in letters, without mathematics.

    >>> [plain_power_of_ten(power) for power in (-12, 0, 3)]
    ['10⁻¹²', '1', '10³']
    """
    return f"10{str(exponent).translate(_SUPERSCRIPT)}" if exponent else "1"


def power_of_ten(exponent: int | float) -> str:
    """`10` to a whole power, as mathematics for Matplotlib."""
    return f"$10^{{{round(exponent)}}}$"
