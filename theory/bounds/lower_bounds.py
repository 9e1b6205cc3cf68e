"""Every bound on `t_gamma` of a tabular policy, once: the constants of the paper and of our sharpened statements.

`t_gamma` is the first time at which an expected reward has risen by `gamma` (paper, Section 2.3). All functions are
elementwise in float64; `increase` is `gamma > 0`, `prompts` is `|S|`, `variance` is the reward variance
`Var_{pi_theta(0)}[r_RM]`; a zero variance gives infinity (the policy never moves). Policies of any kind have theirs in
`theory.general_bounds`.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arrays import Scalars
from theory.precision import double_precision

PROPOSITION_3_CONSTANT = 2.0
SHARPENED_PROPOSITION_3_CONSTANT = 4.0
THEOREM_5_SLOW_CONSTANT = 2.0
SHARPENED_THEOREM_5_SLOW_CONSTANT = 8.0
THEOREM_5_FAST_CONSTANT = 4.0
THEOREM_5_FAST_KL_DIVISOR = 8.0
THEOREM_6_FAST_CONSTANT = 2.0
THEOREM_6_FAST_KL_DIVISOR = 16.0
THEOREM_6_SLOW_DIVISOR = 2.0**0.5
SHARPENED_THEOREM_6_SLOW_CONSTANT = 2.0
PROPOSITION_4_CONSTANT = 4.0
PROPOSITION_4_KL_DIVISOR = 8.0
PROPOSITION_4_MASS_DIVISOR = 16.0
PROPOSITION_4_MASS_EXPONENT = 20.0


@double_precision()
def travelled(increase: Scalars) -> Scalars:
    """`1 - exp(-gamma / 2)`, the factor that every lower bound on a tabular `t_gamma` shares."""
    return -jnp.expm1(-jnp.asarray(increase) / 2)


@double_precision()
def proposition_3(increase: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-gamma/2)) / sqrt(Var)` (paper, Proposition 3, Appendix C)."""
    return PROPOSITION_3_CONSTANT * prompts * travelled(increase) / jnp.sqrt(variance)


