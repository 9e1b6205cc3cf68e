"""Training against exact gradient ascent, a clipped update written out in NumPy, and the sum of its parts."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sims.parameter_space.optimizer_ascent import parameter_ascent
from sims.policy_gradient import Training, exact_gradient, grpo, reinforce, rloo, train
from sims.policy_gradient.sampling import outputs_at
from sims.policy_gradient.step import new_learner, policy_gradient_step
from sims.policy_gradient.teaching import Teaching
from theory.errors import InvalidInputError
from theory.parameter_space.problem import make_policy_problem
from theory.policies.log_linear import log_linear_policy
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(4, 3, 2))
TRUTH = RNG.uniform(-1, 1, (4, 3))
MODELS = np.stack([TRUTH, RNG.uniform(-1, 1, (4, 3))])
START = np.array([0.3, -0.2])
SGD = optax.sgd(0.3)


def run(**changes: Any) -> Training:
    """A log-linear policy of four prompts that share two parameters."""
    given: dict[str, Any] = {
        "reward_models": MODELS,
        "ground_truth_reward": TRUTH,
        "optimizer": SGD,
        "epochs": 2,
        "batch_size": 2,
        "seeds": range(2),
    }
    return train(log_linear_policy(FEATURES), START, **(given | changes))


@pytest.fixture(scope="module")
def trained() -> Training:
    return run(evaluation_samples=10)


def test_exact_gradient_is_parameter_ascent() -> None:
    found = run(method=exact_gradient(), batch_size=None, epochs=6, record_every=2, seeds=[7])
    np.testing.assert_array_equal(found.epochs, [0, 2, 4, 6])
    np.testing.assert_array_equal(found.steps, found.epochs)
    for model, proxy in enumerate(MODELS):
        problem = make_policy_problem(
            log_linear_policy(FEATURES), START, proxy_reward=proxy, ground_truth_reward=TRUTH, kl_coefficient=0.05
        )
        path = parameter_ascent(problem, SGD, 6, record_every=2)
        logs = np.asarray(path.log_probabilities)
        np.testing.assert_allclose(found.parameters[model, 0], path.parameters, atol=1e-13)
        np.testing.assert_allclose(found.proxy_reward[model, 0], path.expected(proxy).mean(axis=1), atol=1e-13)
        np.testing.assert_allclose(found.ground_truth_reward[model, 0], path.expected(TRUTH).mean(axis=1), atol=1e-13)
        divergence = (np.exp(logs) * (logs - logs[:1])).sum(axis=-1).mean(axis=1)
        np.testing.assert_allclose(found.kl_divergence[model, 0], divergence, atol=1e-13)
        spread = path.expected(proxy**2) - path.expected(proxy) ** 2
        np.testing.assert_allclose(found.reward_variance[model, 0], spread.mean(axis=1), atol=1e-13)
    assert np.isnan(found.degenerate_probability).all()


def test_gradient_norm_is_what_a_small_step_gains() -> None:
    """`phi` rises by `eta |grad phi|^2` in a short step of exact ascent."""
    eta = 1e-5
    found = run(method=exact_gradient(), batch_size=None, epochs=1, seeds=[0], optimizer=optax.sgd(eta))
    objective = found.proxy_reward - 0.05 * found.kl_divergence
    gain = np.diff(objective[:, 0])[:, 0] / eta
    np.testing.assert_allclose(gain, found.gradient_norm[:, 0, 0] ** 2, rtol=1e-4)


def test_shapes_and_records(trained: Training) -> None:
    np.testing.assert_array_equal(trained.steps, [0, 2, 4])
    assert trained.proxy_reward.shape == trained.sampled_ground_truth_reward.shape == (2, 2, 3)
    assert trained.parameters.shape == (2, 2, 2)
    np.testing.assert_array_equal(trained.kl_divergence[..., 0], 0)
    np.testing.assert_allclose(trained.proxy_reward[0], trained.ground_truth_reward[0], atol=1e-15)
    # Seeds differ, and start alike.
    assert (trained.parameters[:, 0] != trained.parameters[:, 1]).all()
    assert np.ptp(trained.proxy_reward[..., 0], axis=1).max() == 0
    # Forty samples of rewards within two units.
    assert np.abs(trained.sampled_proxy_reward - trained.proxy_reward).max() < 5 / np.sqrt(40)


def test_models_and_seeds_do_not_depend_on_company(trained: Training) -> None:
    alone = run(reward_models=MODELS[1:], seeds=[1], evaluation_samples=10)
    np.testing.assert_allclose(alone.proxy_reward[0, 0], trained.proxy_reward[1, 1], atol=1e-13)
    np.testing.assert_allclose(alone.sampled_proxy_reward[0, 0], trained.sampled_proxy_reward[1, 1], atol=1e-13)


@pytest.mark.parametrize("method", [rloo(2), reinforce(1)], ids=lambda method: method.name)
def test_a_step_is_unbiased(method: Any) -> None:
    """The mean parameters of many seeds after one step against those of the exact gradient."""
    exact = run(method=exact_gradient(), epochs=1, batch_size=None, seeds=[0]).parameters[:, 0]
    found = run(method=method, epochs=1, batch_size=None, seeds=range(2000)).parameters
    error = found.std(axis=1) / np.sqrt(2000)
    assert (np.abs(found.mean(axis=1) - exact) < 5 * error).all()
    # The control: the test would see a step that is a third longer.
    moved = exact - START
    assert (np.abs(moved) / 3 > 5 * error).any()


def test_only_chosen_prompts_are_taught() -> None:
    policy = TabularPerPrefixPolicy(prompts=4, vocabulary=3, length=1)
    start = np.zeros((4, 1, 3))
    found = train(
        policy,
        start,
        reward_models=MODELS[:1],
        ground_truth_reward=TRUTH,
        optimizer=SGD,
        method=exact_gradient(),
        prompts=np.array([1, 3]),
        seeds=[0],
    )
    moved = np.abs(found.parameters[0, 0]).sum(axis=(1, 2)) > 0
    np.testing.assert_array_equal(moved, [False, True, False, True])
    np.testing.assert_allclose(found.proxy_reward[0, 0, 0], TRUTH[[1, 3]].mean(), atol=1e-14)


def test_several_clipped_steps_on_the_same_samples() -> None:
    method = grpo(4, clip=0.1, inner_epochs=5)
    reward, reference, rate, weight = TRUTH[:2], np.log(np.full((2, 3), 1 / 3)), 4.0, 0.05
    policy = TabularPerPrefixPolicy(prompts=2, vocabulary=3, length=1)
    logits = RNG.normal(size=(2, 3))
    given = [jnp.asarray(array) for array in (reference, reward, reward, weight)]
    teaching = Teaching(policy, jnp.arange(2), *given)
    optimizer, uniform = optax.sgd(rate), jax.random.uniform(jax.random.key(3), (2, 4))
    learner = new_learner(optimizer, jnp.asarray(logits[:, None]))
    found = policy_gradient_step(method, optimizer, teaching, learner, jnp.arange(2), uniform).parameters[:, 0]

    def log_policy(theta: np.ndarray) -> np.ndarray:
        return theta - np.log(np.exp(theta).sum(axis=1, keepdims=True))

    old = log_policy(logits)
    samples = np.asarray(outputs_at(uniform, jnp.exp(old)))
    theta, clipped = logits.copy(), 0
    for _ in range(5):
        now, slope = log_policy(theta), np.zeros((2, 3))
        for prompt in range(2):
            drawn = samples[prompt]
            rewards = (reward - weight * (old - reference))[prompt, drawn]
            for output, advantage in zip(drawn, (rewards - rewards.mean()) / (rewards.std() + 1e-4), strict=True):
                ratio = np.exp(now[prompt, output] - old[prompt, output])
                if (advantage > 0 and ratio > 1.1) or (advantage < 0 and ratio < 0.9):
                    clipped += 1
                    continue
                score = np.eye(3)[output] - np.exp(now[prompt])
                slope[prompt] += ratio * advantage * score / 8
        theta = theta + rate * slope
    assert clipped > 0
    np.testing.assert_allclose(found, theta, atol=1e-12)


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"reward_models": TRUTH}, "reward_models"),
        ({"ground_truth_reward": TRUTH[:, :2]}, "ground_truth_reward"),
        ({"reward_models": np.full((1, 4, 3), np.nan)}, "reward_models"),
        ({"batch_size": 3}, "batch_size"),
        ({"record_every": 3}, "record_every"),
        ({"epochs": 0}, "epochs"),
        ({"seeds": []}, "seeds"),
        ({"prompts": np.array([4])}, "prompts"),
        ({"kl_coefficient": -0.1}, "kl_coefficient"),
        ({"seeds": [2**40]}, "seeds"),
        ({"seeds": [-1]}, "seeds"),
        ({"log_reference": np.zeros((4, 3))}, r"log_reference.*sum of 3"),
        ({"log_reference": np.full((4, 3), np.nan)}, "log_reference"),
        ({"prompts": np.array([-1])}, "prompts: got -1"),
        ({"evaluation_samples": -1}, "evaluation_samples"),
        ({"optimizer": optax.sgd(1e10), "reward_models": 1e300 * MODELS}, "diverged"),
    ],
)
def test_bad_input(changes: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInputError, match=argument):
        run(**changes)


@pytest.mark.parametrize("shape", [(3, 1, 3), (4, 1, 2), (4, 3), (5, 1, 3)])
def test_parameters_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    """JAX clamps an index out of range: another prompt's row would answer."""
    policy = TabularPerPrefixPolicy(prompts=4, vocabulary=3, length=1)
    with pytest.raises(InvalidInputError, match=r"parameters.*shape"):
        train(policy, np.zeros(shape), reward_models=MODELS, ground_truth_reward=TRUTH, optimizer=SGD)


def test_a_reference_in_float32_is_a_reference() -> None:
    logits = np.asarray(FEATURES @ START, np.float32)
    reference = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    found = run(log_reference=reference, epochs=1, record_every=1, seeds=[0])
    assert np.isfinite(found.kl_divergence).all()


def test_a_degenerate_group_does_not_stop_training_without_epsilon() -> None:
    found = run(method=grpo(4, epsilon=0.0), reward_models=np.zeros((1, 4, 3)), kl_coefficient=0.0, seeds=[0])
    np.testing.assert_allclose(found.parameters[0, 0], START, atol=1e-15)
