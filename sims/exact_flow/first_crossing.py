"""The first zero of a function known at the points of a panel, or the verdict that the panel is too long to say."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Bool, Float

from sims.exact_flow.gauss_panel import GaussPanel
from theory.arrays import AnyArray

ROOT_STEPS = 3
"""Safeguarded Newton steps on the polynomial; what they leave is removed on the true curve afterwards."""


class FirstCrossing(NamedTuple):
    """Per lane, shape `(lanes,)`."""

    found: Bool[AnyArray, " lanes"]
    """The function rises through zero inside the panel, and nowhere earlier."""
    unclear: Bool[AnyArray, " lanes"]
    """A maximum comes closer to zero than the interpolation resolves: shorten the panel and ask again."""
    place: Float[AnyArray, " lanes"]
    """Where in [0, 1] the first crossing is, to interpolation accuracy."""


def evaluate(coefficients: Float[AnyArray, "terms lanes"], place: Float[AnyArray, "rows lanes"]) -> AnyArray:
    """A Chebyshev series on [0, 1] at `place`, by Clenshaw's recurrence; shape of `place`, `(rows, lanes)`."""
    doubled = 4 * place - 2
    following: AnyArray = jnp.zeros_like(place)
    current: AnyArray = following
    for k in range(coefficients.shape[0] - 1, 0, -1):
        following, current = current, coefficients[k : k + 1] + doubled * current - following
    return coefficients[:1] + doubled / 2 * current - following


def first_crossing(
    panel: GaussPanel,
    values: Float[AnyArray, "points lanes"],
    coefficients: Float[AnyArray, "points lanes"],
    margin: Float[AnyArray, " lanes"],
) -> FirstCrossing:
    """The first zero, from below, of a function that is negative at the start of the panel.

    **Arguments**

    - `values`: the function at `panel.points`, shape `(points, lanes)`.
    - `coefficients`: Chebyshev coefficients of their interpolant, same shape.
    - `margin`: a bound on the interpolation error between the points, shape `(lanes,)`.

    A sign change between neighbouring points is a crossing. Two crossings between neighbours leave no sign change, but
    then the slope turns from rising to falling between them. Where it does, the two tangents meet above the maximum: if
    they meet below zero by more than the margin there is no crossing; otherwise the panel is `unclear`. A shorter panel
    brings the tangents' meeting place down to the maximum, or one of its points above zero.
    """
    slopes = lax.optimization_barrier(jnp.asarray(panel.slopes) @ values)
    (before, after), (steep, flat) = (values[:-1], values[1:]), (slopes[:-1], slopes[1:])
    gap = jnp.asarray(np.diff(panel.points))[:, None]
    number = jnp.arange(len(gap))[:, None]
    # The first pair of neighbours of which the second is not below zero; all pairs before it are below.
    crossed = jnp.min(jnp.where(after >= 0, number, len(gap)), axis=0)
    at_once = values[0] >= 0
    meeting = (steep * after - flat * before - steep * flat * gap) / (steep - flat)
    touching = (steep > 0) & (flat < 0) & (meeting + margin[None] >= 0) & (number < crossed[None])
    unclear = ~at_once & jnp.any(touching, axis=0)
    chosen = number == jnp.where(at_once | (crossed == len(gap)), 0, crossed)[None]
    edges = jnp.asarray(panel.points)[:, None]
    low, high, below, above = (
        jnp.sum(jnp.where(chosen, column, 0.0), axis=0) for column in (edges[:-1], edges[1:], before, after)
    )
    found = at_once | (crossed < len(gap))
    low, high, found, unclear = lax.optimization_barrier((low, high, found, unclear))

    def improve(_: jax.Array | int, carry: tuple) -> tuple:
        place, low, high = carry
        value, slope = _value_and_slope(coefficients, place)
        low, high = jnp.where(value < 0, place, low), jnp.where(value < 0, high, place)
        newton = place - value / slope
        return jnp.where((newton >= low) & (newton <= high), newton, (low + high) / 2), low, high

    secant = low - (high - low) * below / (above - below)
    place, _, _ = lax.fori_loop(0, ROOT_STEPS, improve, (secant, low, high))
    return FirstCrossing(found, unclear, place)


def _value_and_slope(coefficients: AnyArray, place: AnyArray) -> tuple[jax.Array, jax.Array]:
    """Clenshaw's recurrence for a Chebyshev series on [0, 1], differentiated along."""
    doubled = 4 * place - 2
    following = current = slope_following = slope_current = jnp.zeros_like(place)
    for row in coefficients[:0:-1]:
        slope_following, slope_current = slope_current, 4 * current + doubled * slope_current - slope_following
        following, current = current, row + doubled * current - following
    value = coefficients[0] + doubled / 2 * current - following
    return value, 2 * current + doubled / 2 * slope_current - slope_following
