"""One block of a decoder: attention and feed-forward around the residual stream."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int32

from .adapted import AdaptedMatrix
from .attention import EXACT
from .config import Activation, DecoderConfig
from .normalisation import norm, root_mean_square_norm
from .parameters import LayerParameters
from .rotary import rotate

Mix = Callable[[Array, Array, Array], Array]
"""Attention on rotated queries, keys and values, whichever tokens these see."""

Product = Callable[..., Array]
"""Vectors (..., inputs) times a matrix (outputs, inputs), plain or adapted: (..., outputs), in a dtype if given one."""

_ACTIVATIONS: dict[Activation, Callable[[Array], Array]] = {
    "silu": jax.nn.silu,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "gelu_tanh": partial(jax.nn.gelu, approximate=True),
    "relu": jax.nn.relu,
}


def block(
    layer: LayerParameters,
    config: DecoderConfig,
    hidden: Float[Array, "batch length embedding"],
    positions: Int32[Array, "batch length"],
    mix: Mix,
    product: Product | None = None,
) -> Float[Array, "batch length embedding"]:
    """The residual stream after one block.

    Touvron et al. 2023, section 2.2 (norms before each half); Black et al. 2022, section 2.1.2 (parallel residual);
    Gemma Team 2024, "Gemma 2", section 2 (norms after each half).

    **Arguments**

    - `layer`: the block's own parameters, without the axis of layers.
    - `config`: the decoder.
    - `hidden`: the residual stream.
    - `positions`: each token's place in its prompt.
    - `mix`: attention, on queries (batch, length, kv_heads, group, head_size) and keys and values (batch, length,
      kv_heads, head_size).
    - `product`: how vectors and matrices are multiplied, if not as suits many rows.
    """
    project = partial(_project, product or many_rows)
    normed = norm(config, hidden, layer.attention_norm, layer.attention_norm_bias)
    attended = _attention(layer, config, normed, positions, mix, project)
    if layer.post_attention_norm is not None:
        attended = norm(config, attended, layer.post_attention_norm, None)
    read = hidden if config.parallel_residual else hidden + attended
    normed = norm(config, read, layer.feed_forward_norm, layer.feed_forward_norm_bias)
    fed = _feed_forward(layer, config, normed, project)
    if layer.post_feed_forward_norm is not None:
        fed = norm(config, fed, layer.post_feed_forward_norm, None)
    return hidden + attended + fed


def many_rows(hidden: Array, matrix: Array | AdaptedMatrix, dtype: type | None = None) -> Array:
    """The product as it is written, in `dtype` if that is not the one of the vectors."""
    if isinstance(matrix, AdaptedMatrix):
        change = many_rows(many_rows(hidden, matrix.down), matrix.up, dtype)
        return many_rows(hidden, matrix.frozen, dtype) + change
    return jnp.einsum("...i,oi->...o", hidden, matrix, precision=EXACT, preferred_element_type=dtype)


def few_rows(hidden: Array, matrix: Array | AdaptedMatrix, dtype: type | None = None) -> Array:
    """The same with vectors in columns, which on a CPU takes little more than half the time for some tens of them.

    The barriers keep the compiler from turning it back. It is for decoding: gradients go through it slowly.
    """
    if isinstance(matrix, AdaptedMatrix):
        change = many_rows(many_rows(hidden, matrix.down), matrix.up, dtype)
        return few_rows(hidden, matrix.frozen, dtype) + change
    columns = jax.lax.optimization_barrier(hidden.reshape(-1, hidden.shape[-1]).T)
    found = jnp.einsum("oi,in->on", matrix, columns, precision=EXACT, preferred_element_type=dtype)
    return jax.lax.optimization_barrier(found).T.reshape(*hidden.shape[:-1], -1)


Project = Callable[[Array, Array, Array | None], Array]


def _project(product: Product, hidden: Array, matrix: Array | AdaptedMatrix, bias: Array | None) -> Array:
    result = product(hidden, matrix)
    return result if bias is None else result + bias[None, None, :]


def _feed_forward(layer: LayerParameters, config: DecoderConfig, normed: Array, project: Project) -> Array:
    activation = _ACTIVATIONS[config.activation]
    if layer.gate is None:
        inner = activation(project(normed, layer.up, layer.up_bias))
    else:
        gate = activation(project(normed, layer.gate, layer.gate_bias))
        inner = gate * project(normed, layer.up, layer.up_bias)
    return project(inner, layer.down, layer.down_bias)


def _attention(
    layer: LayerParameters, config: DecoderConfig, normed: Array, positions: Array, mix: Mix, project: Project
) -> Array:
    batch, length, _ = normed.shape
    group = config.query_heads // config.key_value_heads
    key_shape = (batch, length, config.key_value_heads, config.head_size)
    query = project(normed, layer.query, layer.query_bias)
    query = query.reshape(batch, length, config.key_value_heads, group, config.head_size)
    key = project(normed, layer.key, layer.key_bias).reshape(key_shape)
    if layer.query_norm is not None and layer.key_norm is not None:
        query = root_mean_square_norm(query, layer.query_norm, config.norm_epsilon)
        key = root_mean_square_norm(key, layer.key_norm, config.norm_epsilon)
    query, key = (rotate(heads, positions, config.rotary) for heads in (query, key))
    value = project(normed, layer.value, layer.value_bias).reshape(key_shape)
    mixed = mix(query, key, value).reshape(batch, length, -1)
    return project(mixed, layer.attention_output, layer.attention_output_bias)
