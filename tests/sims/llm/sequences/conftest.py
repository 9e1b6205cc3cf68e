"""A tiny random decoder of five tokens: all 25 completions of two tokens, with exact probabilities and scores."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import DecoderConfig, DecoderParameters, RotaryEmbedding, hidden_states, random_parameters
from sims.llm.decoder.forward import unembed
from sims.llm.sequences.batch import SequenceBatch, sequence_batch

CONFIG = DecoderConfig(1, 8, 12, 2, 1, 4, 5, 32, RotaryEmbedding(10_000.0, 4), 1e-5)
PROMPT = [3, 1, 4]


class Listed(NamedTuple):
    """**Fields**: the model; all completions of `PROMPT`, as a batch; in float64 their probabilities, their scores
    (completions, parameters), and rewards."""

    parameters: DecoderParameters
    config: DecoderConfig
    batch: SequenceBatch
    probabilities: np.ndarray
    scores: np.ndarray
    rewards: np.ndarray

    @property
    def variance(self) -> float:
        mean = self.probabilities @ self.rewards
        return float(self.probabilities @ (self.rewards - mean) ** 2)

    @property
    def squared_gradient(self) -> float:
        return float(np.sum(((self.probabilities * self.rewards) @ self.scores) ** 2))

    @property
    def fisher_norm(self) -> float:
        return float(np.linalg.norm(np.sqrt(self.probabilities)[:, None] * self.scores, 2) ** 2)


@pytest.fixture(scope="session")
def listed() -> Listed:
    parameters = random_parameters(CONFIG, seed=3)
    parameters = parameters._replace(embedding=30 * parameters.embedding)
    completions = [list(pair) for pair in itertools.product(range(5), repeat=2)]
    rows = jnp.asarray([PROMPT + pair for pair in completions], jnp.int32)

    def log_probability(theta: DecoderParameters, row: jax.Array) -> jax.Array:
        logits = unembed(theta, CONFIG, hidden_states(theta, CONFIG, row[None], jnp.ones((1, 5), bool)))[0]
        chosen = jnp.take_along_axis(jax.nn.log_softmax(logits[2:4]), row[3:, None], axis=1)
        return jnp.sum(chosen)

    values, trees = jax.jit(
        lambda rows: jax.lax.map(lambda row: jax.value_and_grad(log_probability)(parameters, row), rows)
    )(rows)
    scores = np.concatenate([np.asarray(leaf, np.float64).reshape(25, -1) for leaf in jax.tree.leaves(trees)], axis=1)
    probabilities = np.exp(np.asarray(values, np.float64))
    rewards = np.random.default_rng(0).uniform(-1, 1, 25)
    batch = sequence_batch([PROMPT] * 25, completions, 4)
    return Listed(parameters, CONFIG, batch, probabilities / probabilities.sum(), scores, rewards)
