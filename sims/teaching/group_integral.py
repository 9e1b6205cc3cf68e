r"""Mean advantages in groups of samples of any rewards, divided by the group's deviation: one exact double integral.

**Statement** (ours). Let `y_1 ... y_G` be independent samples of `p`, `m` the mean of their rewards, `S` the sum of
`(r_g - m)^2`, and `s = sqrt(S / D)` with `D = G` or `G - 1`. Then, with `a = epsilon sqrt(D)`,

    h_i = E[(r_i - m) / (s + epsilon) | y_1 = i]
        = (2 sqrt(D G) / pi) int_0^inf dx/x w(a x) int dz (-z) exp(-z^2) phi_i(x, z)^(G - 1),
    phi_i(x, z) = sum_j p_j exp(-(z + x (r_i - r_j))^2),        w(b) = 1 - sqrt(pi) b exp(b^2) erfc(b).

**Proof.** `1 / (sqrt(S) + a)` is the Laplace transform at `S` of `1 / sqrt(pi v) - a exp(a^2 v) erfc(a sqrt(v))`; with
`v = x^2` it is `(2 / sqrt(pi)) int_0^inf w(a x) exp(-x^2 S) dx`. As `sum_g (r_g - c)^2 = S + G (m - c)^2`, the normal
density about `m` gives `(r_i - m) exp(-x^2 S) = x sqrt(G / pi) int dc (r_i - c) prod_g exp(-x^2 (r_g - c)^2)`, in which
the samples are separate factors: the expectation over the other `G - 1` of them is the `(G - 1)`-th power of one sum.
Put `c = r_i + z / x`. Groups of equal rewards contribute nothing, as their part is odd in `z`. The mean update of a
tabular policy is `p_i h_i`, by `E[sum_g A_g 1(y_g = i)] = G p_i h_i`. ∎

**Quadrature.** The trapezoidal rule in `z`, whose integrand is a sum of Gaussian functions no narrower than
`exp(-G z^2)`, and in `u`, with `x = exp(u - exp(-u)) / sqrt(max S)`. Both converge faster than any power; with the
spacings here advantages are exact to 3e-4 (the largest possible one is `sqrt(G - 1)`).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float, Float32, Int
from scipy.special import erfcx

from theory.arrays import AnyArray

SPACING_U, FIRST_U, REACH_X = 0.4, -2.2, 3.5
"""Of the nodes in `u`; they end where `x` times the smallest positive `sqrt(S)` is `REACH_X`."""

SPACING_Z, LARGEST_Z = 0.85, 3.3
"""Spacing of the nodes in `z` times `sqrt(G)`, and where they end."""

NODE_UNIT = 8
"""Numbers of nodes are rounded up to multiples of this, so that few shapes are compiled."""

Outputs = Float[AnyArray, "outputs lanes"]


class GroupIntegral(NamedTuple):
    """Float32: what it rounds is far below the error of the quadrature, and twice as many numbers fit a cache.

    **Fields**, places being all pairs of a node in `u` and one in `z`: `kernel`, `exp(-(z + x (r_i - r_j))^2)`,
    `(others, lanes, outputs, places)`; `weights`, `(lanes, places)`."""

    kernel: Float32[AnyArray, "others lanes outputs places"]
    weights: Float32[AnyArray, "lanes places"]


def points(group_size: int) -> Float[np.ndarray, " points"]:
    """The nodes in `z`, symmetric about zero."""
    spacing = SPACING_Z / np.sqrt(group_size)
    count = int(np.ceil(LARGEST_Z / spacing))
    return spacing * np.arange(-count, count + 1)


def nodes_needed(proxy_reward: Float[np.ndarray, "prompts outputs"], group_size: int) -> Int[np.ndarray, " prompts"]:
    """How many nodes in `u` the rewards of each prompt need: more, the nearer two of them lie."""
    ordered = np.sort(proxy_reward, axis=-1)
    gaps = np.diff(ordered, axis=-1)
    smallest = np.where(gaps > 0, gaps, np.inf).min(axis=-1)
    extent = ordered[..., -1] - ordered[..., 0]
    ratio = np.where(extent > 0, extent / np.where(np.isfinite(smallest), smallest, 1.0), 1.0)
    # sqrt(max S) = extent sqrt(G) / 2, and the smallest is sqrt((G - 1) / G) times the smallest gap.
    last = np.log(REACH_X * ratio * group_size / (2 * np.sqrt(group_size - 1)))
    count = np.ceil((last + 0.2 - FIRST_U) / SPACING_U).astype(int) + 1
    return NODE_UNIT * -(-count // NODE_UNIT)


def node_weights(
    extent: Float[np.ndarray, " lanes"], nodes: int, group_size: int, epsilon: float, lost_degrees: int
) -> tuple[Float[np.ndarray, "nodes lanes"], Float[np.ndarray, "nodes lanes"]]:
    """`x` at the nodes, and their weights; zero where all rewards are equal."""
    u = FIRST_U + SPACING_U * np.arange(nodes)
    size = np.where(extent > 0, extent, 1.0) * np.sqrt(group_size) / 2
    x = np.exp(u - np.exp(-u))[:, None] / size
    degrees = group_size - lost_degrees
    b = epsilon * np.sqrt(degrees) * x
    # w(b) without the difference of nearly equal numbers far out, where it tends to 1 / (2 b^2).
    shape = np.where(b < 1e3, 1 - np.sqrt(np.pi) * b * erfcx(b), 1 / (2 * np.maximum(b, 1.0) ** 2))
    measure = SPACING_U * (1 + np.exp(-u))[:, None] * SPACING_Z / np.sqrt(group_size)
    weights = 2 * np.sqrt(degrees * group_size) / np.pi * measure * shape
    return x, np.where(extent > 0, weights, 0.0)


def group_integral(proxy_reward: Outputs, x: AnyArray, weights: AnyArray, group_size: int) -> GroupIntegral:
    """What stays the same along the way of a policy (traceable); `x` and `weights` as of `node_weights`."""
    z = points(group_size)
    reward = proxy_reward.T
    gaps = reward[None] - reward.T[:, :, None]
    # Axes: others, lanes, outputs, nodes, points.
    places = z[None, None, None, None] + x.T[None, :, None, :, None] * gaps[..., None, None]
    kernel = jnp.exp(-jnp.square(places.astype(jnp.float32)))
    odd = weights.T[:, :, None] * (-z * np.exp(-(z**2)))[None, None]
    lanes = len(reward)
    return GroupIntegral(kernel.reshape((*gaps.shape, -1)), jnp.asarray(odd, jnp.float32).reshape((lanes, -1)))


def integral_advantages(policy: Outputs, integral: GroupIntegral, group_size: int) -> jax.Array:
    """`h_i` of the module's statement, shape `(outputs, lanes)`, float64 (traceable)."""
    shares = policy.astype(jnp.float32)[:, :, None, None]
    mixture = jnp.zeros_like(integral.kernel[0])
    for share, kernel in zip(shares, integral.kernel, strict=True):
        mixture = mixture + share * kernel
    power = lax.integer_pow(mixture, group_size - 1)
    # As a product of matrices it is many times faster than as a sum over the last axis.
    return jnp.einsum("lop,lp->ol", power, integral.weights).astype(policy.dtype)
