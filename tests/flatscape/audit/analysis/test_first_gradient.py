"""The first gradient, against the simulated flow at a short time."""

from __future__ import annotations

import numpy as np

from flatscape.audit.analysis.first_gradient import gradient_squares, truth_slopes
from sims.teaching import exact_flow, scored_groups, simulate_teaching
from tests.flatscape.audit.audited import BETTER_PROXY, START

REWARDS = np.array([BETTER_PROXY["rm_truth"] * 2, BETTER_PROXY["rm_proxy"] * 2])
GROUPS = scored_groups(
    REWARDS, np.array([0, 5, 10]), truth=REWARDS[0], initial_log_probabilities=np.log([*START, *START[::-1]])
)


def test_the_slope_is_that_of_the_simulation():
    short = 1e-5
    taught = simulate_teaching(GROUPS, exact_flow(), [0.0, short], kept_times=(0, 1))
    assert taught.prompt_truth is not None
    rises = np.diff(taught.prompt_truth, axis=-1)[..., 0].T / short
    np.testing.assert_allclose(truth_slopes(GROUPS), rises, rtol=1e-3)


def test_a_model_that_is_the_truth_has_the_square_of_its_gradient():
    np.testing.assert_allclose(truth_slopes(GROUPS)[0], gradient_squares(GROUPS)[0])
    # The norms that the counter-example is known by.
    np.testing.assert_allclose(np.sqrt(gradient_squares(GROUPS)[:, 0]), [0.376, 0.156], atol=5e-4)
