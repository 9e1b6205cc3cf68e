"""The norms of a decoder, computed in float32 whatever the precision around them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .config import DecoderConfig


def root_mean_square_norm(
    hidden: Float[Array, "*batch embedding"], weight: Float[Array, " embedding"], epsilon: float, offset: float = 0.0
) -> Float[Array, "*batch embedding"]:
    """RMSNorm: each vector divided by the root of its mean square, times a learned weight.

    Zhang and Sennrich 2019, equation 4.

    **Arguments**

    - `hidden`: the vectors.
    - `weight`: one factor a feature, `offset` less than what is multiplied by.
    - `epsilon`: added to the mean square.
    - `offset`: 1 where weights are stored as differences from one.

    **Returns** an array of the shape and dtype of `hidden`.
    """
    wide, factor = hidden.astype(jnp.float32), weight.astype(jnp.float32)
    if offset:
        factor = factor + offset
    mean_square = jnp.mean(jnp.square(wide), axis=-1, keepdims=True)
    normed = wide * jax.lax.rsqrt(mean_square + epsilon) * jnp.expand_dims(factor, range(hidden.ndim - 1))
    return normed.astype(hidden.dtype)


def layer_norm(
    hidden: Float[Array, "*batch embedding"],
    weight: Float[Array, " embedding"],
    bias: Float[Array, " embedding"],
    epsilon: float,
) -> Float[Array, "*batch embedding"]:
    """LayerNorm: each vector less its mean, divided by its standard deviation, times a weight plus a bias.

    Ba et al. 2016, equation 4.

    **Arguments** as for `root_mean_square_norm`; `bias` is added last.

    **Returns** an array of the shape and dtype of `hidden`.
    """
    wide = hidden.astype(jnp.float32)
    centred = wide - jnp.mean(wide, axis=-1, keepdims=True)
    spread = jax.lax.rsqrt(jnp.mean(jnp.square(centred), axis=-1, keepdims=True) + epsilon)
    leading = range(hidden.ndim - 1)
    factor, shift = (jnp.expand_dims(vector.astype(jnp.float32), leading) for vector in (weight, bias))
    return (centred * spread * factor + shift).astype(hidden.dtype)


def norm(
    config: DecoderConfig,
    hidden: Float[Array, "*batch embedding"],
    weight: Float[Array, " embedding"],
    bias: Float[Array, " embedding"] | None,
) -> Float[Array, "*batch embedding"]:
    """The norm that the configuration names: LayerNorm where there is a bias, else RMSNorm."""
    if bias is not None:
        return layer_norm(hidden, weight, bias, config.norm_epsilon)
    return root_mean_square_norm(hidden, weight, config.norm_epsilon, config.norm_offset)
