"""The experiment with a mediocre output: set up as said, with the effects that are claimed, ending where claimed."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest

from figures.figure import FigureData
from figures.theorems import imperfect_rewards as figure
from figures.theorems.mediocre_output import (
    BEST,
    MEDIOCRE,
    REWARDS,
    TRUTH,
    features,
    flow,
    initial_parameters,
    initial_policy,
    log_linear_problem,
    reaching_times,
    solved_reaching_time,
    velocity,
)
from theory.parameter_space.objective import objective_gradient

Data = Callable[[str], FigureData]


def rows(data: FigureData, **wanted: object) -> dict[str, np.ndarray]:
    found = data.where(**wanted)
    assert found["panel"].size
    return found


def test_the_published_initial_policy() -> None:
    np.testing.assert_allclose(initial_policy(0.05), [0.05, 0.5, 0.15, 0.15, 0.15])
    for best in figure.BEST_PROBABILITIES:
        policy = initial_policy(best)
        assert policy.sum() == pytest.approx(1)
        assert policy[MEDIOCRE] == 0.5
        assert len(set(policy[2:])) == 1


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.95, -0.4])
def test_features_and_initial_parameters_are_what_they_should_be(correlation: float) -> None:
    inputs = features(correlation)
    expected = np.eye(5)
    expected[BEST, MEDIOCRE] = expected[MEDIOCRE, BEST] = correlation
    np.testing.assert_allclose(inputs @ inputs.T, expected, atol=1e-15)
    policy = initial_policy(0.1)
    logits = inputs @ initial_parameters(policy, correlation)
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), policy, rtol=1e-13)
    problem = log_linear_problem(policy, correlation, TRUTH)
    np.testing.assert_allclose(problem.log_reference[0], np.log(policy), atol=1e-13)


def test_the_field_is_the_gradient_of_the_objective() -> None:
    policy, correlation = initial_policy(0.1), 0.5
    for reward in REWARDS.values():
        parameters = initial_parameters(policy, correlation) + 0.3 * np.arange(5)
        expected = objective_gradient(log_linear_problem(policy, correlation, reward), jnp.asarray(parameters))
        np.testing.assert_allclose(velocity(0.0, parameters, features(correlation), reward), expected, rtol=1e-11)


def test_the_solver_agrees_with_the_exact_flow_on_orthonormal_features() -> None:
    for best, name in ((0.1, "ground truth"), (0.05, "proxy")):
        policy, reward = initial_policy(best), REWARDS[name]
        (exact,) = reaching_times(policy[None], np.zeros(1), reward[None], np.array([0.9]))
        assert solved_reaching_time(policy, 0.0, reward, 0.9) == pytest.approx(exact, rel=1e-6)
    times = np.geomspace(0.1, 100, 7)
    exact_path = np.exp(flow(initial_policy(0.1), 0.0, TRUTH, times))
    nearly = np.exp(flow(initial_policy(0.1), 1e-12, TRUTH, times))
    np.testing.assert_allclose(nearly, exact_path, atol=1e-7)


def test_the_wrong_reward_passes_the_level_of_the_mediocre_output_sooner(smoke_data: Data) -> None:
    data = smoke_data("imperfect-rewards")
    times = rows(data, panel="times")
    assert (times["time_ratio"] > 5).all()
    orthonormal = times["time_ratio"][times["correlation"] == 0]
    assert (np.diff(orthonormal) < 0).all()
    assert orthonormal[0] > 1000
    for best in figure.BEST_PROBABILITIES:
        for correlation in figure.CORRELATIONS:
            key = f"{best:g}_{correlation:g}"
            truth, proxy = (
                rows(
                    data,
                    panel="path",
                    method="flow",
                    reward=reward,
                    initial_best_probability=best,
                    correlation=correlation,
                )
                for reward in REWARDS
            )
            assert truth["mediocre_probability"].max() > 0.75
            assert proxy["mediocre_probability"].max() < 0.51
            # What is said about times is what the curves show.
            for curve, reward in ((truth, "ground_truth"), (proxy, "proxy")):
                time = data.facts[f"time_{reward}_{key}"]
                np.testing.assert_array_equal(curve["ground_truth_reward"] >= figure.TARGET, curve["time"] >= time)


def test_the_stall_is_at_the_mediocre_reward(smoke_data: Data) -> None:
    data = smoke_data("imperfect-rewards")
    path = rows(data, panel="path", method="SGD", reward="ground truth", initial_best_probability=0.05, correlation=0.0)
    assert 0.79 < path["ground_truth_reward"][-1] < 0.8
    assert path["mediocre_probability"][-1] > 0.99
    assert str(data.facts["sgd_steps_ground_truth_0.05_0"]).startswith("more than")


def test_sgd_follows_the_flow(smoke_data: Data) -> None:
    data = smoke_data("imperfect-rewards")
    assert float(data.facts["largest_gap_between_flow_and_sgd"]) < 0.05
    for best in figure.BEST_PROBABILITIES:
        for correlation in figure.CORRELATIONS:
            key = f"proxy_{best:g}_{correlation:g}"
            steps, time = float(data.facts[f"sgd_steps_{key}"]), float(data.facts[f"time_{key}"])
            assert figure.LEARNING_RATE * steps == pytest.approx(time, rel=0.02)


def test_the_truth_is_the_better_teacher_of_low_levels(smoke_data: Data) -> None:
    data = smoke_data("imperfect-rewards")
    for best in figure.BEST_PROBABILITIES:
        ratio = rows(data, panel="target", initial_best_probability=best)["time_ratio"]
        assert ratio[0] < 0.5
        assert 0.5 < float(data.facts[f"level_of_equal_times_{best:g}"]) < 0.8
        assert ratio[-1] > 3


def test_the_effect_ends_where_the_mediocre_output_is_unlikely(smoke_data: Data) -> None:
    data = smoke_data("imperfect-rewards")
    for best in figure.BEST_PROBABILITIES:
        mediocre = rows(data, panel="initial_mediocre_probability", initial_best_probability=best)
        assert 1 <= mediocre["time_ratio"][0] < 1.01
        assert mediocre["time_ratio"].max() > 10


def test_adam_hardly_stalls(smoke_data: Data) -> None:
    facts = smoke_data("imperfect-rewards").facts
    slow, fast = (float(facts[f"adam_steps_{reward}_0.05_0"]) for reward in ("ground_truth", "proxy"))
    assert fast < slow < 3 * fast
