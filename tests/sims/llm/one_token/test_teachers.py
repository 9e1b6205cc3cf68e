from __future__ import annotations

import numpy as np
import pytest

from sims.llm.one_token.teachers import TEACHERS
from theory import uniform_accuracy, variance


@pytest.fixture(scope="module")
def rewards() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A policy as uneven as that of a language model, and what each teacher makes of a truth."""
    random = np.random.default_rng(0)
    policy = random.permutation(1.0 / np.arange(1, 5001) ** 1.3)
    policy /= policy.sum()
    truth = np.tanh(random.normal(size=5000))
    return policy, {name: make(policy, truth) for name, make in TEACHERS.items()}


def test_variances_span_four_decades(rewards: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    policy, of = rewards
    spread = {name: float(variance(policy, reward)) for name, reward in of.items()}
    assert spread["truth times 0.1"] == pytest.approx(1e-2 * spread["truth"])
    assert spread["truth times 0.01"] == pytest.approx(1e-4 * spread["truth"])
    assert spread["contrast on unlikely tokens"] < 0.05 * spread["truth"]
    assert spread["steep on likely tokens"] > 1.5 * spread["truth"]


def test_all_but_the_steep_teacher_are_perfectly_accurate(rewards: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    _, of = rewards
    for name, reward in of.items():
        accuracy = float(uniform_accuracy(reward, of["truth"]))
        assert accuracy < 0.9 if name.startswith("steep") else accuracy == 1.0


def test_rewards_stay_in_range(rewards: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    assert all(np.abs(reward).max() <= 1 for reward in rewards[1].values())


def test_truths_at_the_ends_of_the_range_are_no_trouble() -> None:
    policy, truth = np.array([0.5, 0.5]), np.array([1.0, -1.0])
    for make in TEACHERS.values():
        assert np.isfinite(make(policy, truth)).all()
