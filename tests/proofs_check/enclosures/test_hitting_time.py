"""Enclosures contain what closed forms and forty-digit integrations say, and are narrow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp
from scipy.integrate import solve_ivp
from scipy.special import softmax

from proofs_check.enclosures import hitting_time as enclose
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import Outcome
from tests.proofs_check.enclosures.oracles import as_mpf, holds, integrated_gap, problem_of, two_output_time
from theory.errors import InvalidInputError
from theory.tabular.exact_solutions import one_against_equals_policy, one_against_equals_time
from theory.tabular.problem import make_problem, stack_problems

THREE = problem_of([0.1, -0.7, 0.4], [0.9, -0.2, 0.1], [0.8, 0.3, -0.9])


@pytest.mark.parametrize(
    ("start", "end", "outputs", "general"),
    [(0.5, 0.6, 2, False), (0.5, 0.6, 2, True), (1e-6, 0.99, 8, False), (1e-2, 0.9, 3, True), (1e-3, 0.5, 10, False)],
)
def test_one_output_against_equals(start, end, outputs, general):
    policy, reward = one_against_equals_policy(start, outputs)
    problem = make_problem(initial_probabilities=policy, proxy_reward=reward, ground_truth_reward=reward, prompts=3)
    found = enclose_hitting_time(problem, 2 * (end - start), general_method=general)
    assert found.outcome is Outcome.REACHED
    assert found.relative_width < 1e-14
    assert float(found.time.mid()) == pytest.approx(float(one_against_equals_time(start, end, outputs, 3.0)), rel=2e-13)


@pytest.mark.parametrize("coefficient", [0.0, 1e-9, 0.3])
@pytest.mark.parametrize("general", [False, True])
def test_two_outputs_by_quadrature(coefficient, general):
    problem = problem_of([-1.3, 0.2], [0.7, -0.1], [1.0, -0.5], coefficient, prompts=2)
    found = enclose_hitting_time(problem, 0.4, general_method=general)
    assert found.relative_width < 1e-14
    assert holds(found, two_output_time(problem, 0.4))
    # A wrong time is told apart.
    assert not holds(found, two_output_time(problem, 0.4) * (1 + mp.mpf(10) ** -14))
    assert not holds(found, two_output_time(problem, 0.4 * (1 + 1e-13)))


def test_three_outputs_by_a_series_solution():
    problem = replace(THREE, kl_coefficient=np.float64(0.2))
    found = enclose_hitting_time(problem, 0.3, relative_width=1e-30)
    assert found.relative_width < 1e-21
    middle = as_mpf(found.time)
    gap, rate = integrated_gap(problem, 0.3, middle, digits=25)
    # One Newton step from the middle of the enclosure: the series solution's own hitting time.
    with mp.workdps(40):
        assert abs(gap / rate) < middle * mp.mpf(10) ** -20


def test_a_vanishing_kl_coefficient_changes_nothing():
    """The two methods share nothing but the problem."""
    on_curve, general = (enclose_hitting_time(THREE, 0.3, general_method=g) for g in (False, True))
    assert on_curve.time.overlaps(general.time)
    tiny = enclose_hitting_time(replace(THREE, kl_coefficient=np.float64(1e-18)), 0.3)
    assert abs(float((tiny.time / on_curve.time - 1).mid())) < 1e-16
    other = enclose_hitting_time(replace(THREE, kl_coefficient=np.float64(1e-12)), 0.3)
    assert not other.time.overlaps(on_curve.time)


def test_the_first_of_two_crossings():
    """The middle output rises first and is overtaken later, so `V_G` passes a maximum."""
    problem = problem_of(np.log([0.1, 0.3, 0.6]), [1.0, 0.5, -1.0], [-1.0, 1.0, -1.0])
    times = np.linspace(0, 20, 4001)

    def field(_, theta):
        p = softmax(theta)
        return p * (problem.proxy_reward - p @ problem.proxy_reward)

    path = solve_ivp(field, (0, 20), problem.initial_logits, method="DOP853", rtol=1e-12, atol=1e-12, t_eval=times)
    value = softmax(path.y, axis=0).T @ problem.ground_truth_reward
    top = int(np.argmax(value))
    assert 0 < top < 4000
    assert value[-1] < value[top] - 0.1
    for below in (1e-2, 1e-4):
        found = enclose_hitting_time(problem, value[top] - value[0] - below)
        assert found.outcome is Outcome.REACHED
        assert found.upper_float < times[top]
    # Just above the maximum (the grid misses it by less than 1e-4) there is no crossing, although it comes close.
    missed = enclose_hitting_time(problem, value[top] - value[0] + 1e-4)
    assert missed.outcome is Outcome.NEVER
    assert missed.steps > 0


@pytest.mark.parametrize("coefficient", [0.0, 0.05])
def test_never(coefficient):
    """The reward model prefers the output that the ground truth does not."""
    problem = problem_of([0.0, 0.1, 0.2], [1.0, -0.5, 0.0], [-1.0, 1.0, 0.5], coefficient)
    found = enclose_hitting_time(problem, 0.5)
    assert found.outcome is Outcome.NEVER
    assert found.lower_float == found.upper_float == np.inf
    assert enclose_hitting_time(problem, 5.0).steps == 0


def test_a_constant_reward_model_never_moves():
    assert enclose_hitting_time(problem_of([0.0, 1.0], [0.3, 0.3], [1.0, -1.0]), 0.1).outcome is Outcome.NEVER


@pytest.mark.parametrize("coefficient", [0.0, 1e-3])
def test_work_and_horizon_end_in_a_lower_bound(coefficient):
    policy, reward = one_against_equals_policy(1e-6, 4)
    problem = make_problem(
        initial_probabilities=policy, proxy_reward=reward, ground_truth_reward=reward, kl_coefficient=coefficient
    )
    whole = enclose_hitting_time(problem, 0.1)
    for ended in (
        enclose_hitting_time(problem, 0.1, most_steps=3),
        enclose_hitting_time(problem, 0.1, horizon=whole.lower_float / 2),
    ):
        assert ended.outcome is Outcome.BEYOND
        assert 0 < ended.lower_float < whole.lower_float
        assert ended.upper_float == np.inf
        assert ended.reason
        assert ended.relative_width == np.inf


def test_a_breakdown_is_unknown_with_a_reason(monkeypatch):
    """Four terms on steps of nine tenths of the disk: the distance to the true trajectory cannot be bounded."""
    monkeypatch.setattr(enclose, "FLOW_ATTEMPTS", (enclose._Attempt(64, 4, 0.95),))
    found = enclose_hitting_time(replace(THREE, kl_coefficient=np.float64(0.2)), 0.3)
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason
    assert found.upper_float == np.inf


def test_tiny_variance_and_probability():
    """Rewards that differ by 1e-11, a best output of probability 1e-9: variance 1e-31."""
    problem = problem_of(np.log([1e-9, 0.6, 0.4 - 1e-9]), [0.5 + 1e-11, 0.5, 0.5], [1.0, -1.0, -1.0])
    found = enclose_hitting_time(problem, 1.0)
    assert found.outcome is Outcome.REACHED
    assert found.relative_width < 1e-12
    assert found.lower_float > 1e19


def test_input_is_checked():
    with pytest.raises(InvalidInputError, match="problem"):
        enclose_hitting_time(stack_problems([THREE]), 0.1)
    for bad in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InvalidInputError, match="increase"):
            enclose_hitting_time(THREE, bad)
