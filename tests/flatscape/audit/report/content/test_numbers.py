"""Numbers with the digits that their intervals allow."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flatscape.audit.report.content.numbers import count, plain, share, shown
from flatscape.audit.report.content.values import Estimate


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((0.82734, 0.80211, 0.85001), "0.827 (0.802 to 0.850)"),
        ((0.82734, 0.77, 0.88), "0.83 (0.77 to 0.88)"),
        ((-0.00231, -0.00251, -0.00211), "−0.00231 (−0.00251 to −0.00211)"),
        ((1234.5, 1000.0, 1500.0), "1,230 (1,000 to 1,500)"),
        ((0.5, 0.5, 0.5), "0.500 (0.500 to 0.500)"),
        ((0.0, 0.0, 0.0), "0 (0 to 0)"),
        ((0.0, 0.0, 0.1), "0.00 (0.00 to 0.10)"),
        ((1 / 3, None, None), "0.333"),
        ((1.0, 1.0 - 1e-12, 1.0 + 1e-12), "1.00000 (1.00000 to 1.00000)"),
        ((2e7, 1.9e7, 2.1e7), "2.00×10⁷ (1.90×10⁷ to 2.10×10⁷)"),
        ((2.0, 1.5, None), "2.00 (1.50 to –)"),
        ((-1e-9, -1.0, 1.0), "0.0 (−1.0 to 1.0)"),
    ],
)
def test_an_interval_decides_the_digits(found: tuple[float | None, ...], told: str) -> None:
    assert str(shown(Estimate(*found))) == told


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_rounding_moves_a_number_by_little_of_its_uncertainty(value: float, half: float) -> None:
    # An interval that rounds to nothing decides nothing.
    assume(value - half < value + half)
    told = shown(Estimate(value, value - half, value + half)).value
    number, _, power = told.replace(",", "").replace("−", "-").partition("×10")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    # At most half of the last place, which is less than a seventh of the half-width; or six digits.
    assert abs(float(number) * 10.0**exponent - value) <= max(half * 0.15, 1e-5 * (abs(value) + half))


def test_numbers_without_intervals() -> None:
    assert [plain(v) for v in (0.1, 2.5, 240.0, 2 / 3, 1e-7, -0.25)] == [
        "0.1",
        "2.5",
        "240",
        "0.667",
        "1.00×10⁻⁷",
        "−0.25",
    ]
    assert count(12345.0) == "12,345"
    assert [share(v) for v in (None, 0.5, 1.0, 0.0)] == ["–", "50.0%", ">99.9%", "<0.1%"]
