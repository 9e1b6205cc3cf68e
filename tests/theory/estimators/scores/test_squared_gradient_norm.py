from __future__ import annotations

import itertools

import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.estimators.scores.squared_gradient_norm import squared_gradient_norm, squared_gradient_norm_interval

from .conftest import Enumerable, softmax_policies


def leave_one_out(rewards: np.ndarray, gram: np.ndarray) -> float:
    """Products of different draws with leave-one-out advantages, as the estimates of a trainer are built."""
    prompts, draws = rewards.shape
    advantages = (rewards - rewards.mean(axis=1, keepdims=True)) * draws / (draws - 1)
    whole = np.einsum("xk,xkyl,yl->kl", advantages, gram, advantages) / prompts**2
    return float((whole.sum() - np.trace(whole)) / (draws * (draws - 1)))


def plug_in(rewards: np.ndarray, gram: np.ndarray) -> float:
    """The squared length of the mean of advantage times score."""
    prompts, draws = rewards.shape
    advantages = (rewards - rewards.mean(axis=1, keepdims=True)) / (draws - 1) / prompts
    return float(np.einsum("xk,xkyl,yl->", advantages, gram, advantages))


def by_kernel(rewards: np.ndarray, gram: np.ndarray) -> float:
    """The U-statistic by its definition: the kernel at all ordered choices of four draws."""
    prompts, draws = rewards.shape
    values = []
    for k, other, m, o in itertools.permutations(range(draws), 4):
        first, second = rewards[:, k] - rewards[:, m], rewards[:, other] - rewards[:, o]
        values.append(first @ gram[:, k, :, other] @ second / prompts**2)
    return float(np.mean(values))


@pytest.mark.parametrize("draws", [4, 5])
def test_unbiased_over_all_samples(policies: Enumerable, draws: int) -> None:
    found = policies.expectation(squared_gradient_norm, draws, symmetric=True)
    assert found == pytest.approx(policies.squared_gradient, rel=1e-10)


@pytest.mark.parametrize("draws", [2, 3, 4])
def test_leave_one_out_advantages_are_off_by_their_factor(draws: int) -> None:
    """A control: the same enumeration sees the bias, which is the one that the module derives."""
    policies = softmax_policies(1, 4, 3)
    found = policies.expectation(leave_one_out, draws, symmetric=True)
    assert found == pytest.approx(policies.squared_gradient * (1 + 1 / (draws - 1) ** 2), rel=1e-10)


def test_the_plug_in_estimate_is_found_out(policies: Enumerable) -> None:
    assert policies.expectation(plug_in, 4, symmetric=True) > 1.2 * policies.squared_gradient


@pytest.mark.parametrize(("prompts", "draws"), [(1, 4), (1, 6), (3, 5)])
def test_it_is_the_u_statistic(prompts: int, draws: int) -> None:
    random = np.random.default_rng(draws)
    rewards, scores = random.normal(size=(prompts, draws)), random.normal(size=(prompts, draws, 7))
    gram = np.einsum("xkp,ylp->xkyl", scores, scores)
    assert squared_gradient_norm(rewards, gram) == pytest.approx(by_kernel(rewards, gram), rel=1e-10)


def test_shifts_of_rewards_change_nothing_and_factors_what_they_should() -> None:
    random = np.random.default_rng(0)
    rewards, scores = random.normal(size=(2, 6)), random.normal(size=(2, 6, 4))
    gram = np.einsum("xkp,ylp->xkyl", scores, scores)
    first = squared_gradient_norm(rewards, gram)
    assert squared_gradient_norm(rewards + np.array([[5.0], [-2.0]]), gram) == pytest.approx(first, rel=1e-9)
    assert squared_gradient_norm(3 * rewards, 4 * gram) == pytest.approx(36 * first, rel=1e-9)


@pytest.mark.parametrize(("parameters", "least"), [(100, 0.95), (2, 0.86)])
@pytest.mark.parametrize("signal", [0.0, 0.5, 1.0])
def test_coverage(parameters: int, least: float, signal: float) -> None:
    """Also where the gradient vanishes, and the statistic has no linear part; what it falls short of is documented."""
    random, prompts, draws, found = np.random.default_rng(4), 3, 8, []
    for _ in range(500):
        scores = random.normal(size=(prompts, draws, parameters))
        rewards = signal * scores[:, :, 0] + random.normal(size=(prompts, draws))
        interval = squared_gradient_norm_interval(rewards, np.einsum("xkp,ylp->xkyl", scores, scores))
        found.append((interval.lower <= signal**2, signal**2 <= interval.upper))
    lower, upper = np.mean(found, axis=0)
    assert lower >= 0.975
    assert lower + upper - 1 >= least


def test_refuses_too_few_draws() -> None:
    with pytest.raises(InvalidInputError, match="rewards"):
        squared_gradient_norm(np.zeros((1, 3)), np.zeros((1, 3, 1, 3)))
    with pytest.raises(InvalidInputError, match="rewards"):
        squared_gradient_norm_interval(np.zeros((1, 4)), np.zeros((1, 4, 1, 4)))
