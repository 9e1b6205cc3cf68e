"""First crossings of curves that are known at some points."""

from __future__ import annotations

import numpy as np

from sims.hitting import Status
from sims.teaching.mean_rise import rises_of_flow, rises_of_steps


def test_steps_are_counted_exactly():
    gain = np.array([[0.0, 0.0], [0.2, -0.1], [0.1, 0.05], [0.4, 0.1]])
    found = rises_of_steps(gain, np.array([0.2, 0.3]))
    assert found.time.tolist() == [[1, 3], [3, 3]]
    assert found.status.tolist() == [[Status.REACHED, Status.CENSORED], [Status.REACHED, Status.CENSORED]]


def test_a_smooth_curve_is_read_off_between_its_points():
    times = np.concatenate([[0], np.geomspace(0.1, 100, 25)])
    gain, rate = times / (1 + times), (1 + times) ** -2.0
    found = rises_of_flow(times, gain[None], rate[None], np.array([0.3, 0.9, 0.995]))
    exact = np.array([3 / 7, 9.0])
    error = np.abs(found.time[:2, 0] / exact - 1)
    assert (error < 1e-4).all()
    assert (error < found.relative_error[:2, 0]).all()
    assert found.status[2, 0] == Status.CENSORED
    assert found.time[2, 0] == 100


def test_a_rise_between_two_points_that_lie_below_is_found():
    # 4 x (1 - x) exceeds 0.9 between 0.34 and 0.66 only.
    found = rises_of_flow(np.array([0.0, 1.0]), np.zeros((1, 2)), np.array([[4.0, -4.0]]), np.array([0.5]))
    assert found.reached.all()
    assert 0 < found.time[0, 0] < 0.5
