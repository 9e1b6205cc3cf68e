"""Derivatives of hitting times, against differences of rigorous enclosures and by two methods against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from sims.sensitivity.adjoint import adjoint_derivatives
from sims.sensitivity.derivatives import FlowToTarget, TimeDerivatives
from sims.sensitivity.hitting_times import time_derivatives
from tests.sims.sensitivity.closed_form import integrable_derivatives
from theory.tabular.problem import Problem, make_problem

STEP = 2.0**-12


def problem_of(kl_coefficient: float) -> Problem:
    return make_problem(
        initial_logits=[0.0, 1.0, -1.5, 0.5],
        proxy_reward=[0.75, -0.5, 0.875, 0.125],
        ground_truth_reward=[0.5, -0.75, 0.875, -0.25],
        kl_coefficient=kl_coefficient,
        prompts=3.0,
    )


def enclosed(problem: Problem, increase: float) -> Any:
    return enclose_hitting_time(problem, increase, relative_width=1e-20).time


def difference(change: Callable[[float], tuple[Problem, float]], step: float) -> float:
    """A central difference of enclosures, extrapolated once: what is left is of fourth order in the step."""
    with working_precision(256):
        whole, half = ((enclosed(*change(h)) - enclosed(*change(-h))) / (2 * h) for h in (step, step / 2))
        return float((4 * half - whole) / 3)


def flow_of(problem: Problem, increase: float) -> FlowToTarget:
    time = float(hitting_times(problem, increase).time)
    return FlowToTarget(
        np.asarray(problem.initial_log_probabilities),
        np.asarray(problem.proxy_reward),
        np.asarray(problem.ground_truth_reward),
        float(problem.kl_coefficient),
        float(problem.prompts),
        time,
    )


def moved(problem: Problem, field: str, place: int | None, h: float) -> Problem:
    before = np.asarray(getattr(problem, field))
    after = before + h if place is None else before + h * (np.arange(problem.outputs) == place)
    return replace(problem, **{field: after})


def posed(problem: Problem, field: str, place: int | None, increase: float, h: float) -> tuple[Problem, float]:
    return moved(problem, field, place, h), increase


FIELDS = {"initial_log_probabilities": "logits", "proxy_reward": "proxy", "ground_truth_reward": "watched"}


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.125])
def test_against_differences_of_enclosures(kl_coefficient: float) -> None:
    problem, increase = problem_of(kl_coefficient), 0.375
    flow = flow_of(problem, increase)
    found = adjoint_derivatives(flow)
    for field, name in FIELDS.items():
        for place in (0, 2):
            wanted = difference(partial(posed, problem, field, place, increase), STEP)
            assert getattr(found, name)[place] == pytest.approx(wanted, rel=1e-8), (name, place)
    by_increase = difference(lambda h: (problem, increase + h), STEP)
    assert float(found.increase) == pytest.approx(by_increase, rel=1e-8)
    if kl_coefficient:
        by_coefficient = difference(lambda h: (moved(problem, "kl_coefficient", None, h), increase), STEP)
        assert float(found.coefficient) == pytest.approx(by_coefficient, rel=1e-8)


def test_the_closed_form_agrees_without_kl() -> None:
    rng = np.random.default_rng(0)
    for _ in range(3):
        problem = make_problem(
            initial_logits=2 * rng.standard_normal(5),
            proxy_reward=np.linspace(-0.9, 0.9, 5) + 0.1 * rng.random(5),
            ground_truth_reward=np.linspace(-1, 1, 5),
        )
        flow = flow_of(problem, 0.2)
        closed, by_adjoint = integrable_derivatives(flow), adjoint_derivatives(flow)
        for name in ("logits", "proxy", "watched", "prompts", "increase"):
            np.testing.assert_allclose(getattr(closed, name), getattr(by_adjoint, name), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("rare", [1e-4, 1e-8, 1e-12])
def test_on_a_long_plateau(rare: float) -> None:
    """Two outputs: `|S| dq/dt = 4 (q (1 - q))^2`, so that `t` is an integral between the two probabilities."""
    problem = make_problem(initial_probabilities=[rare, 1 - rare], proxy_reward=[1, -1], ground_truth_reward=[1, -1])
    flow = flow_of(problem, 1.0)
    found = adjoint_derivatives(flow)
    start, end = rare * (1 - rare), (rare + 0.5) * (0.5 - rare)
    assert float(found.increase) == pytest.approx(1 / (8 * end**2), rel=1e-8)
    assert found.logits[0] == pytest.approx((1 / end**2 - 1 / start**2) / 4 * start, rel=1e-6)
    # Without KL a scaled reward runs at another pace: r . dt/dr = -t.
    assert found.proxy @ flow.proxy == pytest.approx(-flow.time, rel=1e-6)


def test_invariances() -> None:
    """Constants added to logits or to the proxy reward change nothing; time is proportional to the prompts."""
    for kl_coefficient in (0.0, 0.125):
        flow = flow_of(problem_of(kl_coefficient), 0.375)
        found = adjoint_derivatives(flow)
        assert abs(found.logits.sum()) < 1e-8
        assert abs(found.proxy.sum()) < 1e-8
        assert float(found.prompts) * 3.0 == pytest.approx(flow.time)
        # Rewards and coefficient scaled together: another pace.
        scaled = found.proxy @ flow.proxy + float(found.coefficient) * flow.coefficient
        assert scaled == pytest.approx(-flow.time, rel=1e-8)


def test_batches_and_targets_that_are_not_reached() -> None:
    flow = flow_of(problem_of(0.0), 0.375)
    log_policy, proxy, watched = (np.stack([a, a]) for a in (flow.log_policy, flow.proxy, flow.watched))
    found = time_derivatives(
        log_policy,
        proxy,
        watched,
        np.zeros(2),
        np.full(2, 3.0),
        np.array([flow.time, np.inf]),
        np.array([Status.REACHED, Status.NEVER], dtype=np.int8),
    )
    assert isinstance(found, TimeDerivatives)
    assert np.isfinite(found.proxy[0]).all()
    assert np.isnan(found.proxy[1]).all()
    assert np.isnan(found.increase[1])
    assert found.coefficient[0] == adjoint_derivatives(flow).coefficient
