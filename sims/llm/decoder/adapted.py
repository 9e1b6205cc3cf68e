"""A matrix with a low-rank change beside it (Hu et al. 2021, "LoRA", section 4.1)."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Float


class AdaptedMatrix(NamedTuple):
    """`frozen + up down`, whose sum is never formed; with an axis of layers before those of each part, or without.

    It may stand for any matrix of `LayerParameters`. Gradients in `down` and `up` alone need no product of the size of
    the matrix with respect to `frozen`.
    """

    frozen: Float[Array, "*layers outputs inputs"]
    down: Float[Array, "*layers rank inputs"]
    up: Float[Array, "*layers outputs rank"]
