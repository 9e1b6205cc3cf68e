"""A Llama decoder in float64, written again for comparison: nothing of `sims.llm` computes here."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters


def check_kind(config: DecoderConfig) -> None:
    """Refuses what this decoder lacks. **Raises** `ValueError`."""
    plain = DecoderConfig(
        config.layers,
        config.embedding_size,
        config.feed_forward_size,
        config.query_heads,
        config.key_value_heads,
        config.head_size,
        config.vocabulary_size,
        config.context_length,
        config.rotary,
        config.norm_epsilon,
        tied=config.tied,
    )
    if config != plain or config.rotary.scaling or config.rotary.size != config.head_size:
        raise ValueError("the float64 decoder knows Llama with plain rotary embeddings only")


def in_double(parameters: DecoderParameters) -> DecoderParameters:
    """Parameters in float64; JAX's double precision has to be on."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), parameters)


def _normed(hidden: jax.Array, weight: jax.Array, epsilon: float) -> jax.Array:
    return hidden / jnp.sqrt(jnp.mean(hidden**2, axis=-1, keepdims=True) + epsilon) * weight[None, :]


def _turned(heads: jax.Array, base: float) -> jax.Array:
    """Heads (length, heads, size) turned by position: features as complex numbers, the second half imaginary."""
    length, _, size = heads.shape
    angles = jnp.arange(length)[:, None] * base ** (-jnp.arange(size // 2) / (size // 2))[None, :]
    first, second = heads[..., : size // 2], heads[..., size // 2 :]
    cosine, sine = jnp.cos(angles)[:, None, :], jnp.sin(angles)[:, None, :]
    return jnp.concatenate([first * cosine - second * sine, first * sine + second * cosine], axis=-1)


def _attended(layer: Any, config: DecoderConfig, normed: jax.Array) -> jax.Array:
    length, group = len(normed), config.query_heads // config.key_value_heads
    query, key, value = (
        (normed @ matrix.T).reshape(length, -1, config.head_size) for matrix in (layer.query, layer.key, layer.value)
    )
    query, key = _turned(query, config.rotary.base), _turned(key, config.rotary.base)
    key, value = jnp.repeat(key, group, axis=1), jnp.repeat(value, group, axis=1)
    scores = jnp.einsum("qhd,khd->hqk", query, key) / config.head_size**0.5
    causal = jnp.tril(jnp.ones((length, length), bool))
    weights = jax.nn.softmax(jnp.where(causal[None], scores, -jnp.inf), axis=-1)
    return jnp.einsum("hqk,khd->qhd", weights, value).reshape(length, -1) @ layer.attention_output.T


def all_logits(parameters: DecoderParameters, config: DecoderConfig, tokens: jax.Array) -> jax.Array:
    """The logits after each token of one row without padding, shape `(length, vocabulary)`."""
    hidden = parameters.embedding[tokens]

    def block(hidden: jax.Array, layer: Any) -> tuple[jax.Array, None]:
        epsilon = config.norm_epsilon
        hidden = hidden + _attended(layer, config, _normed(hidden, layer.attention_norm, epsilon))
        normed = _normed(hidden, layer.feed_forward_norm, epsilon)
        gate = normed @ layer.gate.T
        inner = gate / (1 + jnp.exp(-gate)) * (normed @ layer.up.T)
        return hidden + inner @ layer.down.T, None

    hidden, _ = jax.lax.scan(block, hidden, parameters.layers)
    matrix = parameters.embedding if parameters.unembedding is None else parameters.unembedding
    return _normed(hidden, parameters.output_norm, config.norm_epsilon) @ matrix.T


def row_log_probabilities(parameters: DecoderParameters, config: DecoderConfig, tokens: jax.Array) -> jax.Array:
    """The log-probability of each token of a row but the first, given those before it."""
    logs = jax.nn.log_softmax(all_logits(parameters, config, tokens)[:-1], axis=-1)
    return jnp.take_along_axis(logs, tokens[1:, None], axis=-1)[:, 0]
