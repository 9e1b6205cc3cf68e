"""Reward scaling: what is exact about it, and what the runs show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import optax
import pytest

from figures.figure import FigureData
from figures.practice import reward_scaling as figure
from sims.policy_gradient import rloo, train

Data = Callable[[str], FigureData]


@pytest.fixture(scope="module")
def data(smoke_data: Data) -> FigureData:
    return smoke_data("reward-scaling")


def test_signal_to_noise_is_free_of_the_scale_though_both_are_not() -> None:
    policy, truth = figure.problem()
    signal, noise = figure.gradient_noise(policy, truth)
    scaled = figure.gradient_noise(policy, 8 * truth)
    assert scaled == pytest.approx((64 * signal, 64 * noise), rel=1e-12)
    gradient = policy * (truth - policy @ truth)
    assert signal == pytest.approx(float(gradient @ gradient), rel=1e-12)
    # A reward of another shape has another ratio.
    other = figure.gradient_noise(policy, truth**3)
    assert other[0] / other[1] != pytest.approx(signal / noise, rel=1e-3)


def test_gradient_noise_agrees_with_samples() -> None:
    policy, truth = figure.problem()
    rng = np.random.default_rng(1)
    pairs = rng.choice(len(policy), size=(200_000, 2), p=policy)
    half_gap = (truth[pairs[:, 0]] - truth[pairs[:, 1]]) / 2
    eye = np.eye(len(policy))
    estimates = half_gap[:, None] * (eye[pairs[:, 0]] - eye[pairs[:, 1]])
    signal, noise = figure.gradient_noise(policy, truth)
    mean = estimates.mean(axis=0)
    assert float(mean @ mean) == pytest.approx(signal, rel=0.02)
    assert float(np.sum((estimates - mean) ** 2, axis=1).mean()) == pytest.approx(noise, rel=0.02)


def test_scaling_the_reward_is_scaling_the_learning_rate() -> None:
    policy, truth = figure.problem()
    paths = [
        train(
            figure.POLICY,
            np.log(policy)[None, None],
            reward_models=scale * truth[None, None],
            ground_truth_reward=truth[None],
            optimizer=optax.sgd(rate),
            method=rloo(2),
            epochs=20,
            kl_coefficient=0.0,
            seeds=range(3),
        ).ground_truth_reward
        for scale, rate in ((4.0, 0.1), (1.0, 0.4), (1.0, 0.1))
    ]
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-9)
    assert np.abs(paths[0] - paths[2]).max() > 0.01


def test_steps_to_a_target_by_hand() -> None:
    steps, reached = figure.first_steps(np.array([[0.0, 0.2, 0.6, 0.1], [0.0, 0.1, 0.2, 0.3]]), 0.5)
    assert steps.tolist() == [2, 3]
    assert reached.tolist() == [True, False]


def test_adam_does_not_see_the_scale(data: FigureData) -> None:
    rows = data.where(mark="run", method=figure.ADAPTIVE)
    np.testing.assert_allclose(rows["steps"], rows["steps"][0])
    np.testing.assert_allclose(rows["final_reward"], rows["final_reward"][0], rtol=1e-5)


def test_the_exact_gradient_gains_by_scaling_and_the_sampled_one_is_hurt(data: FigureData) -> None:
    exact, sampled = (data.where(mark="run", method=name) for name in (figure.EXACT, figure.SAMPLED))
    assert (np.diff(exact["steps"]) < 0).all()
    assert (np.diff(exact["final_reward"]) > 0).all()
    assert sampled["final_reward"][-1] < sampled["final_reward"][1] - 0.05
    spread = sampled["final_ninetieth"] - sampled["final_tenth"]
    assert spread[-1] > 2 * spread[0]
    np.testing.assert_allclose(exact["reward_variance"] / exact["scale"] ** 2, float(data.facts["initial_variance"]))
