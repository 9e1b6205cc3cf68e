"""Levels of a ranking in an interval: the map of the docstring, and the widths at which float64 ends."""

from __future__ import annotations

import numpy as np
import pytest

from theory.constructions.reward_levels import Spread, place_levels
from theory.errors import InvalidInputError

ONE = np.array(1.0)


@pytest.mark.parametrize("split", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("width", [1.0, 0.1])
def test_levels_up_to_the_split_lie_low_and_the_others_high(width, split):
    found = place_levels("x", np.array([2, 0, 1, 1]), np.array(4.0), Spread(width, split))
    expected = [4 * (width * u if u <= split else 1 - width * (1 - u)) for u in (0.75, 0.25, 0.5, 0.5)]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize("levels", [1, 2, 40])
def test_levels_are_told_apart_down_to_the_smallest_gap(levels):
    """A ten-trillionth of the interval between neighbours, some hundred times what float64 resolves at one."""
    ranks = np.arange(levels)
    limit = 1e-13 * (levels + 1)
    found = place_levels("x", ranks, ONE, Spread(1.0001 * limit, 0.0))
    assert (np.diff(found) > 0).all()
    assert (found < 1).all()
    for width in (0.9999 * limit, 0.0, -1.0, 1 + 2**-52, np.array(2.0)):
        with pytest.raises(InvalidInputError, match=r"^spread\.width: got"):
            place_levels("x", ranks, ONE, Spread(width, 0.0))
    for split in (-(2**-60), 1 + 2**-52):
        with pytest.raises(InvalidInputError, match=r"^spread\.split: got"):
            place_levels("x", ranks, ONE, Spread(1.0, split))


def test_an_interval_is_long_enough_for_normal_numbers():
    smallest = 1e13 * np.finfo(np.float64).tiny
    found = place_levels("x", np.array([0, 1]), np.array(1.001 * smallest), Spread(3.1e-13, 1.0))
    assert 0 < found[0] < found[1]
    with pytest.raises(InvalidInputError, match=r"^x: got an interval \(0, 2\.22e-295\)"):
        place_levels("x", np.array([[0, 1]] * 2), np.array([1.0, 0.999 * smallest]), Spread())
