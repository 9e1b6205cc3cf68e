from __future__ import annotations

import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.estimators.scores.mean_reward_variance import mean_reward_variance, reward_variances

from .conftest import Enumerable


def test_unbiased_over_all_samples(policies: Enumerable) -> None:
    found = policies.expectation(lambda rewards, _: mean_reward_variance(rewards).estimate, 3, symmetric=True)
    assert found == pytest.approx(policies.variance, rel=1e-12)


def test_the_mean_square_is_found_out(policies: Enumerable) -> None:
    """A control: the variance of the sample itself is too small by a third with three draws."""
    found = policies.expectation(lambda rewards, _: float(np.mean(np.var(rewards, axis=1))), 3, symmetric=True)
    assert found == pytest.approx(policies.variance * 2 / 3, rel=1e-12)


def test_the_paper_s_pairs() -> None:
    rewards = np.random.default_rng(0).uniform(-1, 1, (3, 5))
    pairs = (rewards[:, :, None] - rewards[:, None]) ** 2 / 2
    assert reward_variances(rewards) == pytest.approx(pairs.sum(axis=(1, 2)) / 20)


def test_an_offset_loses_no_digits() -> None:
    rewards = np.array([[1.0, 1.0 + 1e-9, 1.0, 1.0 - 1e-9]])
    assert reward_variances(rewards) == pytest.approx(2e-18 / 3, rel=1e-6)


@pytest.mark.parametrize("kind", ["uniform", "skewed"])
def test_coverage(kind: str) -> None:
    random = np.random.default_rng(1)
    draw = (
        (lambda: random.uniform(-1, 1, (8, 8)))
        if kind == "uniform"
        else (lambda: 2.0 * random.binomial(1, 0.1, (8, 8)))
    )
    truth = 1 / 3 if kind == "uniform" else 4 * 0.09
    found = [mean_reward_variance(draw()) for _ in range(600)]
    # Of skewed rewards the limit of many draws is not quite reached with eight.
    assert np.mean([f.lower <= truth <= f.upper for f in found]) >= (0.92 if kind == "uniform" else 0.88)


def test_refuses_too_few_draws() -> None:
    with pytest.raises(InvalidInputError, match="rewards"):
        reward_variances(np.zeros((3, 1)))
    with pytest.raises(InvalidInputError, match="rewards"):
        mean_reward_variance(np.zeros((3, 2)))
