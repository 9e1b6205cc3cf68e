"""Grouped-query attention, and the tokens that each token attends to."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int32

from .config import DecoderConfig

# Accelerators otherwise multiply float32 in 10 to 16 bit mantissas, which costs three digits of every logit.
EXACT = jax.lax.Precision.HIGHEST

# Attention scores of at most this many queries are held at a time: at 8,192 tokens all of them would take 2.4 GB a row.
_QUERY_BLOCK = 512


def attention_scale(config: DecoderConfig) -> float:
    """What inner products of queries and keys are multiplied by."""
    return config.attention_scale or config.head_size**-0.5


def soft_cap(values: Float[Array, "*shape"], cap: float) -> Float[Array, "*shape"]:
    """Values drawn into (-cap, cap) by `cap tanh(value / cap)`; unchanged for a cap of 0 (Bello et al. 2016)."""
    return cap * jnp.tanh(values / cap) if cap else values


def grouped_query_attention(
    query: Float[Array, "batch queries kv_heads group head_size"],
    key: Float[Array, "batch keys kv_heads head_size"],
    value: Float[Array, "batch keys kv_heads head_size"],
    visible: Bool[Array, "batch queries keys"],
    *,
    scale: float | None = None,
    cap: float = 0.0,
) -> Float[Array, "batch queries kv_heads group head_size"]:
    """Softmax attention in which each key/value head serves a group of query heads (Ainslie et al. 2023, section 2.2).

    **Arguments**

    - `query`, `key`, `value`: heads, already rotated.
    - `visible`: which keys each query attends to; at least one each.
    - `scale`: what inner products are multiplied by; `head_size ** -0.5` unless given.
    - `cap`: of `soft_cap` on the scores.

    **Returns** the mixed values, one per query head; the softmax is taken in float32.
    """
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    products = jnp.einsum("bqkgd,bskd->bkgqs", query, key, precision=EXACT, preferred_element_type=jnp.float32)
    scores = soft_cap(scale * products, cap)
    weights = jax.nn.softmax(jnp.where(visible[:, None, None], scores, -jnp.inf), axis=-1)
    return jnp.einsum("bkgqs,bskd->bqkgd", weights.astype(value.dtype), value, precision=EXACT)


def causal_attention(
    config: DecoderConfig,
    query: Float[Array, "batch length kv_heads group head_size"],
    key: Float[Array, "batch length kv_heads head_size"],
    value: Float[Array, "batch length kv_heads head_size"],
    kept: Bool[Array, "batch length"],
    window: Int32[Array, ""] | None,
) -> Float[Array, "batch length kv_heads group head_size"]:
    """Each token attends to itself and to the tokens before it that are not padding.

    **Arguments**

    - `config`: the decoder.
    - `query`, `key`, `value`: heads, already rotated.
    - `kept`: which tokens are not padding.
    - `window`: how many tokens back a token attends, itself included; 0 or None for all.

    **Returns** the mixed values.
    """
    length = query.shape[1]
    places = jnp.arange(length, dtype=jnp.int32)
    mix = partial(
        grouped_query_attention, key=key, value=value, scale=attention_scale(config), cap=config.attention_soft_cap
    )

    def attend(queries: Array, query_places: Array) -> Array:
        causal = places[None, :] <= query_places[:, None]
        if window is not None:
            causal &= (window == 0) | (query_places[:, None] - places[None, :] < window)
        # A padding position sees itself: a softmax over nothing would be NaN and poison gradients.
        itself = places[None, :] == query_places[:, None]
        return mix(queries, visible=(causal[None] & kept[:, None, :]) | itself[None])

    if length <= _QUERY_BLOCK or length % _QUERY_BLOCK:
        return attend(query, places)
    blocks = length // _QUERY_BLOCK
    split = jnp.moveaxis(query.reshape(query.shape[0], blocks, _QUERY_BLOCK, *query.shape[2:]), 1, 0)
    mixed = jax.lax.map(lambda pair: attend(*pair), (split, places.reshape(blocks, _QUERY_BLOCK)))
    return jnp.moveaxis(mixed, 0, 1).reshape(query.shape)
