"""Lower bounds on the time that training in steps takes on a table, whatever the size of the steps (ours).

All follow from the pathwise lemma (`theory.bounds.pathwise`): a method whose steps are short in the range of the logits
is slow. Time is the sum of the step sizes, the clock of gradient flow on the same objective; there is no KL term.
`rise` is `D = artanh(V_0 + gamma) - artanh(V_0)` (`theory.bounds.artanh_rise`). Proofs: docs/sharpened.md.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import Scalars
from theory.bounds.standardised_updates import damping

ASCENT_CONSTANT = 2.0
STANDARDISED_RISE_CONSTANT = 2.0
REINFORCE_CONSTANT = 1.7


@double_precision()
def ascent_time(rise: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-D)) / sqrt(Var)` for gradient ascent with steps of any size (ours, S-GD).

    **Arguments**: `rise`, `D >= 0`; `variance`, that of the reward model under the initial policy; `prompts`, `|S|`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.ascent_time(theory.bounds.artanh_rise(0.5, -0.25), 0.01, 1)), 6)
    8.0
    """
    return ASCENT_CONSTANT * prompts * -jnp.expm1(-jnp.asarray(rise)) / jnp.sqrt(variance)


@double_precision()
def sampled_ascent_time(rise: Scalars, variance: Scalars, prompts: Scalars, group_size: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-D)) / (c_k sqrt(Var))` on the mean time of RLOO (ours, S-RLOO).

    `c_k = sqrt(k/(k-1))`. The probability that a time `t` is enough is at most `t` over this bound.

    **Arguments** as in `ascent_time`; `group_size`: `k`, at least two.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sampled_ascent_time(theory.bounds.artanh_rise(0.5, -0.25), 0.01, 1, 2.0)), 6)
    5.656854
    """
    size = jnp.asarray(group_size)
    return ascent_time(rise, variance, prompts) * jnp.sqrt((size - 1) / size)


@double_precision()
def reinforce_time(rise: Scalars, mean_square: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `1.7 |S| (1 - exp(-D)) / sqrt(E (r_RM - b)^2)` on the mean time of REINFORCE (ours, S-REINFORCE).

    The baseline `b` is fixed and may be any number. The probability that a time `t` is enough is at most `t` over this
    bound.

    **Arguments**: `rise`, `prompts` as in `ascent_time`; `mean_square`: `E (r_RM - b)^2` under the initial policy,
    which is the variance plus the square of what the baseline misses the mean by.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.reinforce_time(theory.bounds.artanh_rise(0.5, -0.25), 0.01, 1)), 6)
    6.8
    """
    return REINFORCE_CONSTANT * prompts * -jnp.expm1(-jnp.asarray(rise)) / jnp.sqrt(mean_square)


@double_precision()
def standardised_time_by_rise(rise: Scalars, reward_range: Scalars, epsilon: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| D (1 + 2 epsilon / R)` for standardised updates on any groups (S-G1 with `D` for `gamma`).

    **Arguments**: `rise`, `D`; the others as in `theory.bounds.standardised_time`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.standardised_time_by_rise(0.5, 2.0, 1e-8, 1)), 6)
    1.0
    """
    return STANDARDISED_RISE_CONSTANT * prompts * jnp.asarray(rise) / damping(reward_range, epsilon)


@double_precision()
def natural_gradient_time(rise: Scalars, reward_range: Scalars, variance: Scalars) -> Scalars:
    """Lower bound `(2/R) ln(1 + R D / (2 sqrt(Var)))` for the natural gradient (ours, S-NPG).

    `D` is the rise of the arcsine. The variance counts by its logarithm only, and the number
    of prompts not at all.

    **Arguments**: `rise`, that of the arcsine of the expected reward (`theory.bounds.arcsine_rise`); `reward_range`,
    `R`, and `variance`, of the reward model.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.natural_gradient_time(theory.bounds.arcsine_rise(0.5, 0.0), 2.0, 1e-6)), 6)
    6.262634
    """
    growth = jnp.asarray(reward_range) / 2
    safe = jnp.where(growth > 0, growth, 1.0)
    short = jnp.where(jnp.asarray(rise) > 0, jnp.asarray(rise) / jnp.sqrt(variance), 0.0)
    return jnp.where(growth > 0, jnp.log1p(growth * short) / safe, short)
