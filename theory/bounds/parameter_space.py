"""Every bound for policies of any kind, once: on gradients, on motion along the flow, and on `t_gamma`.

All functions are elementwise in float64. `length` is `L`; `jacobian` is the largest norm of the Jacobian of
`f_theta(x, y_{<l})` over prefixes (and, for statements about a time, over prompts and the time so far): the spectral
norm for the paper's statements, S2 and S4, the contrast norm for S6. `variance` is the variance of `r_KL` at the policy
in question, averaged over the prompts where a statement is about the flow; `initial_variance` is that at time zero.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arguments.names import NONNEGATIVE
from theory.arguments.precision import double_precision
from theory.arrays import Scalars

PROPOSITION_2_CONSTANT = 6.0
SHARPENED_PROPOSITION_2_SQUARE = 0.5
LEMMA_5_VARIANCE_RATE = 24.0
LEMMA_5_PATH_CONSTANT = 1.5
LEMMA_5_CLOCK = 8.0
LEMMA_6_REWARD_LIMIT = 8.0
LEMMA_6_KL_EXPONENT = 7.0 / 3.0
THEOREM_4_CLOCK = 8.0
THEOREM_4_INCREASE_DIVISOR = 9.0
SHARPENED_VARIANCE_RATE = 1.0
CONTRAST_VARIANCE_RATE = 0.5
SHARPENED_OVER_THEOREM_4 = 69.0
LARGEST_INCREASE = 2.0
"""Rewards in [-1, 1] rise by no more: S4 says `SHARPENED_OVER_THEOREM_4` times as much as Theorem 4 up to here."""


@double_precision(largest_reward=NONNEGATIVE)
def proposition_2(variance: Scalars, jacobian: Scalars, length: Scalars, largest_reward: Scalars) -> Scalars:
    """`|| grad phi(theta; x) || <= 6 M^(1/3) L J_x Var^(1/3)`, `M > 1` a bound on `|r_KL|` (paper, Proposition 2).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.proposition_2(0.01, 1.0, 1, 1.0)), 6)
    1.292661
    """
    return PROPOSITION_2_CONSTANT * jnp.cbrt(largest_reward * variance) * length * jacobian


@double_precision()
def fisher_form(variance: Scalars, fisher_norm: Scalars) -> Scalars:
    """`|| grad phi(theta; x) || <= sqrt(lambda_max(F_x) Var)` (ours, S0).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.fisher_form(0.01, 0.5)), 6)
    0.070711
    """
    return jnp.sqrt(fisher_norm * variance)


@double_precision()
def fisher_norm_bound(jacobian: Scalars, length: Scalars) -> Scalars:
    """`lambda_max(F_x) <= L J_x^2 / 2` (ours, S2).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.fisher_norm_bound(1.4, 2)), 6)
    1.96
    """
    return SHARPENED_PROPOSITION_2_SQUARE * length * jnp.square(jacobian)


@double_precision()
def sharpened_proposition_2(variance: Scalars, jacobian: Scalars, length: Scalars) -> Scalars:
    """`|| grad phi(theta; x) || <= J_x sqrt(L Var / 2)` (ours, S2).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sharpened_proposition_2(0.01, 1.0, 1)), 6)
    0.070711
    """
    return jnp.sqrt(fisher_norm_bound(jacobian, length) * variance)


@double_precision()
def lemma_5_variance_rate(variance: Scalars, jacobian: Scalars, length: Scalars) -> Scalars:
    """`d/dt Var_KL <= 24 L^2 J^2 Var_KL^(4/3)` while `r_KL` is in [-8, 8] (paper, Lemma 5).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.lemma_5_variance_rate(0.001, 1.0, 1)), 6)
    0.0024
    """
    return LEMMA_5_VARIANCE_RATE * (length * jacobian) ** 2 * variance * jnp.cbrt(variance)


@double_precision()
def lemma_5_elapsed_share(elapsed: Scalars, initial_variance: Scalars, jacobian: Scalars, length: Scalars) -> Scalars:
    """`8 L^2 J_T^2 (E Var_0)^(1/3) T`, which Lemma 5 needs to be below one (paper)."""
    return LEMMA_5_CLOCK * (length * jacobian) ** 2 * jnp.cbrt(initial_variance) * elapsed


@double_precision()
def lemma_5_path_length(elapsed_share: Scalars, jacobian: Scalars, length: Scalars) -> Scalars:
    """`int_0^T ||theta'|| dt <= 3/(2 L J_T) ln(1/(1 - share))`, `share` as above (paper, Lemma 5).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.lemma_5_path_length(0.5, 1.0, 1)), 6)
    1.039721
    """
    return -LEMMA_5_PATH_CONSTANT / (length * jacobian) * jnp.log1p(-elapsed_share)


@double_precision()
def lemma_6_share_limit(kl_coefficient: Scalars) -> Scalars:
    """`1 - exp(-7/(3 lambda))`, one for `lambda = 0`: `r_KL` stays in [-8, 8] while the share is below (Lemma 6)."""
    return -jnp.expm1(-LEMMA_6_KL_EXPONENT / kl_coefficient)


@double_precision()
def theorem_4(
    increase: Scalars, initial_variance: Scalars, jacobian: Scalars, length: Scalars, kl_coefficient: Scalars
) -> Scalars:
    """Lower bound `min{1 - e^(-gamma/9), 1 - e^(-7/(3 lambda))} / (8 L^2 J^2) (E Var_0)^(-1/3)` (paper, Theorem 4).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_4(0.5, 0.01, 1.0, 1, 0.1)), 6)
    0.031354
    """
    travelled = jnp.minimum(-jnp.expm1(-increase / THEOREM_4_INCREASE_DIVISOR), lemma_6_share_limit(kl_coefficient))
    return travelled / (THEOREM_4_CLOCK * (length * jacobian) ** 2 * jnp.cbrt(initial_variance))


@double_precision()
def variance_rate(variance: Scalars, jacobian: Scalars, length: Scalars, constant: float) -> Scalars:
    """`d/dt Var_KL <= c L^(3/2) J^2 Var_KL^(3/2)`: `c = 1` (ours, S4) or 1/2 (ours, S6)."""
    return constant * jnp.asarray(length) ** 1.5 * jnp.square(jacobian) * jnp.asarray(variance) ** 1.5


@double_precision()
def path_length(
    elapsed: Scalars, initial_variance: Scalars, jacobian: Scalars, length: Scalars, constant: float
) -> Scalars:
    """`int_0^t ||theta'|| <= sqrt 2 / (c L J) ln(1 / (1 - c L^(3/2) J^2 sqrt(E Var_0) t / 2))` (ours, S4 and S6).

    Infinite from the time on at which the bracket vanishes.
    """
    share = constant * jnp.asarray(length) ** 1.5 * jnp.square(jacobian) * jnp.sqrt(initial_variance) * elapsed / 2
    inside = jnp.minimum(share, 1.0)
    return -jnp.sqrt(2.0) / (constant * length * jacobian) * jnp.log1p(-inside)


@double_precision()
def flat_landscape_time(
    increase: Scalars, initial_variance: Scalars, jacobian: Scalars, length: Scalars, constant: float
) -> Scalars:
    """Lower bound `2 (1 - exp(-c sqrt(L) gamma)) / (c L^(3/2) J^2 sqrt(E Var_0))` for the `c` of `variance_rate`.

    With `c = 1` S4; with `c = 1/2` S6, which for `L = 1` and a table is S3.
    """
    travelled = -jnp.expm1(-constant * jnp.sqrt(jnp.asarray(length)) * increase)
    clock = constant * jnp.asarray(length) ** 1.5 * jnp.square(jacobian) * jnp.sqrt(initial_variance)
    return 2 * travelled / clock


@double_precision()
def sharpened_theorem_4(increase: Scalars, initial_variance: Scalars, jacobian: Scalars, length: Scalars) -> Scalars:
    """Lower bound `2 (1 - exp(-sqrt(L) gamma)) / (L^(3/2) J^2 sqrt(E Var_0))` (ours, S4).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sharpened_theorem_4(0.5, 0.01, 1.0, 1)), 6)
    7.869387
    """
    return flat_landscape_time(increase, initial_variance, jacobian, length, SHARPENED_VARIANCE_RATE)


@double_precision()
def contrast_theorem_4(increase: Scalars, initial_variance: Scalars, contrast: Scalars, length: Scalars) -> Scalars:
    """Lower bound `4 (1 - exp(-sqrt(L) gamma / 2)) / (L^(3/2) J^2 sqrt(E Var_0))`, `J` the contrast norm (ours, S6).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.contrast_theorem_4(0.5, 0.01, 1.0, 1)), 6)
    8.847969
    """
    return flat_landscape_time(increase, initial_variance, contrast, length, CONTRAST_VARIANCE_RATE)
