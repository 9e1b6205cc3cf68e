"""Policies of many problems at common times against those of one problem after the other, stiff ones too."""

from __future__ import annotations

import numpy as np

from sims.regularized_flow.path import regularized_log_probabilities
from sims.regularized_flow.policies_at_times import regularized_policies

TIMES = np.array([0.0, 0.3, 20.0, 1e4])
START = np.array([[0.2, 0.3, 0.1, 0.4], [1e-12, 0.5, 0.2, 0.3], [0.25] * 4])
START = START / START.sum(axis=1, keepdims=True)
REWARD = np.array([[1.0, -0.3, 0.2, 0.21], [1.0, 0.1, 0.0, -1.0], [0.35] * 4])


def test_against_one_problem_at_a_time():
    coefficient = np.asarray(0.02)
    found, known = regularized_policies(np.log(START).T, REWARD.T, coefficient, TIMES, np.ones(3, bool), tile_lanes=2)
    assert np.asarray(known).all()
    for lane in range(2):
        expected, _ = regularized_log_probabilities(np.log(START[lane]), REWARD[lane], 1.0, 0.02, TIMES)
        np.testing.assert_allclose(np.log(np.asarray(found)[:, :, lane]), expected, atol=1e-6)
    np.testing.assert_allclose(np.asarray(found)[:, :, 2], np.broadcast_to(START[2], (len(TIMES), 4)), rtol=1e-14)


def test_looser_tolerances_cost_accuracy():
    exact, _ = regularized_log_probabilities(np.log(START[0]), REWARD[0], 1.0, 0.02, TIMES)
    errors = []
    for tolerance in (1e-4, 1e-8):
        found, _ = regularized_policies(
            np.log(START[:1]).T,
            REWARD[:1].T,
            np.asarray(0.02),
            TIMES,
            np.ones(1, bool),
            tile_lanes=1,
            relative_tolerance=tolerance,
        )
        errors.append(np.abs(np.log(np.asarray(found)[:, :, 0]) - exact).max())
    assert errors[1] < 1e-7 < errors[0] < 1e-3
