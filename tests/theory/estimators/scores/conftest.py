"""Small policies whose every sample can be listed: exact expectations of any estimator, without drawing anything."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest


class Enumerable(NamedTuple):
    """Softmax policies of shared parameters, `f = features . theta`. **Fields**: of each prompt and output the
    probability, the reward and the score."""

    probabilities: np.ndarray
    rewards: np.ndarray
    scores: np.ndarray

    @property
    def variance(self) -> float:
        mean = np.sum(self.probabilities * self.rewards, axis=1, keepdims=True)
        return float(np.mean(np.sum(self.probabilities * (self.rewards - mean) ** 2, axis=1)))

    @property
    def squared_gradient(self) -> float:
        return float(np.sum(np.mean(np.einsum("xy,xy,xyp->xp", self.probabilities, self.rewards, self.scores), 0) ** 2))

    @property
    def fisher_norm(self) -> float:
        fisher = np.mean(np.einsum("xy,xyp,xyq->xpq", self.probabilities, self.scores, self.scores), axis=0)
        return float(np.linalg.eigvalsh(fisher)[-1])

    def sample(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rewards and Gram products of draws whose outputs are `chosen`, (prompts, draws)."""
        rows = np.arange(len(self.rewards))[:, None]
        scores = self.scores[rows, chosen]
        return self.rewards[rows, chosen], np.einsum("xkp,ylp->xkyl", scores, scores)

    def expectation(
        self, statistic: Callable[[np.ndarray, np.ndarray], float], draws: int, *, symmetric: bool
    ) -> float:
        """The exact mean of a statistic of rewards and Gram products over all samples of so many draws.

        A symmetric one does not depend on the order of draws: multisets with their multiplicities are enough.
        """
        outputs = self.rewards.shape[1]
        joint = list(itertools.product(range(outputs), repeat=len(self.rewards)))
        weight = [math.prod(float(p[y]) for p, y in zip(self.probabilities, each, strict=True)) for each in joint]
        listed = itertools.combinations_with_replacement if symmetric else None
        samples = listed(range(len(joint)), draws) if listed else itertools.product(range(len(joint)), repeat=draws)
        total = 0.0
        for sample in samples:
            orders = 1
            if symmetric:
                orders = math.factorial(draws) // math.prod(math.factorial(c) for c in Counter(sample).values())
            chosen = np.array([joint[k] for k in sample]).T
            total += orders * math.prod(weight[k] for k in sample) * statistic(*self.sample(chosen))
        return total


def softmax_policies(prompts: int, outputs: int, parameters: int, seed: int = 0) -> Enumerable:
    random = np.random.default_rng(seed)
    features = random.normal(size=(prompts, outputs, parameters))
    logits = features @ random.normal(size=parameters)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = features - np.einsum("xy,xyp->xp", probabilities, features)[:, None]
    return Enumerable(probabilities, random.uniform(-1, 1, (prompts, outputs)) + 3, scores)


@pytest.fixture(scope="session", params=[(1, 4, 3), (2, 2, 3)], ids=["one prompt", "two prompts"])
def policies(request: pytest.FixtureRequest) -> Enumerable:
    return softmax_policies(*request.param)
