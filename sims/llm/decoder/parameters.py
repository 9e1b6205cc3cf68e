"""The parameters of a decoder, a pytree, and the shapes that a configuration gives them."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .config import DecoderConfig


class LayerParameters(NamedTuple):
    """The weights of every block, stacked along the first axis for `jax.lax.scan`; matrices are (outputs, inputs).

    What an architecture does not have is None.
    """

    attention_norm: Float[Array, "layers embedding"]
    query: Float[Array, "layers queries embedding"]
    key: Float[Array, "layers keys embedding"]
    value: Float[Array, "layers keys embedding"]
    attention_output: Float[Array, "layers embedding queries"]
    feed_forward_norm: Float[Array, "layers embedding"]
    up: Float[Array, "layers inner embedding"]
    down: Float[Array, "layers embedding inner"]
    gate: Float[Array, "layers inner embedding"] | None = None
    attention_norm_bias: Float[Array, "layers embedding"] | None = None
    query_bias: Float[Array, "layers queries"] | None = None
    key_bias: Float[Array, "layers keys"] | None = None
    value_bias: Float[Array, "layers keys"] | None = None
    query_norm: Float[Array, "layers head_size"] | None = None
    key_norm: Float[Array, "layers head_size"] | None = None
    attention_output_bias: Float[Array, "layers embedding"] | None = None
    post_attention_norm: Float[Array, "layers embedding"] | None = None
    feed_forward_norm_bias: Float[Array, "layers embedding"] | None = None
    gate_bias: Float[Array, "layers inner"] | None = None
    up_bias: Float[Array, "layers inner"] | None = None
    down_bias: Float[Array, "layers embedding"] | None = None
    post_feed_forward_norm: Float[Array, "layers embedding"] | None = None


class DecoderParameters(NamedTuple):
    """All weights of a decoder, a pytree.

    `layers` may also be a tuple with the weights of each block, where `layers.with_layers_apart` has taken them apart.
    `unembedding` is None when the model uses `embedding` for it too, or has a classification head: then `score` is one.
    """

    embedding: Float[Array, "vocabulary embedding"]
    layers: LayerParameters | tuple[LayerParameters, ...]
    output_norm: Float[Array, " embedding"]
    unembedding: Float[Array, "vocabulary embedding"] | None = None
    output_norm_bias: Float[Array, " embedding"] | None = None
    score: Float[Array, "labels embedding"] | None = None


def layer_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter of one block that the configuration has, by its field of `LayerParameters`."""
    queries, keys = config.query_heads * config.head_size, config.key_value_heads * config.head_size
    embedding, inner = config.embedding_size, config.feed_forward_size
    shapes: dict[str, tuple[int, ...]] = {
        "attention_norm": (embedding,),
        "query": (queries, embedding),
        "key": (keys, embedding),
        "value": (keys, embedding),
        "attention_output": (embedding, queries),
        "feed_forward_norm": (embedding,),
        "up": (inner, embedding),
        "down": (embedding, inner),
    }
    if config.gated:
        shapes["gate"] = (inner, embedding)
    if config.normalisation == "layer":
        shapes |= {"attention_norm_bias": (embedding,), "feed_forward_norm_bias": (embedding,)}
    if config.query_key_value_bias:
        shapes |= {"query_bias": (queries,), "key_bias": (keys,), "value_bias": (keys,)}
    if config.head_norms:
        shapes |= {"query_norm": (config.head_size,), "key_norm": (config.head_size,)}
    if config.attention_output_bias:
        shapes["attention_output_bias"] = (embedding,)
    if config.feed_forward_bias:
        shapes |= {"up_bias": (inner,), "down_bias": (embedding,)}
        if config.gated:
            shapes["gate_bias"] = (inner,)
    if config.post_norms:
        shapes |= {"post_attention_norm": (embedding,), "post_feed_forward_norm": (embedding,)}
    return shapes


def outer_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter outside the blocks, by its field of `DecoderParameters`."""
    shapes: dict[str, tuple[int, ...]] = {
        "embedding": (config.vocabulary_size, config.embedding_size),
        "output_norm": (config.embedding_size,),
    }
    if config.normalisation == "layer":
        shapes["output_norm_bias"] = (config.embedding_size,)
    if config.labels:
        shapes["score"] = (config.labels, config.embedding_size)
    elif not config.tied:
        shapes["unembedding"] = shapes["embedding"]
    return shapes


def random_parameters(config: DecoderConfig, seed: int, dtype: str = "float32") -> DecoderParameters:
    """Random parameters of a decoder's real sizes, for measurements that need no trained ones.

    **Arguments**

    - `config`: the decoder.
    - `seed`: of the random numbers, which do not depend on the device.
    - `dtype`: `float32` or `bfloat16`.

    **Returns** matrices of standard normal numbers times the root of two over their inputs (embeddings: times 0.02 over
    the scale that they are multiplied by), norms of one, biases of zero.
    """
    random = np.random.default_rng(seed)

    def draw(name: str, shape: tuple[int, ...]) -> Array:
        if "norm" in name or "bias" in name:
            value = 1.0 - config.norm_offset if "norm" in name and "bias" not in name else 0.0
            return jnp.full(shape, value, dtype)
        spread = 0.02 / config.embedding_scale if name == "embedding" else (2 / shape[-1]) ** 0.5
        return jnp.asarray(random.standard_normal(shape, np.float32) * np.float32(spread), dtype)

    outer = {name: draw(name, shape) for name, shape in outer_shapes(config).items()}
    stacked = {name: draw(name, (config.layers, *shape)) for name, shape in layer_shapes(config).items()}
    return DecoderParameters(layers=LayerParameters(**stacked), **outer)


def count_parameters(parameters: DecoderParameters) -> int:
    """The number of numbers in a decoder's parameters."""
    return sum(leaf.size for leaf in jax.tree.leaves(parameters))
