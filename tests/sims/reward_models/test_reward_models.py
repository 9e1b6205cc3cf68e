"""Preference data, reward models learnt from it, and their measures, against counting, scipy and plain loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.optimize import minimize

from sims.reward_models import (
    LinearRewardModel,
    PerceptronRewardModel,
    PreferencePairs,
    flatten_prompts,
    mean_reward_variance,
    normalise_by_samples,
    normalise_by_variance,
    policy_accuracy,
    policy_pairs,
    sample_pairs,
    train_reward_models,
)
from theory.accuracy.pairs import check_pair_distribution
from theory.errors import InvalidInputError

RNG = np.random.default_rng(0)
# The last prompt has no preference, the first a tie.
TRUTH = np.array([[0.1, 0.5, 0.5, -0.3], [0.9, 0.2, -0.4, 0.0], [0.2, 0.2, 0.2, 0.2]])
POLICY = RNG.dirichlet(np.ones(4), 3)
OTHER = RNG.dirichlet(np.ones(4), 3)
FEATURES = RNG.normal(size=(3, 4, 3))
SHARES = (1.0, 0.75, 0.0)


def pairs(**changes: Any) -> PreferencePairs:
    given: dict[str, Any] = {
        "log_policy": np.log(POLICY),
        "log_off_policy": np.log(OTHER),
        "ground_truth_reward": TRUTH,
        "on_policy_shares": SHARES,
        "pairs_per_prompt": 4000,
    }
    return sample_pairs(jax.random.key(0), **(given | changes))


@pytest.fixture(scope="module")
def drawn() -> PreferencePairs:
    return PreferencePairs(*map(np.asarray, pairs()))


def test_labels_and_shares(drawn: PreferencePairs) -> None:
    assert drawn.prompt.shape == (3, 8000)
    assert (TRUTH[drawn.prompt, drawn.chosen] > TRUTH[drawn.prompt, drawn.rejected]).all()
    assert set(np.unique(drawn.prompt)) == {0, 1}
    np.testing.assert_array_equal(drawn.on_policy.sum(axis=1), [8000, 6000, 0])
    # Shares do not depend on the prompt, and models share what they can.
    by_prompt = [drawn.on_policy[1][drawn.prompt[1] == k].mean() for k in (0, 1)]
    np.testing.assert_allclose(by_prompt, 0.75, atol=0.03)
    common = drawn.on_policy[1]
    np.testing.assert_array_equal(drawn.chosen[0][common], drawn.chosen[1][common])


@pytest.mark.parametrize(("model", "policy"), [(0, POLICY), (2, OTHER)])
def test_pairs_follow_their_distribution(drawn: PreferencePairs, model: int, policy: np.ndarray) -> None:
    expected = np.asarray(policy_pairs(np.log(policy), TRUTH))
    wrong = np.asarray(policy_pairs(np.log(OTHER if model == 0 else POLICY), TRUTH))
    for prompt in (0, 1):
        check_pair_distribution(expected[prompt], 4)
        own = drawn.prompt[model] == prompt
        first, second = drawn.chosen[model][own], drawn.rejected[model][own]
        found = np.zeros((4, 4))
        np.add.at(found, (np.minimum(first, second), np.maximum(first, second)), 1 / own.sum())
        error = np.sqrt(expected[prompt] * (1 - expected[prompt]) / own.sum())
        assert (np.abs(found - expected[prompt]) <= 5 * error).all()
        assert (np.abs(found - wrong[prompt]) > 5 * error).any()
    assert not expected[2].any()


def test_linear_models_reach_the_maximum_of_the_likelihood() -> None:
    data = pairs(pairs_per_prompt=50)
    decay = 0.02
    found = train_reward_models(
        jax.random.key(0), LinearRewardModel(FEATURES), data, optimizer=optax.adam(0.1), steps=1500, weight_decay=decay
    )
    for model in range(3):
        prompt, chosen, rejected = (np.asarray(part)[model] for part in data[:3])
        gap = FEATURES[prompt, chosen] - FEATURES[prompt, rejected]

        def loss(weights: np.ndarray, gap: np.ndarray = gap) -> float:
            return float(np.logaddexp(0, -gap @ weights).mean() + decay / 2 * weights @ weights)

        best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
        np.testing.assert_allclose(found.parameters[model], best, atol=1e-5)
        np.testing.assert_allclose(found.rewards[model], FEATURES @ best, atol=1e-4)
        assert found.loss[model, 0] == pytest.approx(np.log(2))
        assert found.loss[model, -1] == pytest.approx(loss(best) - decay / 2 * best @ best, abs=1e-6)


def test_a_perceptron_learns_the_order() -> None:
    found = train_reward_models(
        jax.random.key(0),
        PerceptronRewardModel(FEATURES),
        pairs(pairs_per_prompt=50),
        optimizer=optax.adam(0.05),
        steps=200,
    )
    accuracy = policy_accuracy(found.rewards, TRUTH, np.log(POLICY))
    assert (np.asarray(accuracy) > 0.95).all()
    # The control: a model of the opposite opinion.
    assert (np.asarray(policy_accuracy(-found.rewards, TRUTH, np.log(POLICY))) < 0.05).all()


def test_a_model_that_diverges_says_so() -> None:
    with pytest.raises(InvalidInputError, match=r"reward model 0 diverging.*learning rate"):
        train_reward_models(
            jax.random.key(0),
            LinearRewardModel(FEATURES),
            pairs(pairs_per_prompt=5),
            optimizer=optax.sgd(1e4),
            steps=20,
            weight_decay=1.0,
        )


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"pairs_per_prompt": 0}, "pairs_per_prompt: got 0 pairs per prompt"),
        ({"ground_truth_reward": np.zeros((3, 4))}, "0 of them with a preference"),
        ({"prompts": np.array([2])}, "no pair to learn from"),
        ({"on_policy_shares": (1.5,)}, "on_policy_shares"),
        ({"log_policy": np.zeros((3, 5))}, "log_policy"),
        *(
            ({"log_off_policy": np.where(np.eye(4)[[k, k, k]] > 0, 0.0, -np.inf)}, "log_off_policy.*at prompt 0")
            for k in range(4)
        ),
        ({"prompts": np.array([3])}, "prompts: got 3"),
        ({"prompts": np.array([-1])}, "prompts: got -1"),
        ({"log_off_policy": np.log([[1.0, 1e-310, 1e-310, 1e-310]] * 3)}, "log_off_policy.*at prompt 0"),
    ],
)
def test_bad_preferences(changes: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInputError, match=argument):
        pairs(**({"pairs_per_prompt": 2} | changes))


def test_measures() -> None:
    rewards = RNG.normal(size=(2, 3, 4)).round(1)
    variance = mean_reward_variance(rewards, np.log(POLICY), prompts=np.array([0, 2]))
    accuracy = policy_accuracy(rewards, TRUTH, np.log(POLICY))
    for model in range(2):
        spread, right = [], []
        for prompt in range(3):
            mean = POLICY[prompt] @ rewards[model, prompt]
            spread.append(POLICY[prompt] @ (rewards[model, prompt] - mean) ** 2)
            agree = weight = 0.0
            for i in range(4):
                for j in range(4):
                    better = np.sign(TRUTH[prompt, i] - TRUTH[prompt, j])
                    mass = POLICY[prompt, i] * POLICY[prompt, j] * (better != 0)
                    agree += mass * (np.sign(rewards[model, prompt, i] - rewards[model, prompt, j]) == better)
                    weight += mass
            if weight:
                right.append(agree / weight)
        assert len(right) == 2
        assert float(variance[model]) == pytest.approx((spread[0] + spread[2]) / 2)
        assert float(accuracy[model]) == pytest.approx(np.mean(right))


def test_flattened_prompts() -> None:
    truth = RNG.uniform(-1, 1, (10, 4))
    found = flatten_prompts(jax.random.key(0), truth, prompts=np.arange(8))
    ratio = found / truth
    np.testing.assert_allclose(np.sort(ratio[:8, 0]), [0.001] * 4 + [1] * 4)
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1], ratio.shape))
    np.testing.assert_array_equal(ratio[8:], 1)
    logs = np.log(RNG.dirichlet(np.ones(4), 10))
    assert float(policy_accuracy(found[None], truth, logs)[0]) == pytest.approx(1.0)
    before, after = (float(mean_reward_variance(r[None], logs)[0]) for r in (truth, found))
    assert after < before


def test_normalisations() -> None:
    rewards = 3 + 2 * RNG.normal(size=(2, 50, 4))
    logs = np.log(RNG.dirichlet(np.ones(4), 50))
    found = normalise_by_samples(jax.random.key(0), rewards, logs, prompt_count=5000)
    policy = np.exp(logs)
    for model in range(2):
        mean = (policy * found[model]).sum(axis=1).mean()
        square = (policy * found[model] ** 2).sum(axis=1).mean()
        assert abs(mean) < 0.05
        assert square == pytest.approx(1, abs=0.05)
        # A shift and a scale, and nothing else.
        slope = np.ptp(found[model]) / np.ptp(rewards[model])
        np.testing.assert_allclose(
            found[model] - slope * rewards[model], found[model, 0, 0] - slope * rewards[model, 0, 0]
        )
    scaled = normalise_by_variance(rewards, logs)
    np.testing.assert_allclose(mean_reward_variance(scaled, logs), 1)
    np.testing.assert_allclose(scaled / rewards, np.broadcast_to((scaled / rewards)[:, :1, :1], rewards.shape))
    with pytest.raises(InvalidInputError, match="reward model 1"):
        normalise_by_variance(np.stack([rewards[0], np.ones((50, 4))]), logs)


def test_a_perceptron_is_what_it_says() -> None:
    model = PerceptronRewardModel(FEATURES, width=5)
    parameters = model.initial_parameters(jax.random.key(1))
    parameters["bias"] = jnp.arange(5.0)
    hidden = np.tanh(np.einsum("pyd,dw->pyw", FEATURES, np.asarray(parameters["hidden"])) + np.arange(5.0))
    np.testing.assert_allclose(model.rewards(parameters), hidden @ np.asarray(parameters["output"]), atol=1e-14)


REWARDS, UNIFORM = np.arange(24.0).reshape(2, 3, 4), np.full((3, 4), np.log(0.25))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: flatten_prompts(jax.random.key(0), REWARDS[0], factor=np.nan), "factor"),
        (lambda: flatten_prompts(jax.random.key(0), REWARDS[0], factor=np.inf), "factor"),
        (lambda: flatten_prompts(jax.random.key(0), REWARDS[0], prompts=np.array([3])), "prompts"),
        (lambda: flatten_prompts(jax.random.key(0), np.full((3, 4), np.nan)), "reward"),
        (lambda: mean_reward_variance(np.full((2, 3, 4), np.nan), UNIFORM), "rewards"),
        (lambda: mean_reward_variance(REWARDS, UNIFORM, prompts=np.array([5])), "prompts"),
        (lambda: policy_accuracy(REWARDS, np.full((3, 4), np.inf), UNIFORM), "ground_truth_reward"),
        (lambda: policy_accuracy(REWARDS, REWARDS[0], np.full((3, 4), np.nan)), "log_policy"),
        (lambda: normalise_by_samples(jax.random.key(0), REWARDS, UNIFORM, samples=0), "samples"),
        (lambda: normalise_by_samples(jax.random.key(0), REWARDS, UNIFORM, prompts=np.array([9])), "prompts"),
    ],
)
def test_what_does_not_fit_is_named(call: Callable[[], Any], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        call()


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [("prompt", 3, "prompt 3"), ("chosen", 4, "chosen 4"), ("rejected", -1, "rejected -1")],
)
def test_pairs_of_outputs_that_the_model_does_not_have_are_refused(place: str, value: int, named: str) -> None:
    """JAX clamps an index out of range: the nearest output's reward would be learnt."""
    given = pairs(pairs_per_prompt=1)
    wrong = np.array(getattr(given, place))
    wrong[0, 0] = value
    with pytest.raises(InvalidInputError, match=named):
        train_reward_models(
            jax.random.key(0),
            LinearRewardModel(FEATURES),
            given._replace(**{place: wrong}),
            optimizer=optax.sgd(0.1),
            steps=1,
        )
