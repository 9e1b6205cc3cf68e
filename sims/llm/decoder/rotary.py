"""Rotary position embedding: the frequencies of each architecture, and the turning of queries and keys."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jaxtyping import Array, Float, Float32, Int32

from .config import LinearScaling, Llama3Scaling, RotaryEmbedding


def frequencies(rotary: RotaryEmbedding) -> Float32[Array, " pairs"]:
    """By how many radians a position each pair of features turns.

    Su et al. 2021, section 3.2.2; scaled as in `LinearScaling` or `Llama3Scaling`.

    **Arguments**

    - `rotary`: the embedding; `size / 2` pairs turn.

    **Returns** the angles, largest first.

    >>> frequencies(RotaryEmbedding(base=10_000.0, size=4, scaling=LinearScaling(2.0)))
    Array([0.5  , 0.005], dtype=float32)
    """
    half = rotary.size // 2
    angles = rotary.base ** (-jnp.arange(half, dtype=jnp.float32) / half)
    match rotary.scaling:
        case None:
            return angles
        case LinearScaling(factor):
            return angles / factor
        case Llama3Scaling(factor, low, high, original_context):
            wavelengths = 2 * math.pi / angles
            share = jnp.clip((original_context / wavelengths - low) / (high - low), 0.0, 1.0)
            return (1 - share) * (angles / factor) + share * angles


def rotate(
    heads: Float[Array, "batch length *heads head_size"],
    positions: Int32[Array, "batch length"],
    rotary: RotaryEmbedding,
) -> Float[Array, "batch length *heads head_size"]:
    """Turn the leading features of each head by its position, feature `i` paired with `i + size / 2`.

    **Arguments**

    - `heads`: queries or keys.
    - `positions`: each token's place in its prompt.
    - `rotary`: the embedding.

    **Returns** the turned heads: inner products then depend on differences of positions only.
    """
    half = rotary.size // 2
    angles = positions[:, :, None].astype(jnp.float32) * frequencies(rotary)[None, None, :]
    angles = angles.reshape(positions.shape + (1,) * (heads.ndim - 3) + (half,))
    cosine, sine = jnp.cos(angles), jnp.sin(angles)
    first, second = heads[..., :half].astype(jnp.float32), heads[..., half : 2 * half].astype(jnp.float32)
    turned = [first * cosine - second * sine, second * cosine + first * sine]
    if 2 * half < heads.shape[-1]:
        turned.append(heads[..., 2 * half :].astype(jnp.float32))
    return jnp.concatenate(turned, axis=-1).astype(heads.dtype)
