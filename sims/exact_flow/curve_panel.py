"""One panel of the integrable flow: a piece of its curve, integrated by Gauss-Legendre quadrature at once.

Each lane restarts its panel at the policy that it has reached, in the units where the most likely output has `u = 1`
(`tabular.integrable`): with the shares `q = p / max p`, the gains `c`, which are rewards less that of the most likely
output, and the panel's own clock `s`, the outputs sit at `x = 1 - q + q (h - c s)`. The height `h > 0`, which is the
most likely output's own `x`, is the root of `sum ln x = 0`, which is solved for at all nodes in parallel, and the time
that passes is `int Z ds`, `Z = sum q / x`. Nothing is integrated but that, so no error is carried along the curve but
rounding.

Why these units: where one output holds nearly everything, its own `x` falls far below one, and all times to come scale
with it. As the unknown itself it keeps all its digits; as one plus a difference it would lose them, a thousandfold a
panel. Gains are single differences of the given rewards: those of near-ties keep their digits, too.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Bool, Float

from sims.exact_flow.curve_sums import DOUBLED_SHAPES, height_sums, safe_height, weight_and_watched_sums
from sims.exact_flow.gauss_panel import GaussPanel
from theory.arrays import AnyArray

Outputs = Float[AnyArray, "outputs lanes"]
Rows = Float[AnyArray, "rows lanes"]
Lanes = Float[AnyArray, " lanes"]
Flags = Bool[AnyArray, " lanes"]

HEIGHT_TOLERANCE = 3e-6
"""The root is accepted once the product of all `x` is this close to one, or its logarithm to zero, before a step:
convergence is cubic, so the next would be 1e-17."""

MOST_HEIGHT_STEPS = 4
"""Iterations for the height in one go. A lane that needs more goes on in its next turn: others need not wait."""


class PanelStart(NamedTuple):
    """What a panel needs to know of its start; arrays of shape `(outputs, lanes)` and `(lanes,)`."""

    share: Outputs
    gain: Outputs
    mean: Lanes
    """`h'(0) = E[c]`."""
    steepest: Lanes
    """`max q a`, with the advantages `a = c - E[c]`: the clock at which the first `x` would vanish if the height did
    not bend is one over this."""
    acceleration: Lanes
    """`h''(0) = sum p q a^2`."""
    largest_advantage: Lanes
    longest: Lanes
    """About the clock at which the first output takes over from all others."""


def start_panel(probability: Outputs, proxy_reward: Outputs) -> PanelStart:
    """The start of a panel at a policy; `proxy_reward` in any units, which become those of one over the clock.

    How long a panel may be: by the clock `(0.95 / q + h - 1) / a` the `x` of an output has fallen to a twentieth. If it
    rules alone then, the others have risen by the product 20, for which they need a height of `ln 20 / (1 - p)`, and no
    more if they are many. Beyond, where such an output takes over, nothing is smooth.
    """
    most_likely = jnp.argmax(probability, axis=0)
    largest = jnp.take_along_axis(probability, most_likely[None], axis=0)
    share = probability / largest
    gain = proxy_reward - jnp.take_along_axis(proxy_reward, most_likely[None], axis=0)
    mean = jnp.sum(probability * gain, axis=0)
    advantage = gain - mean[None]
    gradient = share * advantage
    others = jnp.maximum(1 - probability, jnp.finfo(probability.dtype).eps)
    overtaking = jnp.max(gradient / (0.95 + 3.0 * probability / others), axis=0)
    steepest, acceleration = jnp.max(gradient, axis=0), largest[0] * jnp.sum(gradient**2, axis=0)
    return PanelStart(share, gain, mean, steepest, acceleration, jnp.max(advantage, axis=0), 1 / overtaking)


def first_guess(start: PanelStart, clock: Rows) -> AnyArray:
    """A height to start the iteration from, shape `(rows, lanes)`; `raise_to_safety` then keeps every `x > 0`.

    The leading terms of the invariant about `s = 0`, `h = 1 + h'(0) s + h''(0) s^2 / 2`, the last bent into the
    hyperbola with slope `max a` far out (with two outputs that is exact).
    """
    speed = start.acceleration[None] * clock
    bent = speed * clock / (1 + jnp.sqrt(1 + (speed / start.largest_advantage[None]) ** 2))
    return 1 + start.mean[None] * clock + bent


def raise_to_safety(start: PanelStart, clock: Rows, guess: Rows) -> jax.Array:
    """The guess, or the height at which the smallest `x` is a hundredth if it is below that."""
    return jnp.maximum(guess, safe_height(0.99 / start.share - 1, start.gain, clock))


def solve_height(start: PanelStart, clock: Rows, guess: Rows, cautious: Flags, active: Flags) -> tuple:
    """The root `h` of `F = sum ln x` at given clocks, shape `(rows, lanes)`.

    **Returns** it, whether it is settled in each lane, and the number of iterations.

    With `P = prod x`, `Z = sum w = F'`, `Q = sum w^2 = -F''` and `k = Q / Z^2 in (0, 1]` the step is
    `2 h / (Z - k Z h)`, `h = (1 - P) / (1 + P)`. It converges cubically, and it is exact where a single output
    dominates (`k = 1`: it is Newton's step on `P` then). It needs no exponential nor logarithm, and it is bounded by a
    few `1 / Z`. With many outputs it can also run in circles. In `cautious` lanes `k` is therefore replaced by zero
    until `P` is near one: `|2 h| <= |ln P|`, so no step is longer than Newton's on the increasing and concave `F`,
    which converges from everywhere. A step down is cut to nine tenths of `1 / Z`, which is less than the distance to
    the height where the first `x` vanishes, so every `x` stays positive.
    """
    p, a = start.share, start.gain

    def step(carry: tuple) -> tuple:
        height, earlier, count = carry
        distance, first, second = height_sums(p, a, clock, height)
        if p.shape[0] > DOUBLED_SHAPES:
            moved = _by_logarithm(height, distance, first, second, cautious)
        else:
            off = 2 / (2 + distance) - 1
            bend = jnp.where(cautious[None] & (jnp.abs(off) > 0.05), 0.0, second / first * off)
            moved = height + jnp.maximum(2 * off / (first - bend), -0.9 / first)
        # A point that has settled stays, however long its neighbours take: no lane depends on another.
        settled = jnp.abs(earlier) <= HEIGHT_TOLERANCE
        return jnp.where(settled, height, moved), jnp.where(settled, earlier, distance), count + 1

    # The loop carries all distances, though only the largest matters: a maximum over the rows inside the step would
    # compute the product a second time, and slowly.
    def unsettled(carry: tuple) -> jax.Array:
        return jnp.any((jnp.abs(carry[1]) > HEIGHT_TOLERANCE) & active[None]) & (carry[2] < MOST_HEIGHT_STEPS)

    height, distance, count = lax.while_loop(unsettled, step, (guess, jnp.full_like(clock, jnp.inf), jnp.array(0)))
    return height, jnp.max(jnp.abs(distance), axis=0) <= HEIGHT_TOLERANCE, count


def _by_logarithm(height: Rows, logarithm: Rows, first: Rows, second: Rows, cautious: Flags) -> AnyArray:
    """The same iteration for many outputs, whose product can be very far from one: Newton on `P^k`, or on `F`."""
    shape = second / first**2
    curved = jnp.where(cautious[None] & (jnp.abs(logarithm) > 0.1), -logarithm, jnp.expm1(-shape * logarithm) / shape)
    return height + jnp.maximum(curved, -0.9) / first


class PanelValues(NamedTuple):
    """A solved panel: values at the panel's points (nodes, then the right end)."""

    height: Rows
    weight: Rows
    """`Z = dt/ds`."""
    expected: Rows
    """`E_p[watched]`."""


def panel_values(
    start: PanelStart, watched: Outputs, clock: Rows, guess: Rows, cautious: Flags, active: Flags
) -> tuple:
    """`PanelValues` at given clocks, of numbers `watched`, one per output; whether they are settled per lane; and the
    iterations spent on the height."""
    height, settled, count = solve_height(start, clock, guess, cautious, active)
    weight, total = weight_and_watched_sums(start.share, start.gain, clock, height, watched)
    return lax.optimization_barrier(PanelValues(height, weight, total / weight)), settled, count


class PanelEnd(NamedTuple):
    """The derivatives by the clock at a panel's end, in each lane, and what rounding depends on."""

    slope: Lanes
    """`dE[watched]/ds`."""
    bend: Lanes
    """`dZ/ds`."""
    size: Lanes
    """`E[|watched|]`."""


def panel_end(start: PanelStart, watched: Outputs, factors: Outputs, values: PanelValues) -> PanelEnd:
    """The end of a panel at which every output has the `x` that `factors` holds.

    From `dw/ds = w^2 (c - V)` with `V = sum w c / Z` (`theory.tabular.integrable`): `dZ/ds = sum w^2 (c - V)` and, with
    `E = sum w f / Z`, `dE/ds = sum w^2 (c - V) (f - E) / Z`.
    """
    weight, expected = values.weight[-1], values.expected[-1]
    weights = lax.optimization_barrier(start.share / factors)
    mean = jnp.sum(weights * start.gain, axis=0) / weight
    rates = weights**2 * (start.gain - mean[None])
    slope = jnp.sum(rates * (watched - expected[None]), axis=0) / weight
    return PanelEnd(slope, jnp.sum(rates, axis=0), jnp.sum(weights * jnp.abs(watched), axis=0) / weight)


def quadrature(panel: GaussPanel, length: Lanes, weight: Rows) -> tuple[AnyArray, AnyArray]:
    """`int Z ds` over the panel and an estimate of its error, each of shape `(lanes,)`.

    If the Legendre coefficients of `Z` fall like `q^k`, then the error of the rule with `n` nodes is about the last
    coefficient times `q^n`. The ratio `q` is read off the last three pairs of coefficients (pairs, because every other
    coefficient of an even or odd function vanishes), the slower decay of the two counting: a singularity close to one
    end of the panel shows only in a small, slowly falling tail. Rounding is added.
    """
    nodes = weight[: panel.nodes]
    coefficients = jnp.abs(jnp.asarray(panel.legendre[-6:]) @ nodes)
    last, middle, first = (jnp.maximum(coefficients[k], coefficients[k + 1]) for k in (4, 2, 0))
    tiny = jnp.finfo(weight.dtype).tiny
    squared_ratio = jnp.minimum(jnp.maximum(last / (middle + tiny), jnp.sqrt(last / (first + tiny))), 1.0)
    mean = jnp.sum(jnp.asarray(panel.weights)[:, None] * nodes, axis=0)
    error = last * squared_ratio ** (panel.nodes / 2) + 2 * jnp.finfo(weight.dtype).eps * mean
    return length * mean, length * error
