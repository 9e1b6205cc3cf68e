"""Gradient ascent against hand-made steps and against the flow that it approximates."""

from __future__ import annotations

import numpy as np
import pytest

from sims.hitting import Status
from sims.regularized_flow.hitting_times import regularized_hitting_times, regularized_log_probabilities
from sims.tabular_ascent import gradient_ascent, gradient_ascent_hitting_steps
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem, make_problem

PROBABILITIES, PROXY, TRUTH = [0.1, 0.2, 0.3, 0.4], [0.9, 0.1, -0.3, 0.2], [1.0, -0.5, 0.0, 0.2]


def problem(**changes: object) -> Problem:
    given = {"initial_probabilities": PROBABILITIES, "proxy_reward": PROXY, "ground_truth_reward": TRUTH}
    return make_problem(**(given | {"kl_coefficient": 0.05, "prompts": 2} | changes))


def test_one_step_by_hand():
    policy, reward = np.array(PROBABILITIES), np.array(PROXY)
    logits = np.log(policy) + 0.5 / 2 * policy * (reward - policy @ reward)
    stepped = gradient_ascent(problem(), 0.5, 1)
    np.testing.assert_allclose(np.exp(stepped.log_probabilities[1]), np.exp(logits) / np.exp(logits).sum(), rtol=1e-14)
    np.testing.assert_allclose(stepped.times, [0, 0.5])


def test_first_order_convergence_to_the_flow():
    exact = regularized_log_probabilities(np.log(PROBABILITIES), np.array(PROXY), 2.0, 0.05, np.array([8.0]))[0][-1]
    counts = np.array([16, 32, 64, 128])
    errors = [
        np.abs(gradient_ascent(problem(), 8 / n, int(n), record_every=int(n)).log_probabilities[-1] - exact).max()
        for n in counts
    ]
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    np.testing.assert_allclose(orders, 1, atol=0.05)
    assert errors[-1] < 5e-3


def test_recording_less_often_changes_nothing():
    often, seldom = gradient_ascent(problem(), 0.3, 12), gradient_ascent(problem(), 0.3, 12, record_every=4)
    np.testing.assert_array_equal(often.log_probabilities[::4], seldom.log_probabilities)
    np.testing.assert_allclose(often.times[::4], seldom.times)


def test_hitting_steps_tend_to_the_hitting_time_and_count_exactly():
    batch = problem(
        initial_probabilities=[PROBABILITIES] * 2, proxy_reward=[PROXY] * 2, ground_truth_reward=[TRUTH] * 2
    )
    found = gradient_ascent_hitting_steps(batch, 0.2, step_size=np.array([0.02, 0.01]), max_steps=20_000)
    flow = regularized_hitting_times(
        batch.initial_log_probabilities,
        batch.proxy_reward,
        batch.ground_truth_reward,
        np.full(2, 0.2),
        batch.prompts,
        batch.kl_coefficient,
    )
    assert found.reached.all()
    np.testing.assert_allclose(found.time, flow.time, rtol=2e-3)
    steps = int(found.evaluations[1])
    values = gradient_ascent(batch[1], 0.01, steps).expected(np.array(TRUTH))
    assert values[-1] >= values[0] + 0.2 > values[-2]


def test_statuses_of_hitting_steps():
    batch = problem(
        initial_probabilities=[PROBABILITIES] * 3,
        proxy_reward=[PROXY] * 3,
        ground_truth_reward=[TRUTH] * 3,
        kl_coefficient=[0.0, 0.0, 1e300],
    )
    found = gradient_ascent_hitting_steps(
        batch, np.array([0.0, 0.5, 0.5]), step_size=np.array([0.1, 0.1, 1e300]), max_steps=5
    )
    assert found.status.tolist() == [Status.REACHED, Status.CENSORED, Status.FAILED]
    np.testing.assert_allclose(found.time[:2], [0, 0.5])


def test_bad_input_is_named():
    with pytest.raises(InvalidInputError, match="step_size"):
        gradient_ascent(problem(), 0.0, 3)
    with pytest.raises(InvalidInputError, match="steps"):
        gradient_ascent(problem(), 0.1, 3, record_every=2)
    with pytest.raises(InvalidInputError, match="single problem"):
        gradient_ascent(
            problem(initial_probabilities=[PROBABILITIES], proxy_reward=[PROXY], ground_truth_reward=[TRUTH]), 0.1, 3
        )
