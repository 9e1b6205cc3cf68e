"""Log-probabilities of tokens in blocks, and their gradient: those of all logits at once, and of differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import DecoderConfig, DecoderParameters
from sims.llm.decoder.forward import hidden_states, unembed
from sims.llm.sampling.log_probability import token_log_probabilities

Rows = tuple[jax.Array, jax.Array]


@pytest.fixture(scope="module")
def rows(tiny_config: DecoderConfig) -> Rows:
    """More tokens than one block of logits has, some of them padding on the left."""
    random = np.random.default_rng(1)
    token_ids = random.integers(0, tiny_config.vocabulary_size, (6, 60))
    kept = np.arange(60)[None, :] >= np.array([0, 3, 10, 0, 59, 30])[:, None]
    return jnp.asarray(token_ids, jnp.int32), jnp.asarray(kept)


def at_once(parameters: DecoderParameters, config: DecoderConfig, token_ids: jax.Array, kept: jax.Array) -> jax.Array:
    """The same with all logits held, and nothing computed twice."""
    logits = unembed(parameters, config, hidden_states(parameters, config, token_ids, kept))[:, :-1]
    found = jnp.take_along_axis(jax.nn.log_softmax(logits), token_ids[:, 1:, None], axis=-1)[..., 0]
    return jnp.pad(jnp.where(kept[:, 1:] & kept[:, :-1], found, 0.0), ((0, 0), (1, 0)))


def test_blocks_give_what_all_logits_give(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters, rows: Rows
) -> None:
    expected = at_once(tiny_parameters, tiny_config, *rows)
    found = token_log_probabilities(tiny_parameters, tiny_config, *rows)
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert (np.asarray(found)[:, 0] == 0).all()
    assert (np.asarray(found)[~np.asarray(rows[1])] == 0).all()


def test_tokens_before_the_first_are_left_out(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters, rows: Rows
) -> None:
    everything = np.array(token_log_probabilities(tiny_parameters, tiny_config, *rows))
    found = token_log_probabilities(tiny_parameters, tiny_config, *rows, first=20)
    everything[:, :20] = 0
    np.testing.assert_allclose(found, everything, atol=2e-6)


def test_the_gradient_is_that_of_all_logits_and_of_differences(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters, rows: Rows
) -> None:
    advantages = jnp.asarray([1.0, -0.5, 2.0, 0.3, -1.0, 0.7])

    def value(parameters: DecoderParameters, of_tokens: object = token_log_probabilities) -> jax.Array:
        assert callable(of_tokens)
        return jnp.mean(advantages * jnp.sum(of_tokens(parameters, tiny_config, *rows), axis=1))

    gradient = jax.jit(jax.grad(value))(tiny_parameters)
    expected = jax.grad(lambda parameters: value(parameters, at_once))(tiny_parameters)
    leaves, expected_leaves = jax.tree.leaves(gradient), jax.tree.leaves(expected)
    size = np.sqrt(sum(np.sum(np.square(leaf, dtype=np.float64)) for leaf in expected_leaves))
    for leaf, wanted in zip(leaves, expected_leaves, strict=True):
        np.testing.assert_allclose(leaf, wanted, atol=2e-5 * size)
    # Along the gradient itself the slope is largest, so a difference in float32 sees it well.
    step = 2e-3
    above, below = (
        float(value(jax.tree.map(lambda x, g, s=s: x + jnp.float32(s / size) * g, tiny_parameters, gradient)))
        for s in (step, -step)
    )
    assert (above - below) / (2 * step) == pytest.approx(size, rel=2e-2)
