"""Hitting times with another reference: against an integration that writes the regularised reward out."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import log_softmax

from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from sims.other_reference import reference_hitting_times
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem, make_problem


def literal_time(problem: Problem, reference: np.ndarray, increase: float) -> float:
    """`theta' = p (r_KL - E_p r_KL) / |S|` with `r_KL = r_RM - lambda ln(p / q)` as it stands."""
    proxy, truth, coefficient = problem.proxy_reward, problem.ground_truth_reward, float(problem.kl_coefficient)
    start = np.asarray(problem.initial_log_probabilities)
    target = np.exp(start) @ truth + increase

    def velocity(time: float, logits: np.ndarray) -> np.ndarray:
        log_policy = log_softmax(logits)
        policy, regularized = np.exp(log_policy), proxy - coefficient * (log_policy - reference)
        return policy * (regularized - policy @ regularized) / float(problem.prompts)

    def gap(time: float, logits: np.ndarray) -> float:
        return float(np.exp(log_softmax(logits)) @ truth - target)

    gap.terminal = True  # type: ignore[attr-defined]
    found = solve_ivp(velocity, (0, 1e4), start, method="DOP853", rtol=1e-11, atol=1e-13, events=gap)
    return float(found.t_events[0][0])


def drawn(seed: int, coefficient: float) -> tuple[Problem, np.ndarray]:
    """Three outputs, of which the reference likes the first one, as the truth does."""
    rng = np.random.default_rng(seed)
    policy = rng.dirichlet(np.full(3, 2.0))
    proxy = np.array([0.3, *rng.uniform(-1, 0.2, 2)])
    problem = make_problem(
        initial_probabilities=policy,
        proxy_reward=proxy,
        ground_truth_reward=[1.0, -1.0, -0.5],
        kl_coefficient=coefficient,
        prompts=2,
    )
    return problem, log_softmax(np.array([2.0, *rng.uniform(-1, 1, 2)]))


@pytest.mark.parametrize("coefficient", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_literal_integration_gives_the_same(seed: int, coefficient: float) -> None:
    problem, reference = drawn(seed, coefficient)
    found = reference_hitting_times(problem, reference, 0.05)
    assert found.status == Status.REACHED
    assert float(found.time) == pytest.approx(literal_time(problem, reference, 0.05), rel=1e-7)
    # The control: a slightly different coefficient is noticed.
    other, _ = drawn(seed, coefficient * 1.001)
    assert float(found.time) != pytest.approx(literal_time(other, reference, 0.05), rel=1e-5)


def test_the_initial_policy_as_the_reference_is_the_usual_flow() -> None:
    problem, _ = drawn(0, 0.2)
    usual = hitting_times(problem, 0.05)
    same = reference_hitting_times(problem, problem.initial_log_probabilities, 0.05)
    assert float(same.time) == float(usual.time)


def test_without_kl_the_reference_does_not_count() -> None:
    problem, reference = drawn(0, 0.0)
    assert float(reference_hitting_times(problem, reference, 0.05).time) == float(hitting_times(problem, 0.05).time)


def test_a_constant_reward_model_moves_towards_the_reference() -> None:
    """Reward variance zero: S3 with it alone would say that nothing ever happens."""
    problem = make_problem(
        initial_probabilities=[0.1, 0.9], proxy_reward=[0, 0], ground_truth_reward=[1, -1], kl_coefficient=0.5
    )
    assert hitting_times(problem, 0.4).status == Status.NEVER
    reached = reference_hitting_times(problem, np.log([0.5, 0.5]), 0.4)
    assert reached.status == Status.REACHED
    # dz/dt = -lambda 2 p (1 - p) z for the difference z of logits, as both outputs move by half of it each.
    z = np.linspace(np.log(1 / 9), np.log(0.3 / 0.7), 200_001)
    p = 1 / (1 + np.exp(-z))
    assert float(reached.time) == pytest.approx(float(np.trapezoid(1 / (-p * (1 - p) * z), z)), rel=1e-6)
    assert reference_hitting_times(problem, np.log([0.5, 0.5]), 0.9).status == Status.NEVER


def test_batches_and_references_for_all() -> None:
    with jax.enable_x64(True):
        problem, reference = drawn(1, 0.5)
        stacked = jax.tree.map(lambda leaf: np.stack([leaf] * 2), problem)
        found = reference_hitting_times(stacked, reference, np.array([0.05, 0.1]))
    assert found.time.shape == (2,)
    assert float(found.time[0]) == pytest.approx(float(reference_hitting_times(problem, reference, 0.05).time))
    assert found.time[1] > found.time[0]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (np.log([0.5, 0.2, 0.2]), "log_reference: .*sum"),
        (np.array([0.0, -np.inf, -np.inf]), "log_reference: .*probability zero"),
        (np.log([0.5, 0.5]), "log_reference: "),
    ],
)
def test_what_is_no_reference_is_refused(reference: np.ndarray, message: str) -> None:
    problem, _ = drawn(0, 0.5)
    with pytest.raises(InvalidInputError, match=message):
        reference_hitting_times(problem, reference, 0.05)
