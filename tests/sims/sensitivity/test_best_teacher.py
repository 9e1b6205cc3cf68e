"""The best teacher of an order: feasible, no slower than others of its order, and slower where margins are larger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sims.flow_hitting_times import hitting_times
from sims.sensitivity.best_teacher import best_teacher
from theory.errors import InvalidInputError
from theory.tabular.problem import make_problem

TRUTH = [1.0, 0.7, -0.5, -1.0]
PROBLEM = make_problem(initial_probabilities=[0.1, 0.5, 0.2, 0.2], proxy_reward=TRUTH, ground_truth_reward=TRUTH)
GAMMA = 0.6


def test_no_other_of_its_order_is_faster() -> None:
    rng = np.random.default_rng(0)
    order, margin, limit = [0, 2, 1, 3], 0.2, 0.3
    found = best_teacher(PROBLEM, GAMMA, order, margin=margin, largest_variance=limit)
    ranked = found.proxy_reward[order]
    assert (np.diff(ranked) <= -margin + 1e-7).all()
    assert np.abs(found.proxy_reward).max() <= 1
    assert found.variance <= limit + 1e-7
    again = hitting_times(replace(PROBLEM, proxy_reward=found.proxy_reward), GAMMA)
    assert float(again.time) == pytest.approx(found.time, rel=1e-9)
    initial = np.exp(np.asarray(PROBLEM.initial_log_probabilities))
    tried = 0
    for free in np.sort(rng.uniform(-1, 1, (400, 4)))[:, ::-1]:
        reward = np.empty(4)
        reward[order] = free
        if (np.diff(free) <= -margin).all() and initial @ (reward - initial @ reward) ** 2 <= limit:
            tried += 1
            other = hitting_times(replace(PROBLEM, proxy_reward=reward), GAMMA)
            assert float(other.time) >= found.time * (1 - 1e-6)
    assert tried > 20


def test_margins_cost_time_and_nothing_is_faster_than_the_truth_allows() -> None:
    times = [best_teacher(PROBLEM, GAMMA, [0, 1, 2, 3], margin=margin).time for margin in (0.0, 0.2, 0.6)]
    assert times[0] < times[1] < times[2]
    assert times[1] < float(hitting_times(PROBLEM, GAMMA).time)


def test_an_order_that_never_gets_there() -> None:
    found = best_teacher(PROBLEM, 1.2, [2, 0, 1, 3], margin=0.5)
    assert found.time == np.inf


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"order": [0, 1, 2]}, "order"),
        ({"order": [0, 0, 1, 2]}, "order"),
        ({"margin": 0.7}, "margin"),
        ({"margin": -0.1}, "margin"),
        ({"largest_variance": 0.0}, "largest_variance"),
        ({"increase": 0.0}, "increase"),
    ],
)
def test_bad_input(changes: dict[str, object], name: str) -> None:
    given = {"increase": 0.5, "order": [0, 1, 2, 3]} | changes
    with pytest.raises(InvalidInputError, match=f"{name}: got"):
        best_teacher(PROBLEM, **given)  # type: ignore[arg-type]
