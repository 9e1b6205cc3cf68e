"""Times near the end of float64's range: right where they can be written, and censored, never `never`, where not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sims.extreme_scales import LARGEST
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.errors import InvalidInputError
from theory.tabular.problem import make_problem, stack_problems


def problem(scale, *, policy=(0.5, 0.3, 0.2), prompts=1.0, coefficient=0.0):
    return make_problem(
        initial_probabilities=policy,
        proxy_reward=[scale, 0, -scale],
        ground_truth_reward=[1, 0, -1],
        kl_coefficient=coefficient * scale,
        prompts=prompts,
    )


@pytest.mark.parametrize("coefficient", [0.0, 0.1])
@pytest.mark.parametrize("scale", [1e-3, 1e-150, 1e-280, 1e-300, 1e-307])
def test_a_scaled_reward_runs_through_the_same_policies_at_another_pace(scale, coefficient):
    """Statement `time-rescaling`, on both sides of where problems are solved in a unit of their own."""
    base = hitting_times(problem(1.0, coefficient=coefficient), 0.3)
    scaled = hitting_times(problem(scale, coefficient=coefficient), 0.3)
    assert scaled.status == Status.REACHED
    assert scaled.time * scale == pytest.approx(base.time, rel=1e-8)
    late = hitting_times(problem(scale, coefficient=coefficient), 0.3, horizon=float(base.time) / scale / 2)
    assert late.status == Status.CENSORED
    assert late.time == float(base.time) / scale / 2


@pytest.mark.parametrize("coefficient", [0.0, 0.1])
@pytest.mark.parametrize(
    ("scale", "prompts"), [(1e-308, 1.0), (1e-310, 1.0), (5e-324, 1.0), (1e-305, 1e6), (1e-200, 1e120)]
)
def test_a_time_beyond_float64_is_censored_at_its_end(scale, prompts, coefficient):
    found = hitting_times(problem(scale, prompts=prompts, coefficient=coefficient), 0.3)
    assert (found.status, found.time) == (Status.CENSORED, LARGEST)
    assert math.isnan(found.relative_error)


def test_what_is_never_reached_stays_never():
    for case in (problem(1e-310, coefficient=10.0), problem(1e-305, prompts=1e6, coefficient=10.0)):
        assert hitting_times(case, 0.3).status == Status.NEVER
    assert hitting_times(problem(1e-310), 3.0).status == Status.NEVER
    strong = make_problem(
        initial_probabilities=[0.5, 0.5], proxy_reward=[1e-310, 0], ground_truth_reward=[1, 0], kl_coefficient=1.0
    )
    assert hitting_times(strong, 0.3).status == Status.NEVER


def test_rare_outputs_and_batches_of_both_kinds():
    """Two outputs of rewards 1 and 0: `dp/dt` is `2 p² (1 - p)²`, so that a tiny `p` takes `1/(2 p)`."""

    def rare(p, scale):
        return make_problem(initial_probabilities=[p, 1 - p], proxy_reward=[scale, 0], ground_truth_reward=[1, 0])

    batch = stack_problems([rare(1e-300, 1.0), rare(0.1, 1.0), rare(1e-200, 1e-200), rare(1e-280, 1e-20)])
    found = hitting_times(batch, 0.3)
    assert found.status.tolist() == [Status.REACHED, Status.REACHED, Status.CENSORED, Status.REACHED]
    assert found.time[1] == hitting_times(rare(0.1, 1.0), 0.3).time
    assert found.time[[0, 3]] == pytest.approx([0.5e300, 0.5e300], rel=1e-9)


@pytest.mark.parametrize("increase", [5e-324, 1e-310, np.array([0.3, 1e-308])])
def test_an_increase_without_its_digits_is_refused(increase):
    batch = stack_problems([problem(1.0), problem(1.0)])
    with pytest.raises(InvalidInputError, match=r"increase: got .*lost digits"):
        hitting_times(batch, increase)
