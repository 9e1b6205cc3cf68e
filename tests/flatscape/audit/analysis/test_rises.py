"""Times of rises of curves that are known at some times."""

from __future__ import annotations

import numpy as np

from flatscape.audit.analysis.rises import rises_of_curves


def test_rises_of_an_exponential_approach():
    times = np.concatenate([[0.0], np.geomspace(0.04, 10.0, 24)])
    rates = np.array([0.5, 2.0])
    curves = 1 - np.exp(-rates[:, None] * times)
    gains = np.array([0.1, 0.5, 0.9])
    exact = -np.log1p(-gains)[:, None] / rates
    np.testing.assert_allclose(rises_of_curves(times, curves, gains), exact, rtol=0.02)


def test_the_first_of_several_crossings_counts():
    times = np.array([0.0, 1.0, 2.0, 3.0])
    curves = np.array([[0.0, 1.0, 0.0, 2.0], [0.0, -1.0, -1.0, 1.0], [1.0, 1.0, 1.0, 1.5]])
    found = rises_of_curves(times, curves, np.array([1.0]))[0]
    assert found[0] == 1.0
    assert 2.0 < found[1] <= 3.0
    assert np.isinf(found[2])


def test_equal_neighbours_do_no_harm():
    assert rises_of_curves(np.array([0.0, 1.0]), np.array([[1.0, 1.0]]), np.array([0.5])).tolist() == [[np.inf]]