@double_precision()
def sharpened_proposition_3(increase: Scalars, variance: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `4 |S| (1 - exp(-gamma/2)) / sqrt(Var)` (ours, S3); the constant 4 is the best possible."""
    return SHARPENED_PROPOSITION_3_CONSTANT * prompts * travelled(increase) / jnp.sqrt(variance)


@double_precision()
def theorem_5_slow(increase: Scalars, inverse_reward_range: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-gamma/2)) T` for rewards inside an interval of length `1/T` (paper, Theorem 5)."""
    return THEOREM_5_SLOW_CONSTANT * prompts * travelled(increase) * inverse_reward_range


@double_precision()
def sharpened_theorem_5_slow(increase: Scalars, inverse_reward_range: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `8 |S| (1 - exp(-gamma/2)) T` for rewards inside an interval of length `1/T` (ours).

    S3 with Popoviciu's inequality `Var <= 1 / (4 T^2)`; attained in the limit by two equally likely outputs.
    """
    return SHARPENED_THEOREM_5_SLOW_CONSTANT * prompts * travelled(increase) * inverse_reward_range


@double_precision()
def required_share(increase: Scalars, initial_truth: Scalars, best_truth: Scalars) -> Scalars:
    """`rho = (V_G(0) + gamma + 1) / (r_G(y_g) + 1)` (paper, Theorem 5).

    If `pi(y_g) >= rho` then `E_pi r_G >= V_G(0) + gamma`, since every other reward is at least -1.
    """
    return (initial_truth + increase + 1) / (best_truth + 1)


@double_precision()
def theorem_5_fast(share: Scalars, best_probability: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `4 |S| / (1-rho)^4 (1/pi0(y_g) - 1/rho)` (paper, Theorem 5), `rho` from `required_share`."""
    return THEOREM_5_FAST_CONSTANT * prompts / (1 - share) ** 4 * (1 / best_probability - 1 / share)


@double_precision()
def theorem_5_fast_kl_limit(share: Scalars, best_probability: Scalars, smallest_log_probability: Scalars) -> Scalars:
    """The largest KL coefficient of Theorem 5's fast part, `pi0(y_g)(1-rho)^4 / (8 (1/(2e) - 2 ln min pi0))`."""
    spread = 1 / (2 * jnp.e) - 2 * smallest_log_probability
    return best_probability * (1 - share) ** 4 / (THEOREM_5_FAST_KL_DIVISOR * spread)


@double_precision()
def theorem_6_fast(share: Scalars, best_probability: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `2 |S| / (1-rho)^3 (1/c - 1/rho)` with `c = pi0(y_g)` (paper, Theorem 6)."""
    return THEOREM_6_FAST_CONSTANT * prompts / (1 - share) ** 3 * (1 / best_probability - 1 / share)


@double_precision()
def theorem_6_fast_kl_limit(share: Scalars, best_probability: Scalars, smallest_log_probability: Scalars) -> Scalars:
    """The largest KL coefficient of Theorem 6's fast part, `c (1-rho)^3 / (16 (1/(2e) - 2 ln min pi0))`."""
    spread = 1 / (2 * jnp.e) - 2 * smallest_log_probability
    return best_probability * (1 - share) ** 3 / (THEOREM_6_FAST_KL_DIVISOR * spread)


@double_precision()
def theorem_6_slow(increase: Scalars, rewarded_probability: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `|S|/sqrt(2) (1 - exp(-gamma/2)) T` with `T = pi0(y'_g)^(-1/2)` (paper, Theorem 6).

    `y'_g` is the one output that the reward model gives +1, all others getting -1.
    """
    return prompts / THEOREM_6_SLOW_DIVISOR * travelled(increase) / jnp.sqrt(rewarded_probability)


@double_precision()
def sharpened_theorem_6_slow(increase: Scalars, rewarded_probability: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| (1 - exp(-gamma/2)) / sqrt(q (1-q))`, `q = pi0(y'_g)` (ours: S3 at `Var = 4 q (1-q)`)."""
    spread = jnp.sqrt(rewarded_probability * (1 - rewarded_probability))
    return SHARPENED_THEOREM_6_SLOW_CONSTANT * prompts * travelled(increase) / spread


@double_precision()
def proposition_4(share: Scalars, margin: Scalars, set_mass: Scalars, set_size: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `4 |S| |Y+| / ((1-rho) delta) (1/pi0(Y+) - 1/rho)` (paper, Proposition 4)."""
    return PROPOSITION_4_CONSTANT * prompts * set_size / ((1 - share) * margin) * (1 / set_mass - 1 / share)


@double_precision()
def proposition_4_kl_limit(
    share: Scalars, margin: Scalars, set_mass: Scalars, set_size: Scalars, smallest_log_probability: Scalars
) -> Scalars:
    """The largest KL coefficient of Proposition 4, `pi0(Y+)(1-rho) delta / (8 |Y+| (2 ln(1/min pi0) + 1/(2e)))`."""
    spread = 1 / (2 * jnp.e) - 2 * smallest_log_probability
    return set_mass * (1 - share) * margin / (PROPOSITION_4_KL_DIVISOR * set_size * spread)


@double_precision()
def proposition_4_mass_limit(share: Scalars, margin: Scalars, set_mass: Scalars, set_size: Scalars) -> Scalars:
    """The largest `pi0(Y_bad)` of Proposition 4.

    `pi0(Y+)^2 (1-rho) delta / (16 |Y+|) exp(-20 |Y+| / ((1-rho) delta) (1/pi0(Y+) - 1/rho))`.
    """
    rate = (1 - share) * margin
    exponent = PROPOSITION_4_MASS_EXPONENT * set_size / rate * (1 / set_mass - 1 / share)
    return set_mass**2 * rate / (PROPOSITION_4_MASS_DIVISOR * set_size) * jnp.exp(-exponent)
