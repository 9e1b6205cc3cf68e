"""Numbers as captions print them."""

from __future__ import annotations

import pytest

from figures.drawing.numbers import power_of_ten, readable


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 2, "0.0"),
        (1.0, 1, "1"),
        (0.354, 2, "0.35"),
        (1234.0, 2, "1,200"),
        (99.96, 2, "100"),
        (3.24e-5, 2, "3.2×10⁻⁵"),
        (1e13, 1, "1×10¹³"),
        (1.00003, 6, "1.00003"),
        (-0.3, 1, "-0.3"),
    ],
)
def test_readable(value: float, digits: int, text: str) -> None:
    assert readable(value, digits) == text


def test_power_of_ten() -> None:
    assert power_of_ten(-3.0000001) == "$10^{-3}$"
