"""Sums over the outputs along the curve of the integrable flow: the one place that touches every output.

At a point `(clock s, height h)` of the curve every output has `x = 1 - q + q (h - c s)` and weight `w = q / x`, where
`q` is its probability as a share of the largest one, and `c` its reward less that output's, at the start of the panel
(`curve_panel`). The functions here return sums over the outputs of products of these, at many points of many lanes at
once, in the layout `(outputs, lanes)` for the outputs' data and `(rows, lanes)` for the points.

Up to `FEW_OUTPUTS` outputs the terms of all of them are computed at once and then added in pairs: a few small programs,
which compile fast. Beyond, a sum is a scan over chunks of outputs, one scan per sum: XLA on a CPU computes every output
of a fused loop separately anyway. Many outputs on few lanes are cut into segments that lie side by side as further
lanes. Nothing of size `(outputs, rows, lanes)` is stored then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Float

from theory.arrays import AnyArray

FEW_OUTPUTS = 128
"""Up to so many outputs the terms of a sum are stored."""

SMALLEST_SHAPE, DOUBLED_SHAPES = 4, 16
"""Numbers of outputs that are compiled begin with the first, and are powers of two up to the second."""

CHUNK = 16
"""Outputs summed per step of a scan."""

LOOP_ELEMENTS = 2048
"""Elements that one step of a scan should have at least, for its fixed cost not to dominate."""

Outputs = Float[AnyArray, "outputs lanes"]
Points = Float[AnyArray, "rows lanes"]
Combine = Callable[[jax.Array, jax.Array], jax.Array]


def padded_outputs(outputs: int) -> int:
    """The number of outputs that a problem is padded to (with probability 0), so that few shapes are compiled.

    4, 8 and 16, multiples of `CHUNK` to 128, and four significant bits beyond.
    """
    if outputs <= DOUBLED_SHAPES:
        return max(SMALLEST_SHAPE, 1 << (outputs - 1).bit_length())
    unit = max(CHUNK, 2 ** ((outputs - 1).bit_length() - 4))
    return -(-outputs // unit) * unit


def height_sums(share: Outputs, gain: Outputs, clock: Points, height: Points) -> tuple[Points, Points, Points]:
    """How far `prod x` is from one, which it is on the curve, `sum w` and `sum w^2`, each of shape `(rows, lanes)`.

    Up to `DOUBLED_SHAPES` outputs the first is the product less one. Beyond, it is the product's logarithm, at most 600
    in size; of very many outputs the sum of those of products of `CHUNK` factors each.
    """
    if share.shape[0] > FEW_OUTPUTS:
        point = (share, gain, clock, height)
        return _log_product(*point), weight_sum(*point), weight_sum(*point, power=2)
    factors = _factors(share, gain, clock, height)
    weights = lax.optimization_barrier(share[:, None] / factors)
    product = _in_pairs(jnp.multiply, factors)
    # Where the product overflows its logarithm is bounded anyway: one logarithm instead of one for each chunk.
    distance = product - 1.0 if share.shape[0] <= DOUBLED_SHAPES else _bounded(jnp.log(product))
    return distance, _in_pairs(jnp.add, weights), _in_pairs(jnp.add, weights**2)


def weight_and_watched_sums(
    share: Outputs, gain: Outputs, clock: Points, height: Points, watched: Outputs
) -> tuple[Points, Points]:
    """`sum w` and `sum w f` for data `f = watched`, each of shape `(rows, lanes)`."""
    if share.shape[0] > FEW_OUTPUTS:
        point = (share, gain, clock, height)
        return weight_sum(*point), weight_sum(*point, watched)
    weights = lax.optimization_barrier(share[:, None] / _factors(share, gain, clock, height))
    return _in_pairs(jnp.add, weights), _in_pairs(jnp.add, weights * watched[:, None])


def _factors(share: Outputs, gain: Outputs, clock: Points, height: Points) -> Float[AnyArray, "outputs rows lanes"]:
    """Every `x`."""
    p, a = share[:, None], gain[:, None]
    # A barrier: XLA would otherwise compute them again for each sum, every output in an expression of its own.
    return lax.optimization_barrier((1.0 - p) + p * (height[None] - a * clock[None]))


def _in_pairs(combine: Combine, terms: AnyArray) -> jax.Array:
    """The terms reduced along the first axis."""
    left = jnp.asarray(terms)
    while len(left) > 1:
        half, odd = divmod(len(left), 2)
        halves = combine(left[:half], left[half : 2 * half])
        left = jnp.concatenate([halves, left[-1:]]) if odd else halves
    return left[0]


def _bounded(logarithm: AnyArray) -> jax.Array:
    return jnp.clip(logarithm, -600.0, 600.0)


def _log_product(share: Outputs, gain: Outputs, clock: Points, height: Points) -> jax.Array:
    """`ln prod x` of many outputs."""

    def term(clock: jax.Array, height: jax.Array, p: jax.Array, a: jax.Array) -> jax.Array:
        return (1.0 - p) + p * (height - a * clock)

    return _bounded(_reduce(term, jnp.multiply, jnp.add, 0.0, (share, gain), (clock, height), finish=jnp.log))


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
    if room.shape[0] <= FEW_OUTPUTS:
        return _in_pairs(jnp.maximum, lax.optimization_barrier(gain[:, None] * clock[None] - room[:, None]))
    return _reduce(lambda clock, room, a: a * clock - room, jnp.maximum, jnp.maximum, -jnp.inf, (room, gain), (clock,))


def _reduce(
    term: Callable[..., jax.Array],
    combine: Combine,
    combine_chunks: Combine,
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
