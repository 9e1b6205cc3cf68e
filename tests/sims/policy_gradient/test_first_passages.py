"""First passages of sampled training against a stored path, gradient flow, and bounds with stronger ones refuted."""

from __future__ import annotations

from typing import Any

import numpy as np
import optax
import pytest

from sims.flow_hitting_times import hitting_times
from sims.policy_gradient import FirstPassage, dapo, exact_gradient, first_passage, grpo, rloo, train
from theory.bounds.standardised_updates import rare_output_time, standardised_rate
from theory.errors import InvalidInputError
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.problem import make_problem

POLICY = TabularPerPrefixPolicy(2, 3, 1)
START = np.log([[[0.5, 0.3, 0.2]], [[0.2, 0.2, 0.6]]])
TRUTH = np.array([[-1.0, 0.2, 1.0], [0.5, -0.5, 0.0]])
PROXY = np.array([[-0.5, 0.6, 1.0], [1.0, -0.8, 0.1]])
SGD, SHORT = optax.sgd(0.5), optax.sgd(0.02)


def run(**changes: Any) -> FirstPassage:
    given: dict[str, Any] = {
        "reward_model": PROXY,
        "ground_truth_reward": TRUTH,
        "optimizer": SGD,
        "method": exact_gradient(),
        "increase": 0.2,
        "horizon": 500,
        "seeds": [0],
    }
    return first_passage(POLICY, START, **(given | changes))


def test_exact_training_stops_where_the_stored_path_crosses() -> None:
    found = run()
    assert found.reached.all()
    for prompt in range(2):
        steps = int(found.steps[0, prompt])
        # The path of one prompt: both are taught in every step, each in its own column.
        alone = train(
            POLICY,
            START,
            reward_models=PROXY[None],
            ground_truth_reward=TRUTH,
            optimizer=optax.sgd(0.25),
            method=exact_gradient(),
            epochs=steps,
            kl_coefficient=0.0,
            seeds=[0],
            prompts=np.array([prompt]),
        )
        gain = alone.ground_truth_reward[0, 0] - alone.ground_truth_reward[0, 0, 0]
        assert gain[-1] >= 0.2 > gain[-2]


def test_short_steps_follow_gradient_flow() -> None:
    problem = make_problem(
        initial_probabilities=np.exp(START[:, 0]), proxy_reward=PROXY, ground_truth_reward=TRUTH, prompts=2.0
    )
    times = np.asarray(hitting_times(problem, 0.2).time)
    exact = run(optimizer=SHORT, horizon=5000)
    np.testing.assert_allclose(0.02 * exact.steps[0], times, rtol=0.01)
    sampled = run(optimizer=SHORT, horizon=5000, method=rloo(2), seeds=range(40))
    mean, error = 0.02 * sampled.steps.mean(axis=0), 0.02 * sampled.steps.std(axis=0, ddof=1) / np.sqrt(40)
    assert (np.abs(mean - times) < 4 * error + 0.02 * times).all()


def test_the_horizon_is_respected_and_is_a_time_itself() -> None:
    found = run()
    last = int(found.steps.max())
    np.testing.assert_array_equal(run(horizon=last).reached, True)
    short = run(horizon=last - 1)
    assert (~short.reached).sum() == 1
    assert short.steps[~short.reached] == last - 1


def test_prompts_of_a_group_method_are_independent_of_each_other() -> None:
    changed = PROXY.copy()
    changed[1] = [-1.0, 0.0, 1.0]
    one, other = (run(method=grpo(4), reward_model=proxy, seeds=range(3)) for proxy in (PROXY, changed))
    np.testing.assert_array_equal(one.steps[:, 0], other.steps[:, 0])


RARE = TabularPerPrefixPolicy(2, 2, 1)
GAP = np.array([[1.0, -1.0]] * 2)


def rare_times(method: Any) -> np.ndarray:
    """Times over `|S|` from 0.02 to 0.1, shape `(seeds,)`: means over the two prompts."""
    start = np.log([[[0.02, 0.98]]] * 2)
    found = first_passage(
        RARE,
        start,
        0.16,
        reward_model=GAP,
        ground_truth_reward=GAP,
        optimizer=optax.sgd(0.1),
        method=method,
        horizon=20_000,
        seeds=range(200),
    )
    assert found.reached.all()
    return np.asarray(0.05 * found.steps.mean(axis=1))


def test_a_rare_output_takes_its_time_under_standardised_updates() -> None:
    times = rare_times(grpo(8))
    bound = float(rare_output_time(0.02, 0.1, standardised_rate(8.0, 2.0, 1e-4), 1.0))
    error = times.std(ddof=1) / np.sqrt(times.size)
    assert times.mean() > bound
    # Half as much again would be too much to claim.
    assert times.mean() + 4 * error < 1.5 * bound


def test_dapo_gains_no_more_than_the_number_of_prompts() -> None:
    times = rare_times(dapo(8))
    bound = float(rare_output_time(0.02, 0.1, standardised_rate(8.0, 2.0, 1e-4), 1.0))
    assert bound / 2 < times.mean() < bound


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"increase": 0.0}, "increase"),
        ({"horizon": 0}, "horizon"),
        ({"reward_model": PROXY[:1]}, "reward_models"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [2**40]}, "seeds"),
        ({"increase": np.nan}, "increase"),
        ({"horizon": 2**31}, "horizon"),
    ],
)
def test_nonsense_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        run(**changes)
