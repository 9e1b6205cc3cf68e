"""S3 sharpened: how fast an expected reward can rise if its speed and the variance's growth compete (ours).

The mean of `|r_KL - E r_KL|` drives the expected reward, the variance grows only where that mean is below the standard
deviation. S3 lets both be as large as they can be by themselves; here they are tied to each other (S3++), or only the
room that is left to the expected reward is used (S3+). All are lower bounds on `t_gamma` of gradient flow on a table,
with any KL coefficient. `rise` is `D = artanh(V_0 + gamma) - artanh(V_0)` (`theory.bounds.artanh_rise`).
"""

from __future__ import annotations

import math

import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import Scalars

BY_ROOM_CONSTANT = 4.0
LINEAR_CONSTANT = 1.869
LINEAR_LAW_CONSTANT = 2.0

LARGEST_RISE = 100
"""Beyond this rise S3++ differs from its limit by less than rounding."""

NEWTON_STEPS = 7
"""The iteration falls to the root from above, as the function is convex: five steps reach float64's precision."""


@double_precision()
def time_by_room(rise: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `4 |S| (1 - exp(-D/2)) / sqrt(Var)` (ours, S3+).

    **Arguments**: `rise`, `D >= 0`; `variance`, that of the reward model under the initial policy; `prompts`, `|S|`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.time_by_room(theory.bounds.artanh_rise(1.5, -0.75), 1.0, 1)), 6)
    2.488142
    """
    travelled = -jnp.expm1(-jnp.asarray(rise) / 2)
    return BY_ROOM_CONSTANT * prompts * travelled / jnp.sqrt(variance)


@double_precision()
def controlled_time(rise: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `|S| x / sqrt(Var)` (ours, S3++).

    `x = 2s / (1 - s^2)^(3/2)`, where `2 sqrt 2 artanh(sqrt 2 s) - 3 artanh(s) = D`. With
    `tanh w = sqrt 2 s`: `x = 4 tanh w / (1 + sech^2 w)^(3/2)`, at most 4.

    **Arguments**: `rise`, `D >= 0`; `variance`, that of the reward model under the initial policy; `prompts`, `|S|`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.controlled_time(theory.bounds.artanh_rise(1.5, -0.75), 1.0, 1)), 6)
    2.804391
    """
    return prompts * scaled_time(rise) / jnp.sqrt(variance)


@double_precision()
def scaled_time(rise: Scalars) -> Scalars:
    """`x` of `controlled_time`: the bound in units of `|S| / sqrt(Var)`."""
    two = math.sqrt(2.0)
    reached = jnp.minimum(jnp.asarray(rise), float(LARGEST_RISE))
    # Two straight lines above the root: the function is at least w / sqrt 2, and at least its asymptote.
    root = jnp.minimum(two * reached, (reached + 3 * math.atanh(1 / two)) / (2 * two))
    for _ in range(NEWTON_STEPS):
        slow = 1 / jnp.cosh(root) ** 2
        excess = 2 * two * root - 3 * jnp.arctanh(jnp.tanh(root) / two) - reached
        root = root - excess / (2 * two - 3 * two * slow / (1 + slow))
    return 4 * jnp.tanh(root) / (1 + 1 / jnp.cosh(root) ** 2) ** 1.5


@double_precision()
def linear_time(increase: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `1.869 |S| gamma / sqrt(Var)` (ours, from S3++): linear in `gamma`, where S3 is bounded.

    **Arguments**: `increase`, `gamma`; `variance`, that of the reward model under the initial policy; `prompts`, `|S|`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.linear_time(0.5, 0.01, 1)), 6)
    9.345
    """
    return LINEAR_CONSTANT * prompts * jnp.asarray(increase) / jnp.sqrt(variance)


@double_precision()
def linear_law_time(increase: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| gamma / sqrt(Var)` (ours, the linear law): no constant above 2 will do.

    **Arguments** as in `linear_time`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.linear_law_time(0.5, 0.01, 1)), 6)
    10.0
    """
    return LINEAR_LAW_CONSTANT * prompts * jnp.asarray(increase) / jnp.sqrt(variance)
