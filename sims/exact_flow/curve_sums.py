"""Sums over the outputs along the curve of the integrable flow: the one place that touches every output.

At a point `(clock s, height h)` of the curve every output has `x = 1 - q + q (h - c s)` and weight `w = q / x`, where
`q` is its probability as a share of the largest one, and `c` its reward less that output's, at the start of the panel
(`curve_panel`). The functions here return sums over the outputs of products of these, at many points of many lanes at
once, in the layout `(outputs, lanes)` for the outputs' data and `(rows, lanes)` for the points.

Up to `UNROLLED_OUTPUTS` outputs the sum is written out, so that XLA fuses it with whatever consumes it into one loop
over rows and lanes that keeps its partial sums in registers. Beyond, it is a scan over chunks of outputs, one scan per
sum: XLA on a CPU computes every output of a fused loop separately anyway. Many outputs on few lanes are cut into
segments that lie side by side as further lanes. Nothing of size `(outputs, rows, lanes)` is ever stored.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Float

from theory.arrays import AnyArray

UNROLLED_OUTPUTS = 16
"""Up to so many outputs a sum is one fused expression."""

CHUNK = 16
"""Outputs summed per step of a scan."""

LOOP_ELEMENTS = 2048
"""Elements that one step of a scan should have at least, for its fixed cost not to dominate."""

Outputs = Float[AnyArray, "outputs lanes"]
Points = Float[AnyArray, "rows lanes"]


def padded_outputs(outputs: int) -> int:
    """The number of outputs that a problem is padded to (with probability 0), so that few shapes are compiled.

    4, 8 and 16, multiples of `CHUNK` to 128, and four significant bits beyond.
    """
    if outputs <= UNROLLED_OUTPUTS:
        return max(4, 1 << (outputs - 1).bit_length())
    unit = max(CHUNK, 2 ** ((outputs - 1).bit_length() - 4))
    return -(-outputs // unit) * unit


def curve_product(share: Outputs, gain: Outputs, clock: Points, height: Points) -> jax.Array:
    """`prod x`, which is one on the curve. Shape `(rows, lanes)`; beyond e^600 and e^-600 it stays there.

    Of many outputs the logarithm is summed, of products of `CHUNK` factors each.
    """

    def term(clock: jax.Array, height: jax.Array, p: jax.Array, a: jax.Array) -> jax.Array:
        return (1.0 - p) + p * (height - a * clock)

    if share.shape[0] <= UNROLLED_OUTPUTS:
        return _reduce(term, jnp.multiply, jnp.multiply, 1.0, (share, gain), (clock, height))
    total = _reduce(term, jnp.multiply, jnp.add, 0.0, (share, gain), (clock, height), finish=jnp.log)
    return jnp.exp(jnp.clip(total, -600.0, 600.0))


def weight_sum(
    share: Outputs,
    gain: Outputs,
    clock: Points,
    height: Points,
    *factors: Outputs,
    power: int = 1,
) -> jax.Array:
    """`sum w**power f1 f2 ...` for further data `f` of shape `(outputs, lanes)`. Returns shape `(rows, lanes)`."""

    def term(clock: jax.Array, height: jax.Array, p: jax.Array, a: jax.Array, *values: jax.Array) -> jax.Array:
        w = p / ((1.0 - p) + p * (height - a * clock))
        result = w
        for _ in range(power - 1):
            result = result * w
        for value in values:
            result = result * value
        return result

    return _reduce(term, jnp.add, jnp.add, 0.0, (share, gain, *factors), (clock, height))


def safe_height(room: Outputs, gain: Outputs, clock: Points) -> jax.Array:
    """`max (c s - room)` over the outputs, shape `(rows, lanes)`; with `room = e / q - 1` every `x >= 1 - e` there."""
    return _reduce(lambda clock, room, a: a * clock - room, jnp.maximum, jnp.maximum, -jnp.inf, (room, gain), (clock,))


def _reduce(
    term: Callable[..., jax.Array],
    combine: Callable[[jax.Array, jax.Array], jax.Array],
    combine_chunks: Callable[[jax.Array, jax.Array], jax.Array],
    start: float,
    data: tuple[AnyArray, ...],
    points: tuple[AnyArray, ...],
    *,
    finish: Callable[[jax.Array], jax.Array] = lambda total: total,
) -> jax.Array:
    """`term(*points, *data)` reduced over the outputs; `finish` is applied to the reduction of a chunk."""
    outputs, lanes = data[0].shape
    rows = points[0].shape[0]

    def chunk_total(chunk: list[tuple[AnyArray, ...]], points: tuple[AnyArray, ...]) -> jax.Array:
        return finish(functools.reduce(combine, [term(*points, *entries) for entries in chunk]))

    if outputs <= UNROLLED_OUTPUTS:
        return chunk_total([tuple(array[k : k + 1] for array in data) for k in range(outputs)], points)

    segments = 1
    while segments * 2 * rows * lanes <= LOOP_ELEMENTS and outputs % (segments * 2 * CHUNK) == 0:
        segments *= 2
    shaped = tuple(array.reshape(-1, CHUNK, segments, lanes) for array in data)
    points = tuple(point[:, None, :] for point in points)

    def body(total: jax.Array, chunk: tuple[AnyArray, ...]) -> tuple[jax.Array, None]:
        entries: list[tuple[AnyArray, ...]] = [tuple(array[k : k + 1] for array in chunk) for k in range(CHUNK)]
        return combine_chunks(total, chunk_total(entries, points)), None

    initial = jnp.full((rows, segments, lanes), start, points[0].dtype)
    total, _ = lax.scan(body, initial, shaped)
    return total.max(axis=1) if combine_chunks is jnp.maximum else total.sum(axis=1)
