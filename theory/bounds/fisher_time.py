"""Lower bounds on `t_gamma` by the Fisher information, for policies of any kind: the Fisher form in time (S7, S8).

All functions are elementwise in float64. `Lambda` (`mean_fisher_norm`) is the largest eigenvalue of the Fisher
information averaged over the training prompts, `Lambda_x` (`fisher_norm`) that of the prompt that is watched, each the
largest on the path; `sigma_0^2` (`initial_variance`) is the reward variance at time zero, averaged over the prompts.
Both bounds are `D / (sigma_0 sqrt(Lambda Lambda_x))`, the time at the initial speed, for a small `D`, and less for a
large one.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import Scalars

NEGLIGIBLE = 1e-17
"""A bound differs from the time at the initial speed by less than this share of it, which float64 does not see."""


@double_precision()
def arcsine_rise(increase: Scalars, initial_truth: Scalars) -> Scalars:
    """`D = arcsin(min(1, V_0 + gamma)) - arcsin(V_0)`, at least `gamma` where `V_0 + gamma <= 1`.

    **Arguments**: `increase`, `gamma`; `initial_truth`, `V_0`, the expected reward of the prompt at time zero.

    **Example**

    >>> import theory.bounds
    >>> float(theory.bounds.arcsine_rise(2.0, -1.0)), round(float(theory.bounds.arcsine_rise(1e-9, 0.6)), 14)
    (3.141592653589793, 1.25e-09)
    """
    start = jnp.clip(initial_truth, -1.0, 1.0)
    above, below = 1 - start, 1 + start
    rise = jnp.minimum(increase, above)
    # tan((a - b) / 2) = (sin a - sin b) / (cos a + cos b): the difference of two arcsines would cancel.
    return 2 * jnp.arctan2(rise, jnp.sqrt(above * below) + jnp.sqrt((above - rise) * (below + rise)))


@double_precision()
def fisher_time_by_advantage(
    increase: Scalars,
    initial_truth: Scalars,
    initial_variance: Scalars,
    mean_fisher_norm: Scalars,
    fisher_norm: Scalars,
    largest_advantage: Scalars,
) -> Scalars:
    """Lower bound `2/(B Lambda) ln(1 + (D B / (2 sigma_0)) sqrt(Lambda / Lambda_x))` (ours, S7).

    **Arguments**: as in the module; `increase`, `initial_truth` as in `arcsine_rise`; `largest_advantage`, `B`, the
    largest `|r_KL - E r_KL|` over outputs, prompts and the path.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.fisher_time_by_advantage(0.5, 0.0, 0.01, 0.5, 0.5, 1.0)), 6)
    5.143679
    """
    short = _at_initial_speed(increase, initial_truth, initial_variance, mean_fisher_norm, fisher_norm)
    growth = jnp.asarray(largest_advantage) * mean_fisher_norm / 2
    return _slowed(short, growth, jnp.log1p(short * growth))


@double_precision()
def fisher_time_by_score(
    increase: Scalars,
    initial_truth: Scalars,
    initial_variance: Scalars,
    mean_fisher_norm: Scalars,
    fisher_norm: Scalars,
    score_norm: Scalars,
) -> Scalars:
    """Lower bound `2/(kappa sqrt(Lambda) sigma_0) (1 - exp(-kappa D / (2 sqrt(Lambda_x))))` (ours, S8).

    **Arguments**: as in the module; `increase`, `initial_truth` as in `arcsine_rise`; `score_norm`, `kappa`, the
    largest `||grad ln pi(y|x)||` over outputs, prompts and the path.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.fisher_time_by_score(0.5, 0.0, 0.01, 0.5, 0.5, 1.0)), 6)
    8.752047
    """
    short = _at_initial_speed(increase, initial_truth, initial_variance, mean_fisher_norm, fisher_norm)
    growth = jnp.asarray(score_norm) * jnp.sqrt(mean_fisher_norm) * jnp.sqrt(initial_variance) / 2
    return _slowed(short, growth, -jnp.expm1(-short * growth))


def _at_initial_speed(
    increase: Scalars,
    initial_truth: Scalars,
    initial_variance: Scalars,
    mean_fisher_norm: Scalars,
    fisher_norm: Scalars,
) -> jax.Array:
    """`D / (sigma_0 sqrt(Lambda Lambda_x))`, infinite for a policy that does not move; zero for no increase."""
    rise = jnp.asarray(arcsine_rise(increase, initial_truth))
    speed = jnp.sqrt(initial_variance) * jnp.sqrt(mean_fisher_norm) * jnp.sqrt(fisher_norm)
    return jnp.where(rise > 0, rise / speed, 0.0)


def _slowed(short: jax.Array, growth: jax.Array, travelled: jax.Array) -> jax.Array:
    """`travelled / growth`, which tends to `short` as `growth` falls to zero."""
    return jnp.where(short * growth > NEGLIGIBLE, travelled / growth, short)
