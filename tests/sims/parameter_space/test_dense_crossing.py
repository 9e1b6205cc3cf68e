"""First crossings between the ends of a step: narrow bumps, touches, and functions with no digits to spare."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from sims.parameter_space.dense_crossing import PANEL, Crossing, Sample, crossing_between


def first(function: Callable[[np.ndarray], np.ndarray], level: float, moves: float = 0.0) -> Crossing:
    def look(times: np.ndarray) -> Sample:
        assert len(times) == len(PANEL.points)
        return Sample(function(times), moves * float(np.max(np.diff(times))))

    return crossing_between(look, 0.0, 2.0, level)


def gaussian(middle: float, width: float, times: np.ndarray) -> np.ndarray:
    return np.exp(-(((times - middle) / width) ** 2))


def test_a_rise_is_found_to_rounding() -> None:
    assert first(np.sin, 0.5).time == pytest.approx(np.pi / 6, rel=1e-15)
    assert first(lambda t: 1e-9 * np.expm1(t), 1e-9).time == pytest.approx(np.log(2), rel=1e-14)


@pytest.mark.parametrize("width", [0.3, 0.05, 0.01])
def test_a_bump_between_the_ends_is_found_at_its_first_side(width: float) -> None:
    """Half its height is reached a known distance before the crest, wherever that is."""
    for middle in np.linspace(0.35, 1.65, 27):
        bump = partial(gaussian, middle, width)
        found = first(bump, 0.5, moves=1 / width)
        assert found.time == pytest.approx(middle - width * np.sqrt(np.log(2)), rel=1e-12)
        assert found.falls is False or found.time < middle


@pytest.mark.parametrize("missing", [1e-3, 1e-6, 1e-9, 1e-12])
def test_a_crest_just_above_or_below_the_level(missing: float) -> None:
    def parabola(times: np.ndarray) -> np.ndarray:
        return np.asarray(1 - (times - 0.7) ** 2)

    assert first(parabola, 1 - missing).time == pytest.approx(0.7 - np.sqrt(missing), abs=1e-3 * np.sqrt(missing))
    below = first(parabola, 1 + missing)
    assert below.time is None
    assert below.falls
    assert 0 > below.highest >= -1.01 * missing - 1e-2


def test_what_starts_at_the_level_by_rounding_has_not_reached_it() -> None:
    assert first(lambda t: 1 - t, 1.0).time is None


def test_what_is_no_number_reaches_nothing() -> None:
    assert first(lambda t: np.full_like(t, np.nan), 0.5).time is None
