"""A bound on how far the largest eigenvalue can be above what Lanczos' method found, given that it started at random.

The start `b` is uniform on the unit sphere of dimension `n`. After `k` products with a positive semidefinite `A` there
is a tridiagonal matrix (diagonal `alpha`, off-diagonal `beta_1, ..., beta_{k-1}`) with eigenvalues `theta_1 >= ... >=
theta_k`, the Ritz values, and `beta_k`, the length of what the last product added. Always `theta_1 <= lambda_1`, being
the largest Rayleigh quotient on a subspace. Two bounds from above hold unless the component `b_1` of `b` along a top
eigenvector is at most `delta` in size (`starting_share`), hence, both together, with probability at least `1 - eta`.

- *The spectrum as it was met.* The next Lanczos vector is `p_k(A) b` with `p_k(z) = prod_i (z - theta_i) / beta_i` and
  has length one, so `1 = sum_i b_i^2 p_k(lambda_i)^2 >= b_1^2 p_k(lambda_1)^2`: `lambda_1` is at most the
  `z >= theta_1` at which `p_k`, which increases from there on, reaches `1 / delta`. (J. van Dorsselaer,
  M. Hochstenbach, H. van der Vorst, *Computing probabilistic bounds for extreme eigenvalues of symmetric matrices with
  the Lanczos method*, SIAM J. Matrix Anal. Appl. 22(3), 2000: their bound from the Lanczos polynomial.)
- *The worst spectrum.* `lambda_1 <= theta_1 cosh^2(arcosh(1 / delta) / (2 k - 1))`. For `theta_1 <= m < lambda_1` and
  any `P` of degree `k - 1`, the Rayleigh quotient of `P(A) b` is at most `m`, so `b_1^2 (lambda_1 - m) P(lambda_1)^2
  <= sum_{lambda_i < m} b_i^2 (m - lambda_i) P(lambda_i)^2`. Choose `(1 - s) P(m s)^2 = T_{2k-1}(sqrt(1 - s))^2`, `T`
  Chebyshev's polynomial, which is odd: the right side is then at most `m (1 - b_1^2)`, and the left side is
  `m b_1^2 sinh^2(y)`, `y = (2 k - 1) artanh sqrt(1 - m / lambda_1)`. So `|b_1| cosh(y) <= 1`; let `m` tend to
  `theta_1`. (J. Kuczynski, H. Wozniakowski, *Estimating the largest eigenvalue by the power and Lanczos algorithms with
  a random start*, SIAM J. Matrix Anal. Appl. 13(4), 1992: this with a slightly larger constant.)
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Float

from theory.arrays import AnyArray

_HALVINGS = 24
_WIDEST = 80.0
"""The margin above `theta_1` is found between its first guess and `exp(-80)` of that."""


def starting_share(failure_probability: float, size: int) -> float:
    """`delta = eta min{1, sqrt(pi / (2 n))}`, which `|b_1|` exceeds with probability at least `1 - eta`.

    For `n >= 3` the density `(1 - s^2)^((n-3)/2) / B(1/2, (n-1)/2)` of `b_1` is at most `sqrt((n-1) / (2 pi))`; for
    `n = 2` the probability of `|b_1| <= delta` is `(2 / pi) arcsin(delta) <= delta`; for `n = 1`, zero below one.
    """
    return failure_probability * min(1.0, (math.pi / (2 * size)) ** 0.5)


def worst_case_bound(largest: AnyArray | float, products: AnyArray | int, delta: float) -> jax.Array:
    """`theta_1 cosh^2(arcosh(1 / delta) / (2 k - 1))`.

    **Arguments**: `largest` is `theta_1`, `products` is `k >= 1`, `delta` as `starting_share` gives it.
    """
    angle = jnp.arccosh(1 / delta) / (2 * products - 1)
    return jnp.asarray(largest * jnp.cosh(angle) ** 2, jnp.asarray(largest).dtype)


def lanczos_polynomial_bound(
    ritz: Float[AnyArray, " k"], lengths: Float[AnyArray, " k"], used: AnyArray, delta: float
) -> jax.Array:
    """The `z >= theta_1` at which `p_k(z) = 1 / delta`, rounded up.

    **Arguments**

    - `ritz`: `theta`, in any order. `lengths`: `beta_1, ..., beta_k`, all positive.
    - `used`: which entries of both there are; the rest are padding.
    """
    count = jnp.sum(used)
    largest = jnp.max(jnp.where(used, ritz, -jnp.inf))
    below = jnp.where(used, largest - ritz, 0.0)
    level = jnp.sum(jnp.where(used, jnp.log(jnp.where(used, lengths, 1.0)), 0.0)) - jnp.log(delta)
    # Every factor of p_k is at least the margin, so at this margin p_k is at least 1 / delta.
    log_guess = level / count

    def beyond(shrinking: jax.Array) -> jax.Array:
        margin = jnp.exp(log_guess - shrinking)
        return jnp.sum(jnp.where(used, jnp.log(below + margin), 0.0)) >= level

    def halve(_: jax.Array | int, bracket: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = bracket
        middle = (low + high) / 2
        still = beyond(middle)
        return jnp.where(still, middle, low), jnp.where(still, high, middle)

    start = jnp.zeros_like(log_guess)
    shrinking, _ = lax.fori_loop(0, _HALVINGS, halve, (start, start + _WIDEST))
    return largest + jnp.exp(log_guess - shrinking)
