"""A Llama decoder as pure functions of its parameters, in float32, on whatever device JAX computes with.

Architecture: Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models", section 2.2 (RMSNorm before
each half of a block, SwiGLU, rotary positions); grouped-query attention: Ainslie et al. 2023, section 2.2.

Prompts are padded on the left to one length, so that the last position of every row is the last token of its prompt.
Logits of all positions at once are never formed: they would be (batch, length, vocabulary).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float32, Int32

from .decoder_config import DecoderConfig

# Accelerators otherwise multiply float32 in 10 to 16 bit mantissas, which costs three digits of every logit.
_EXACT = jax.lax.Precision.HIGHEST

# Attention scores of at most this many queries are held at a time: at 8,192 tokens all of them would take 2.4 GB a row.
_QUERY_BLOCK = 512


class LayerParameters(NamedTuple):
    """The weights of every block, stacked along the first axis for `jax.lax.scan`; matrices are (outputs, inputs)."""

    attention_norm: Float32[Array, "layers embedding"]
    query: Float32[Array, "layers queries embedding"]
    key: Float32[Array, "layers keys embedding"]
    value: Float32[Array, "layers keys embedding"]
    attention_output: Float32[Array, "layers embedding queries"]
    feed_forward_norm: Float32[Array, "layers embedding"]
    gate: Float32[Array, "layers inner embedding"]
    up: Float32[Array, "layers inner embedding"]
    down: Float32[Array, "layers embedding inner"]


class DecoderParameters(NamedTuple):
    """All weights of a decoder, a pytree. `unembedding` is None when the model uses `embedding` for it too."""

    embedding: Float32[Array, "vocabulary embedding"]
    layers: LayerParameters
    output_norm: Float32[Array, " embedding"]
    unembedding: Float32[Array, "vocabulary embedding"] | None


def root_mean_square_norm(
    hidden: Float32[Array, "batch length embedding"], weight: Float32[Array, " embedding"], epsilon: float
) -> Float32[Array, "batch length embedding"]:
    """RMSNorm: each vector divided by the root of its mean square, times a learned weight.

    Zhang and Sennrich 2019, equation 4.

    **Returns** an array of the shape of `hidden`.
    """
    mean_square = jnp.mean(jnp.square(hidden), axis=-1, keepdims=True)
    return hidden * jax.lax.rsqrt(mean_square + epsilon) * weight[None, None, :]


def rotate(
    heads: Float32[Array, "batch length *heads head_size"], positions: Int32[Array, "batch length"], base: float
) -> Float32[Array, "batch length *heads head_size"]:
    """Rotary position embedding (Su et al. 2021, section 3.2.2), feature `i` paired with `i + head_size / 2`.

    **Arguments**

    - `heads`: queries or keys.
    - `positions`: each token's place in its prompt.
    - `base`: pair `i` turns by `base ** (-2 i / head_size)` radians a position.

    **Returns** the rotated heads: inner products then depend on differences of positions only.
    """
    half = heads.shape[-1] // 2
    frequencies = base ** (-jnp.arange(half, dtype=jnp.float32) / half)
    angles = positions[:, :, None].astype(jnp.float32) * frequencies[None, None, :]
    angles = angles.reshape(positions.shape + (1,) * (heads.ndim - 3) + (half,))
    cosine, sine = jnp.cos(angles), jnp.sin(angles)
    first, second = heads[..., :half], heads[..., half:]
    return jnp.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)


def grouped_query_attention(
    query: Float32[Array, "batch queries kv_heads group head_size"],
    key: Float32[Array, "batch keys kv_heads head_size"],
    value: Float32[Array, "batch keys kv_heads head_size"],
    visible: Bool[Array, "batch queries keys"],
) -> Float32[Array, "batch queries kv_heads group head_size"]:
    """Softmax attention in which each key/value head serves a group of query heads (Ainslie et al. 2023, section 2.2).

    **Arguments**

    - `query`, `key`, `value`: heads, already rotated.
    - `visible`: which keys each query attends to; at least one each.

    **Returns** the mixed values, one per query head.
    """
    scale = query.shape[-1] ** -0.5
    scores = scale * jnp.einsum("bqkgd,bskd->bkgqs", query, key, precision=_EXACT)
    weights = jax.nn.softmax(jnp.where(visible[:, None, None], scores, -jnp.inf), axis=-1)
    return jnp.einsum("bkgqs,bskd->bqkgd", weights, value, precision=_EXACT)


def hidden_states(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "batch length"],
    lengths: Int32[Array, " batch"],
) -> Float32[Array, "batch length embedding"]:
    """Run the decoder up to its last norm.

    **Arguments**

    - `parameters`, `config`: the model.
    - `token_ids`: prompts padded on the left; what stands in the padding is ignored.
    - `lengths`: the number of tokens of each prompt, at least 1.

    **Returns** the normed hidden state at each position; those of padding carry no meaning.
    """
    length = token_ids.shape[1]
    places = jnp.arange(length, dtype=jnp.int32)
    padding = (length - lengths).astype(jnp.int32)
    positions = jnp.maximum(places[None, :] - padding[:, None], 0)
    hidden = parameters.embedding[token_ids]

    def block(hidden: Array, layer: LayerParameters) -> tuple[Array, None]:
        normed = root_mean_square_norm(hidden, layer.attention_norm, config.norm_epsilon)
        hidden = hidden + _attention(layer, config, normed, positions, padding)
        normed = root_mean_square_norm(hidden, layer.feed_forward_norm, config.norm_epsilon)
        return hidden + _feed_forward(layer, normed), None

    hidden, _ = jax.lax.scan(block, hidden, parameters.layers)
    return root_mean_square_norm(hidden, parameters.output_norm, config.norm_epsilon)


def next_token_logits(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "batch length"],
    lengths: Int32[Array, " batch"],
) -> Float32[Array, "batch vocabulary"]:
    """The logits of the token after each prompt.

    **Arguments** as for `hidden_states`.

    **Returns** one row of logits a prompt; memory is (batch, vocabulary), not (batch, length, vocabulary).
    """
    last = hidden_states(parameters, config, token_ids, lengths)[:, -1]
    return unembed(parameters, last)


def unembed(
    parameters: DecoderParameters, hidden: Float32[Array, "batch embedding"]
) -> Float32[Array, "batch vocabulary"]:
    """Logits from normed hidden states, with the embedding itself where the model ties the two."""
    matrix = parameters.embedding if parameters.unembedding is None else parameters.unembedding
    return jnp.einsum("be,ve->bv", hidden, matrix, precision=_EXACT)


def _project(hidden: Array, matrix: Array) -> Array:
    return jnp.einsum("bli,oi->blo", hidden, matrix, precision=_EXACT)


def _feed_forward(layer: LayerParameters, normed: Array) -> Array:
    return _project(jax.nn.silu(_project(normed, layer.gate)) * _project(normed, layer.up), layer.down)


def _attention(layer: LayerParameters, config: DecoderConfig, normed: Array, positions: Array, padding: Array) -> Array:
    batch, length, _ = normed.shape
    group = config.query_heads // config.key_value_heads
    key_shape = (batch, length, config.key_value_heads, config.head_size)
    query = _project(normed, layer.query).reshape(batch, length, config.key_value_heads, group, config.head_size)
    query = rotate(query, positions, config.rotary_base)
    key = rotate(_project(normed, layer.key).reshape(key_shape), positions, config.rotary_base)
    value = _project(normed, layer.value).reshape(key_shape)
    places = jnp.arange(length, dtype=jnp.int32)

    def attend(queries: Array, query_places: Array) -> Array:
        causal = places[None, :] <= query_places[:, None]
        real = places[None, :] >= padding[:, None]
        # A padding position sees itself: a softmax over nothing would be NaN and poison gradients.
        itself = places[None, :] == query_places[:, None]
        visible = (causal[None] & real[:, None, :]) | itself[None]
        return grouped_query_attention(queries, key, value, visible)

    if length <= _QUERY_BLOCK or length % _QUERY_BLOCK:
        mixed = attend(query, places)
    else:
        blocks = length // _QUERY_BLOCK
        split = jnp.moveaxis(query.reshape(batch, blocks, _QUERY_BLOCK, *query.shape[2:]), 1, 0)
        mixed = jax.lax.map(lambda pair: attend(*pair), (split, places.reshape(blocks, _QUERY_BLOCK)))
        mixed = jnp.moveaxis(mixed, 0, 1)
    return _project(mixed.reshape(batch, length, -1), layer.attention_output)
