"""Intervals in words, with signs and ends that a reader cannot mistake."""

from __future__ import annotations

import math

import pytest

from figures.drawing.crossed_intervals import Interval
from figures.language_model.training.effect_table import interval_text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Interval(0.2, -0.1, 0.5), "0.20 [−0.10, 0.50]"),
        (Interval(-1.5, -math.inf, math.inf), "−1.50 [no bounds]"),
        (Interval(-1.5, -math.inf, -0.2), "−1.50 [−∞, −0.20]"),
        (Interval(1.5, 0.2, math.inf), "1.50 [0.20, ∞]"),
        (Interval(1.5, math.nan, math.nan), "1.50 [undefined]"),
        (Interval(math.nan, -math.inf, math.inf), "undefined"),
    ],
)
def test_intervals_are_written_out(found: Interval, text: str) -> None:
    assert interval_text(found) == text
