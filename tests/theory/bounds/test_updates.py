"""Bounds for training in steps: by hand, at their limits, and in order."""

from __future__ import annotations

import math

import numpy as np
import pytest

from theory.bounds.lower_bounds import sharpened_proposition_3
from theory.bounds.pathwise import artanh_rise
from theory.bounds.standardised_updates import standardised_time
from theory.bounds.updates import (
    ascent_time,
    natural_gradient_time,
    reinforce_time,
    sampled_ascent_time,
    standardised_time_by_rise,
)


def test_by_hand() -> None:
    assert float(ascent_time(math.log(2), 0.25, 3.0)) == pytest.approx(6.0)
    assert float(ascent_time(np.inf, 1.0, 1.0)) == pytest.approx(2.0)
    assert float(sampled_ascent_time(math.log(2), 0.25, 3.0, 2.0)) == pytest.approx(6.0 / math.sqrt(2))
    assert float(reinforce_time(math.log(2), 0.25, 3.0)) == pytest.approx(5.1)
    assert float(standardised_time_by_rise(0.5, 2e-4, 1e-4, 4.0)) == pytest.approx(8.0)
    assert float(natural_gradient_time(0.5, 2.0, 1e-4)) == pytest.approx(math.log(51.0))
    assert float(natural_gradient_time(0.0, 2.0, 0.0)) == 0.0
    assert np.isinf(float(natural_gradient_time(0.5, 2.0, 0.0)))


@pytest.mark.parametrize("gamma", [1e-3, 0.3, 1.0, 1.9])
def test_ascent_without_the_start_and_for_large_groups(gamma: float) -> None:
    worst = float(ascent_time(artanh_rise(gamma, -gamma / 2), 1.0, 1.0))
    assert worst == pytest.approx(4 * gamma / (2 + gamma), rel=1e-12)
    assert worst <= float(sharpened_proposition_3(gamma, 1.0, 1.0)) * (1 + 1e-12)
    assert float(sampled_ascent_time(1.0, 1.0, 1.0, 1e9)) == pytest.approx(float(ascent_time(1.0, 1.0, 1.0)), rel=1e-8)
    assert float(standardised_time_by_rise(artanh_rise(gamma, 0.0 - gamma / 2), 2.0, 0.1, 1.0)) >= float(
        standardised_time(gamma, 2.0, 0.1, 1.0)
    )


def test_the_natural_gradient_feels_the_variance_by_its_logarithm() -> None:
    times = np.asarray(natural_gradient_time(np.full(3, 0.5), np.full(3, 2.0), 10.0 ** np.array([-8.0, -16.0, -24.0])))
    np.testing.assert_allclose(np.diff(times), 4 * math.log(10), rtol=1e-3)
