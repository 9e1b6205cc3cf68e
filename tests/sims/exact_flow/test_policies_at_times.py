"""Policies of many problems at common times against those of one problem after the other."""

from __future__ import annotations

import numpy as np

from sims.exact_flow.integrable_flow import integrable_log_probabilities
from sims.exact_flow.policies_at_times import integrable_policies

TIMES = np.array([0.0, 0.3, 0.300001, 20.0, 1e6])
START = np.array([[0.2, 0.3, 0.1, 0.4], [1e-30, 0.5, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]])
START = START / START.sum(axis=1, keepdims=True)
REWARD = np.array([[1.0, -0.3, 0.2, 0.21], [1.0, 1e-6, 0.0, -1e-6], [0.35] * 4, [1.0, 0.0, 0.0, 0.0]])


def test_against_one_problem_at_a_time():
    active = np.array([True, True, True, False])
    found, known = integrable_policies(np.log(START).T, REWARD.T, TIMES, active, tile_lanes=2)
    assert np.asarray(known).all()
    for lane in range(2):
        expected, _ = integrable_log_probabilities(np.log(START[lane]), REWARD[lane], 1.0, TIMES)
        np.testing.assert_allclose(np.asarray(found)[:, :, lane], np.exp(expected), rtol=1e-9, atol=1e-300)
    for resting in (2, 3):
        expected = np.broadcast_to(START[resting], (len(TIMES), 4))
        np.testing.assert_allclose(np.asarray(found)[:, :, resting], expected, rtol=1e-14)


def test_places_without_an_output_stay_empty():
    start, reward = np.append(START[0], 0.0), np.append(REWARD[0], REWARD[0, 0])
    with np.errstate(divide="ignore"):
        padded, _ = integrable_policies(np.log(start)[:, None], reward[:, None], TIMES, np.array([True]), tile_lanes=1)
    expected, _ = integrable_log_probabilities(np.log(START[0]), REWARD[0], 1.0, TIMES)
    np.testing.assert_allclose(np.asarray(padded)[:, :4, 0], np.exp(expected), rtol=1e-9)
    assert not np.asarray(padded)[:, 4].any()
