"""S3+, S3++ and the linear corollary: by hand, in order of strength, at their limits, and against exact times."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from theory.bounds.growth_control import (
    LINEAR_CONSTANT,
    controlled_time,
    linear_law_time,
    linear_time,
    scaled_time,
    time_by_room,
)
from theory.bounds.lower_bounds import sharpened_proposition_3
from theory.bounds.pathwise import artanh_rise
from theory.tabular.exact_solutions import one_against_equals_time

RISES = (1e-12, 1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)


@pytest.mark.parametrize("rise", RISES)
def test_the_root_is_found_in_both_parametrisations(rise: float) -> None:
    def excess(s: float) -> float:
        return 2 * math.sqrt(2) * math.atanh(math.sqrt(2) * s) - 3 * math.atanh(s) - rise

    s = brentq(excess, 0.0, (1 - 1e-16) / math.sqrt(2), xtol=1e-300, rtol=1e-15)
    assert float(scaled_time(rise)) == pytest.approx(2 * s / (1 - s**2) ** 1.5, rel=1e-12)


def test_limits() -> None:
    assert float(scaled_time(0.0)) == 0.0
    assert float(scaled_time(np.inf)) == pytest.approx(4.0, rel=1e-15)
    assert float(time_by_room(np.inf, 1.0, 1.0)) == pytest.approx(4.0)
    assert float(time_by_room(0.5, 1.0, 3.0)) == pytest.approx(12 * (1 - math.exp(-0.25)))
    assert float(linear_time(0.5, 0.25, 3.0)) == pytest.approx(3 * 1.869)
    assert float(linear_law_time(0.5, 0.25, 3.0)) == pytest.approx(6.0)
    assert np.isinf(float(controlled_time(0.5, 0.0, 1.0)))


@pytest.mark.parametrize("start", [-0.95, -0.5, 0.0, 0.3])
@pytest.mark.parametrize("share", [1e-3, 0.2, 0.7, 0.99])
def test_each_says_more_than_the_one_before(start: float, share: float) -> None:
    gamma = share * (1 - start)
    rise = artanh_rise(gamma, start)
    s3, plus, both = (
        float(sharpened_proposition_3(gamma, 1.0, 1.0)),
        float(time_by_room(rise, 1.0, 1.0)),
        float(controlled_time(rise, 1.0, 1.0)),
    )
    assert s3 <= plus * (1 + 1e-14)
    assert plus <= both * (1 + 1e-14)
    assert float(linear_time(gamma, 1.0, 1.0)) <= both


def test_the_smallest_ratio_to_the_increase_is_just_above_the_constant() -> None:
    gammas = np.linspace(1.4, 1.7, 3001)
    ratios = np.asarray(scaled_time(2 * np.arctanh(gammas / 2))) / gammas
    assert LINEAR_CONSTANT < ratios.min() < LINEAR_CONSTANT + 3e-4


@pytest.mark.parametrize(
    ("gamma", "ratio", "free"), [(0.2, 1.0, 1.00324), (0.8, 1.00809, 1.04079), (1.5, 1.13712, 1.16781)]
)
def test_exact_times_of_two_outputs(gamma: float, ratio: float, free: float) -> None:
    """The smallest ratio of the exact time to S3++, and to S3++ where it does not know the start."""
    starts = np.linspace(1e-3, 1 - gamma / 2 - 1e-3, 4001)
    times = np.asarray(one_against_equals_time(starts, starts + gamma / 2, 2))
    bounds = np.asarray(
        controlled_time(artanh_rise(np.full_like(starts, gamma), 2 * starts - 1), 4 * starts * (1 - starts), 1.0)
    )
    assert float((times / bounds).min()) == pytest.approx(ratio, abs=1e-5)
    scaled = (times * np.sqrt(4 * starts * (1 - starts))).min() / float(scaled_time(2 * math.atanh(gamma / 2)))
    assert scaled == pytest.approx(free, abs=1e-5)
    linear = np.asarray(linear_law_time(np.full_like(starts, gamma), 4 * starts * (1 - starts), 1.0))
    assert float((times / linear).min()) > 1
