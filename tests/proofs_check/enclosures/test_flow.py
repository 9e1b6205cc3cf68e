"""Validated steps: a wrong polynomial costs width, never correctness; a wrong bound would be noticed here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flint import arb
from scipy.integrate import solve_ivp
from scipy.special import softmax

from proofs_check.enclosures import flow as enclosure_flow
from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.flow import flow_step
from proofs_check.enclosures.flow_disk import FlowProblem, flow_disk
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import Outcome, ball_problem
from proofs_check.enclosures.regularized import gibbs_policy, is_ruled_out
from proofs_check.enclosures.taylor import taylor_coefficients
from theory.tabular.problem import make_problem

PROBLEM = make_problem(
    initial_logits=[0.1, -0.7, 0.4, -2.0],
    proxy_reward=[0.9, -0.2, 0.1, 0.5],
    ground_truth_reward=[0.8, 0.3, -0.9, 0.0],
    kl_coefficient=0.2,
)


@pytest.fixture(autouse=True)
def _precision():
    with working_precision(160, 64):
        yield


def flow(problem=PROBLEM, increase=0.3):
    posed = ball_problem(problem, increase)
    return FlowProblem(posed.logits, posed.proxy, posed.coefficient, [g - posed.target for g in posed.truth])


def field(_, theta):
    policy = softmax(theta)
    reward = PROBLEM.proxy_reward - 0.2 * (theta - PROBLEM.initial_log_probabilities)
    return policy * (reward - policy @ reward)


def step(problem, distance=0.0, **settings):
    return flow_step(problem, problem.logits, arb(distance), 0.0, **({"terms": 40, "share": 0.24} | settings))


def test_a_step_follows_the_flow():
    taken = step(flow())
    path = solve_ivp(
        field, (0, float(taken.length)), PROBLEM.initial_log_probabilities, method="DOP853", rtol=1e-13, atol=1e-13
    )
    np.testing.assert_allclose([float(x) for x in taken.logits], path.y[:, -1], atol=1e-11)
    assert taken.distance < 1e-20
    assert taken.time == float(taken.length)
    gap = softmax(path.y[:, -1]) @ PROBLEM.ground_truth_reward
    start = softmax(PROBLEM.initial_log_probabilities) @ PROBLEM.ground_truth_reward
    assert float(taken.gap.value(taken.length)) == pytest.approx(gap - start - 0.3, abs=1e-11)


def test_series_and_disk():
    problem = flow()
    policy = [arb(float(p)) for p in softmax(PROBLEM.initial_log_probabilities)]
    coefficients = taylor_coefficients(
        problem.logits, policy, problem.proxy, problem.coefficient, [arb(0)] * 4, unit=1.0, terms=30
    )
    velocity = field(0, np.asarray(PROBLEM.initial_log_probabilities))
    np.testing.assert_allclose([float(row[1]) for row in coefficients], velocity, rtol=1e-13)
    reward = PROBLEM.proxy_reward
    advantage = reward - softmax(PROBLEM.initial_log_probabilities) @ reward
    disk = flow_disk(problem, coefficients, policy, [arb(float(a)) for a in advantage], arb(1))
    rows = np.array([[float(c) for c in row] for row in coefficients])
    for angle in np.linspace(0, 2 * np.pi, 13):
        t = float(disk.radius) * np.exp(1j * angle)
        theta = rows @ t ** np.arange(30)
        weights = np.exp(theta - theta[0])
        there = weights / weights.sum()
        regularized = reward - 0.2 * (theta - PROBLEM.initial_log_probabilities)
        rate = there * (regularized - there @ regularized)
        assert (np.abs(there) <= [float(x) for x in disk.probability]).all()
        assert (np.abs(rate) <= [float(x) for x in disk.velocity]).all()


@pytest.mark.parametrize("size", [1e-25, 1e-12, 1e-6])
def test_a_corrupted_polynomial_costs_width_but_not_correctness(monkeypatch, size):
    sound = enclose_hitting_time(PROBLEM, 0.3)

    def corrupted(*arguments, **settings):
        rows = taylor_coefficients(*arguments, **settings)
        rows[1][3] = (rows[1][3] * (1 + arb(size))).mid()
        return rows

    monkeypatch.setattr(enclosure_flow, "taylor_coefficients", corrupted)
    found = enclose_hitting_time(PROBLEM, 0.3)
    assert found.outcome is Outcome.REACHED
    assert found.lower <= sound.upper
    assert found.upper >= sound.lower
    assert found.relative_width > 1e-3 * size


def test_a_corrupted_field_is_told_apart(monkeypatch):
    """Half a billionth of the KL coefficient in the field, and the time is another one."""
    sound = enclose_hitting_time(PROBLEM, 0.3)
    other = enclose_hitting_time(replace(PROBLEM, kl_coefficient=np.float64(0.2 * (1 + 5e-10))), 0.3)
    assert not other.time.overlaps(sound.time)
    # The defect is what binds the polynomial to the field: without it, a wrong polynomial would go unnoticed.
    defect = enclosure_flow._defect
    monkeypatch.setattr(enclosure_flow, "_defect", lambda *arguments: (arb(1e-40), defect(*arguments)[1]))
    monkeypatch.setattr(
        enclosure_flow,
        "taylor_coefficients",
        lambda *a, **k: [[row[0], row[1] * (1 + arb(1e-9)), *row[2:]] for row in taylor_coefficients(*a, **k)],
    )
    unnoticed = enclose_hitting_time(PROBLEM, 0.3)
    assert not unnoticed.time.overlaps(sound.time)


def test_the_distance_is_carried():
    near, far = step(flow(), 1e-20), step(flow(), 1e-6)
    assert 1e-22 < near.distance < 1e-18
    assert 1e-8 < far.distance < 1e-4
    assert far.gap.slack > 1e-7
    assert isinstance(step(flow(), 0.5), str)


def test_a_step_that_is_too_long_is_refused_or_wide():
    long = step(flow(), terms=6, share=0.97)
    assert isinstance(long, str) or long.distance > 1e-3


def test_ruled_out_only_from_close_to_the_optimum():
    problem = flow(increase=1.5)
    optimum = [p.log().mid() for p in gibbs_policy(problem)]
    assert is_ruled_out(problem, optimum, arb(1e-6))
    reachable = flow(increase=0.1)
    assert not is_ruled_out(reachable, [p.log().mid() for p in gibbs_policy(reachable)], arb(0))
