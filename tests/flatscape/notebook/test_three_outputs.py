"""Three outputs: a problem from sliders, and its landscape, of which heights and the path are what theory says."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.notebook.course import run_course
from flatscape.notebook.terrain_view import draw_terrain
from flatscape.notebook.three_outputs import (
    GRID,
    REACH,
    TRUTH,
    initial_policy,
    of_variance,
    on_plane,
    terrain,
    three_problem,
    true_reward_on_plane,
)
from theory.errors import InvalidInputError
from theory.moments import variance


@pytest.mark.parametrize(("best", "share"), [(0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, float("nan"))])
def test_shares_are_within_limits(best: float, share: float) -> None:
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        initial_policy(best, share)


@pytest.mark.parametrize("wanted", [1e-6, 1e-3, 0.1])
def test_variance_is_what_is_wanted(wanted: float) -> None:
    policy = initial_policy(0.1, 0.3)
    scaled = of_variance(policy, [1.0, 0.5, -1.0], wanted)
    assert not scaled.capped
    assert float(variance(policy, scaled.reward)) == pytest.approx(wanted)


def test_rewards_stay_within_limits() -> None:
    scaled = of_variance(initial_policy(0.1, 0.3), [1.0, 0.5, -0.5], 1.0)
    assert scaled.capped
    assert np.abs(scaled.reward).max() == pytest.approx(1.0)


def test_equal_rewards_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="reward model: got equal rewards"):
        of_variance(initial_policy(0.1, 0.3), [0.2, 0.2, 0.2], 0.1)


def test_heights_are_the_objective() -> None:
    policy = initial_policy(0.2, 0.5)
    land = terrain(three_problem(policy, np.array([1.0, 0.0, -1.0]), 0.0))
    middle = GRID // 2
    assert land.axis[middle] == 0
    assert land.height[middle, middle] == pytest.approx(0.0, abs=1e-12)
    # Far to the right only the best output is left.
    assert land.height[0, -1] == pytest.approx(1.0, abs=1e-3)
    assert np.allclose(land.height, true_reward_on_plane(land.axis))


def test_a_quiet_reward_model_has_a_flat_landscape() -> None:
    policy = initial_policy(0.01, 0.5)
    loud, quiet = (
        terrain(three_problem(policy, of_variance(policy, TRUTH, wanted).reward, 0.0)).height for wanted in (0.1, 1e-5)
    )
    assert np.ptp(quiet) == pytest.approx(np.ptp(loud) / 100)


def test_the_path_begins_at_the_policy() -> None:
    policy = initial_policy(0.2, 0.5)
    course = run_course(three_problem(policy, np.array([1.0, 0.0, -1.0]), 0.0), 0.4)
    way = on_plane(course.path.log_probabilities)
    assert way[0] == pytest.approx([np.log(0.2 / 0.4), 0.0], abs=1e-9)
    assert np.abs(way[0]).max() < REACH
    assert "<svg" in draw_terrain(course)
