"""Every bound on `t_gamma` of a tabular policy, once: the constants of the paper and of our sharpened statements.

`t_gamma` is the first time at which an expected reward has risen by `gamma` (paper, Section 2.3). All functions are
elementwise in float64; `increase` is `gamma > 0`, `prompts` is `|S|`, `variance` is the reward variance
`Var_{pi_theta(0)}[r_RM]`; a zero variance gives infinity (the policy never moves). Policies of any kind have theirs in
`theory.bounds.parameter_space`.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import Scalars

PROPOSITION_3_CONSTANT = 2.0
SHARPENED_PROPOSITION_3_CONSTANT = 4.0
THEOREM_5_SLOW_CONSTANT = 2.0
SHARPENED_THEOREM_5_SLOW_CONSTANT = 8.0
THEOREM_6_SLOW_DIVISOR = 2.0**0.5
SHARPENED_THEOREM_6_SLOW_CONSTANT = 2.0


@double_precision()
def travelled(increase: Scalars) -> Scalars:
    """`1 - exp(-gamma / 2)`, the factor that every lower bound on a tabular `t_gamma` shares."""
    return -jnp.expm1(-jnp.asarray(increase) / 2)


@double_precision()
def proposition_3(increase: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-gamma/2)) / sqrt(Var)` (paper, Proposition 3, Appendix C).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.proposition_3(0.5, 0.01, 1)), 6)
    4.423984
    """
    return PROPOSITION_3_CONSTANT * prompts * travelled(increase) / jnp.sqrt(variance)


@double_precision()
def sharpened_proposition_3(increase: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `4 |S| (1 - exp(-gamma/2)) / sqrt(Var)` (ours, S3); the constant 4 is the best possible.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sharpened_proposition_3(0.5, 0.01, 1)), 6)
    8.847969
    """
    return SHARPENED_PROPOSITION_3_CONSTANT * prompts * travelled(increase) / jnp.sqrt(variance)


@double_precision()
def theorem_5_slow(increase: Scalars, inverse_reward_range: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-gamma/2)) T` for rewards inside an interval of length `1/T` (paper, Theorem 5).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_5_slow(0.5, 100.0, 1)), 6)
    44.239843
    """
    return THEOREM_5_SLOW_CONSTANT * prompts * travelled(increase) * inverse_reward_range


@double_precision()
def sharpened_theorem_5_slow(increase: Scalars, inverse_reward_range: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `8 |S| (1 - exp(-gamma/2)) T` for rewards inside an interval of length `1/T` (ours).

    S3 with Popoviciu's inequality `Var <= 1 / (4 T^2)`; attained in the limit by two equally likely outputs.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sharpened_theorem_5_slow(0.5, 100.0, 1)), 6)
    176.959374
    """
    return SHARPENED_THEOREM_5_SLOW_CONSTANT * prompts * travelled(increase) * inverse_reward_range


@double_precision()
def theorem_6_slow(increase: Scalars, rewarded_probability: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `|S|/sqrt(2) (1 - exp(-gamma/2)) T` with `T = pi0(y'_g)^(-1/2)` (paper, Theorem 6).

    `y'_g` is the one output that the reward model gives +1, all others getting -1.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_6_slow(0.5, 0.01, 1)), 6)
    1.564115
    """
    return prompts / THEOREM_6_SLOW_DIVISOR * travelled(increase) / jnp.sqrt(rewarded_probability)


@double_precision()
def sharpened_theorem_6_slow(increase: Scalars, rewarded_probability: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-gamma/2)) / sqrt(q (1-q))`, `q = pi0(y'_g)` (ours: S3 at `Var = 4 q (1-q)`).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sharpened_theorem_6_slow(0.5, 0.01, 1)), 6)
    4.446272
    """
    spread = jnp.sqrt(rewarded_probability * (1 - rewarded_probability))
    return SHARPENED_THEOREM_6_SLOW_CONSTANT * prompts * travelled(increase) / spread
