"""A tiny model whose Jacobians fit into memory, with rewards of its next tokens."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import DecoderConfig, DecoderParameters
from sims.llm.one_token.batch import PromptBatch, next_token_log_policy, prompt_batch


class Case(NamedTuple):
    """**Fields**: the model; prompts of different lengths; a truth; in float64 the `policy` and its `scores`, the
    gradients of all log-probabilities, (prompts, vocabulary, parameters)."""

    parameters: DecoderParameters
    config: DecoderConfig
    batch: PromptBatch
    truth: np.ndarray
    policy: np.ndarray
    scores: np.ndarray


@pytest.fixture(scope="session")
def case(tiny_config: DecoderConfig, tiny_parameters: DecoderParameters) -> Case:
    batch = prompt_batch(tiny_config, [[5, 17, 3], [200, 9], [40, 41, 42, 43]])
    # Quieter than random weights make it, so that no token takes all probability.
    parameters = tiny_parameters._replace(embedding=0.3 * tiny_parameters.embedding)
    truth = np.random.default_rng(3).uniform(-1, 1, (3, tiny_config.vocabulary_size))
    log_policy = lambda theta: next_token_log_policy(theta, tiny_config, batch)  # noqa: E731
    found, backwards = jax.vjp(log_policy, parameters)
    units = jnp.eye(found.size, dtype=found.dtype).reshape(-1, *found.shape)
    rows = jax.jit(lambda units: jax.lax.map(lambda unit: backwards(unit)[0], units))(units)
    flat = [np.asarray(leaf, np.float64).reshape(*found.shape, -1) for leaf in jax.tree.leaves(rows)]
    policy = np.exp(np.asarray(found, np.float64))
    return Case(
        parameters, tiny_config, batch, truth, policy / policy.sum(-1, keepdims=True), np.concatenate(flat, axis=-1)
    )


def flattened(tree: DecoderParameters) -> np.ndarray:
    """All numbers of a pytree in one float64 vector."""
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(tree)])


def as_float32(values: np.ndarray) -> jax.Array:
    return jnp.asarray(values, jnp.float32)
