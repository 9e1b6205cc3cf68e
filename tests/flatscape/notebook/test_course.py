"""Courses: hitting times, limits and bounds of one problem, against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.notebook.course import POINTS, run_course
from flatscape.notebook.course_view import bounds_table, course_facts, draw_course, tightest
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.errors import InvalidInputError
from theory.statement import Direction
from theory.tabular.problem import Problem, make_problem


def two_outputs(kl_coefficient: float = 0.0, proxy: tuple[float, float] = (1.0, -1.0)) -> Problem:
    return make_problem(
        initial_probabilities=[0.25, 0.75],
        proxy_reward=proxy,
        ground_truth_reward=[1, -1],
        kl_coefficient=kl_coefficient,
    )


def test_it_is_what_the_simulator_says() -> None:
    course = run_course(two_outputs(), 0.5)
    assert course.hitting_time == float(hitting_times(two_outputs(), 0.5).time)
    assert course.reward_variance == pytest.approx(0.75)
    assert (course.accuracy, course.final_truth) == (1.0, 1.0)
    assert np.interp(course.hitting_time, course.path.times, course.truth) == pytest.approx(course.target, abs=1e-3)


def test_bounds_lie_on_both_sides() -> None:
    course = run_course(two_outputs(), 0.5)
    lower, upper = tightest(course.bounds, Direction.LOWER), tightest(course.bounds, Direction.UPPER)
    assert lower is not None
    assert upper is not None
    assert course.hitting_time is not None
    assert lower.value <= course.hitting_time <= upper.value * (1 + 1e-12)
    assert lower.statement == "s3-plus-plus"


def test_the_limit_is_the_gibbs_policy() -> None:
    course = run_course(two_outputs(kl_coefficient=0.5), 1.9)
    odds = 0.25 / 0.75 * np.exp(2 / 0.5)
    assert course.final_truth == pytest.approx((odds - 1) / (odds + 1), rel=1e-9)
    assert course.truth[-1] == pytest.approx(course.final_truth, abs=1e-6)


def test_a_target_that_is_never_reached() -> None:
    course = run_course(two_outputs(proxy=(-1.0, 1.0)), 0.5)
    assert (course.status, course.hitting_time) == (Status.NEVER, None)
    assert len(course.path.times) == POINTS
    assert "never" in course_facts(course)
    assert "<svg" in draw_course(course)


def test_what_is_known_is_not_simulated_again() -> None:
    known = run_course(two_outputs(), 0.5)
    hitting = hitting_times(two_outputs(), 0.5)
    assert run_course(two_outputs(), 0.5, path=known.path, hitting=hitting).path is known.path


def test_bad_increase() -> None:
    with pytest.raises(InvalidInputError, match="increase"):
        run_course(two_outputs(), -0.5)


def test_every_bound_is_in_the_table() -> None:
    course = run_course(two_outputs(), 0.5)
    shown = bounds_table(course)
    assert shown.count("<tr>") == len(course.bounds) + 1
    assert shown.count("says nothing") == len(course.bounds) - len(course.applying)
    assert "fails: " in shown
