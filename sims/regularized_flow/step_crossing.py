"""The place inside one accepted step where a smooth quantity first crosses zero: interpolation from its ends (ours).

The quantity and its first two derivatives are known in closed form at both ends of a step, hence a quintic (and, to
judge it, a cubic) Hermite interpolant. Nothing here decides a time: the integrator steps again to the predicted place.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

SAMPLES = 16
"""Interior points at which the interpolant is looked at: enough to see every bump of a quintic that matters."""


class Crossing(NamedTuple):
    """`fraction` of the step at which the interpolant first reaches zero (1 where it does not); whether it is
    `ambiguous`: it is not monotone, and comes within its own error of crossing earlier than the ends say."""

    fraction: jax.Array
    ambiguous: jax.Array


def first_crossing(
    step: jax.Array,
    start: tuple[jax.Array, jax.Array, jax.Array],
    end: tuple[jax.Array, jax.Array, jax.Array],
) -> Crossing:
    """The first upward crossing of zero within a step, for lanes that start below zero.

    **Arguments**

    - `step`: its length.
    - `start`, `end`: the value, first and second derivative at its ends. All of shape `(1, lanes)`.
    """
    y0, d0, c0 = start[0], start[1] * step, start[2] * step**2
    y1, d1, c1 = end[0], end[1] * step, end[2] * step**2
    rise = y1 - y0
    a2 = c0 / 2
    a3 = 10 * rise - 6 * d0 - 4 * d1 - (3 * c0 - c1) / 2
    a4 = -15 * rise + 8 * d0 + 7 * d1 + (3 * c0 - 2 * c1) / 2
    a5 = 6 * rise - 3 * (d0 + d1) - (c0 - c1) / 2

    def quintic(at: jax.Array) -> jax.Array:
        return y0 + at * (d0 + at * (a2 + at * (a3 + at * (a4 + at * a5))))

    points = jnp.arange(1, SAMPLES + 1, dtype=step.dtype)[:, None] / (SAMPLES + 1)
    values = quintic(points)
    slopes = d0 + points * (2 * a2 + points * (3 * a3 + points * (4 * a4 + points * 5 * a5)))
    cubic = y0 + points * (d0 + points * (3 * rise - 2 * d0 - d1 + points * (d0 + d1 - 2 * rise)))
    doubt = jnp.max(jnp.abs(values - cubic), axis=0, keepdims=True)
    # Between two samples the interpolant rises above both by less than an eighth of the largest slope times the gap.
    doubt = doubt + jnp.max(jnp.abs(slopes), axis=0, keepdims=True) / (8 * (SAMPLES + 1))
    monotone = (jnp.min(slopes, axis=0, keepdims=True) >= 0) & (d1 >= 0)
    highest = jnp.max(values, axis=0, keepdims=True)
    before = jnp.where(y1 >= 0, jnp.max(jnp.where(slopes < 0, values, -jnp.inf), axis=0, keepdims=True), highest)
    ambiguous = ~monotone & (before + doubt >= 0)

    above = jnp.concatenate([values, y1]) >= 0
    found = jnp.any(above, axis=0, keepdims=True)
    index = jnp.argmax(above, axis=0)[None, :].astype(step.dtype)
    low, high = index / (SAMPLES + 1), (index + 1) / (SAMPLES + 1)

    def halve(_: jax.Array | int, bracket: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = bracket
        middle = (low + high) / 2
        over = quintic(middle) >= 0
        return jnp.where(over, low, middle), jnp.where(over, middle, high)

    low, high = lax.fori_loop(0, 40, halve, (low, high))
    return Crossing(jnp.where(found, high, 1.0), ambiguous)
