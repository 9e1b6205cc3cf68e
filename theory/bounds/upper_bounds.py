"""Upper bounds on `t_gamma` for a tabular policy with the best rates we can prove (ours; `docs/sharpened.md`).

All functions are elementwise in float64. `mass` is `P0 = pi0(Y+)`, the initial probability of the good outputs (of
`y_g` alone in Theorems 5 and 6); `shortfall` is `1 - rho` and `remaining` is `rho - P0`, given on their own because
both may be tiny; `rho` is the probability of `Y+` at which `E r_G >= V_G(0) + gamma` is certain. `loss` is the
share of the rate at which `P` grows that the KL term and bad outputs can take away. `log_inverse` is
`ln(1 / min_y pi0(y))`.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from theory.arguments.number_rules import between
from theory.arguments.precision import double_precision
from theory.arguments.rules import Numbers
from theory.arrays import AnyArray, Scalars

THEOREM_5_FAST_CONSTANT = 4.0
THEOREM_5_FAST_KL_DIVISOR = 8.0
THEOREM_6_FAST_CONSTANT = 2.0
THEOREM_6_FAST_KL_DIVISOR = 16.0
PROPOSITION_4_CONSTANT = 4.0
PROPOSITION_4_KL_DIVISOR = 8.0
PROPOSITION_4_MASS_DIVISOR = 16.0
PROPOSITION_4_MASS_EXPONENT = 20.0

LARGEST_LOSS = 0.5
"""The share of the rate that S-P4 lets bad outputs and the KL term take, where there are bad outputs."""

BAD_REWARD_GAP = 2.0
BAD_GROWTH_RATE = 16 / 27


@double_precision()
def logistic_span(mass: Scalars, remaining: Scalars, shortfall: Scalars) -> Scalars:
    """`int_P0^rho dp / (p^2 (1-p)^2) = G(rho) - G(P0)`, `G(p) = 2 ln(p/(1-p)) + (2p-1)/(p(1-p))`.

    With the log-odds `z`, `G = 2 z + 2 sinh z`; the difference is written as a sum of positive terms.
    """
    rise = jnp.log1p(remaining / (mass * shortfall))
    middle = (jnp.log(mass) - jnp.log(remaining + shortfall) + jnp.log(mass + remaining) - jnp.log(shortfall)) / 2
    return 2 * rise + 4 * jnp.cosh(middle) * jnp.sinh(rise / 2)


@double_precision()
def kl_loss(
    kl_coefficient: Scalars, log_inverse: Scalars, mass: Scalars, shortfall: Scalars, margin: Scalars, size: Scalars
) -> Scalars:
    """`n lambda ln(1/min pi0) / kappa (1/P0 + 2/(1-rho))`, the share of the rate that the KL term can take (ours)."""
    return size * kl_coefficient * log_inverse / margin * (1 / mass + 2 / shortfall)


@double_precision(outputs=Numbers(between(2.0, np.inf, infinite=False)))
def one_rewarded_margin(outputs: Scalars) -> Scalars:
    """`kappa = 2 K / (K-1)` for `K` outputs, of which one has the reward +1 and the others -1 (ours, S-T6).

    The distance of the rewards is 2; the factor `K / (K-1)` is what the others lose to each other.
    """
    return 2 * outputs / (outputs - 1)


@double_precision()
def growth_time(span: Scalars, margin: Scalars, size: Scalars, loss: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `|S| n / kappa (G(rho) - G(P0)) / (1 - loss)` (ours: S-P4; S-T5 and S-T6 with `n = 1`).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.growth_time(3.0, 2.0, 1, 0.1, 1)), 6)
    1.666667
    """
    return prompts * size / margin * span / (1 - loss)


@double_precision()
def bad_mass_later(
    bad_mass: Scalars, kl_coefficient: Scalars, log_inverse: Scalars, span: Scalars, margin: Scalars, size: Scalars
) -> Scalars:
    """`b = pi0(Y_bad) exp((16/27 + 2 lambda ln(1/min pi0)) 2 n / kappa (G(rho) - G(P0)))` (ours, S-P4).

    By S-L10 the most that bad outputs can hold until the bound's time, at a loss of at most one half.
    """
    time = growth_time(span, margin, size, LARGEST_LOSS, 1.0)
    return bad_mass * jnp.exp((BAD_GROWTH_RATE + 2 * kl_coefficient * log_inverse) * time)


@double_precision()
def loss_is_small(loss: Scalars, bad_mass: Scalars) -> AnyArray:
    """Whether S-P4 allows the loss: below one without bad outputs, otherwise at most `LARGEST_LOSS` (ours).

    The bound itself needs no more than a loss below one. What bad outputs can hold is bounded for twice the time that
    the bound would be without losses, so with them the loss must not make it longer than that. Boolean.
    """
    return jnp.where(jnp.asarray(bad_mass) == 0, jnp.asarray(loss) < 1, jnp.asarray(loss) <= LARGEST_LOSS)


@double_precision()
def bad_loss(bad_mass: Scalars, mass: Scalars, shortfall: Scalars, margin: Scalars, size: Scalars) -> Scalars:
    """`2 b / (kappa (1-rho)) + 2 n b^2 / (kappa P0 (1-rho)^2)`, the share that bad outputs of mass `b` can take."""
    lifted = BAD_REWARD_GAP * bad_mass / (margin * shortfall)
    dragged = BAD_REWARD_GAP * size * jnp.square(bad_mass) / (margin * mass * jnp.square(shortfall))
    return lifted + dragged


@double_precision()
def required_share(increase: Scalars, initial_truth: Scalars, best_truth: Scalars) -> Scalars:
    """`rho = (V_G(0) + gamma + 1) / (r_G(y_g) + 1)` (paper, Theorem 5).

    If `pi(y_g) >= rho` then `E_pi r_G >= V_G(0) + gamma`, since every other reward is at least -1.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.required_share(0.2, 0.0, 1.0)), 6)
    0.6
    """
    return (initial_truth + increase + 1) / (best_truth + 1)


@double_precision()
def theorem_5_fast(share: Scalars, best_probability: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `4 |S| / (1-rho)^4 (1/pi0(y_g) - 1/rho)` (paper, Theorem 5), `rho` from `required_share`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_5_fast(0.6, 0.2, 1)), 6)
    520.833333
    """
    return THEOREM_5_FAST_CONSTANT * prompts / (1 - share) ** 4 * (1 / best_probability - 1 / share)


@double_precision()
def theorem_5_fast_kl_limit(share: Scalars, best_probability: Scalars, smallest_log_probability: Scalars) -> Scalars:
    """The largest KL coefficient of Theorem 5's fast part, `pi0(y_g)(1-rho)^4 / (8 (1/(2e) - 2 ln min pi0))`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_5_fast_kl_limit(0.6, 0.2, -3.0)), 6)
    0.000103
    """
    spread = 1 / (2 * jnp.e) - 2 * smallest_log_probability
    return best_probability * (1 - share) ** 4 / (THEOREM_5_FAST_KL_DIVISOR * spread)


@double_precision()
def theorem_6_fast(share: Scalars, best_probability: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `2 |S| / (1-rho)^3 (1/c - 1/rho)` with `c = pi0(y_g)` (paper, Theorem 6).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_6_fast(0.6, 0.2, 1)), 6)
    104.166667
    """
    return THEOREM_6_FAST_CONSTANT * prompts / (1 - share) ** 3 * (1 / best_probability - 1 / share)


@double_precision()
def theorem_6_fast_kl_limit(share: Scalars, best_probability: Scalars, smallest_log_probability: Scalars) -> Scalars:
    """The largest KL coefficient of Theorem 6's fast part, `c (1-rho)^3 / (16 (1/(2e) - 2 ln min pi0))`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.theorem_6_fast_kl_limit(0.6, 0.2, -3.0)), 6)
    0.000129
    """
    spread = 1 / (2 * jnp.e) - 2 * smallest_log_probability
    return best_probability * (1 - share) ** 3 / (THEOREM_6_FAST_KL_DIVISOR * spread)


@double_precision()
def proposition_4(share: Scalars, margin: Scalars, set_mass: Scalars, set_size: Scalars, prompts: Scalars) -> Scalars:
    """Upper bound `4 |S| |Y+| / ((1-rho) delta) (1/pi0(Y+) - 1/rho)` (paper, Proposition 4).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.proposition_4(0.8, 1.0, 0.5, 2, 1)), 6)
    30.0
    """
    return PROPOSITION_4_CONSTANT * prompts * set_size / ((1 - share) * margin) * (1 / set_mass - 1 / share)


@double_precision()
def proposition_4_kl_limit(
    share: Scalars, margin: Scalars, set_mass: Scalars, set_size: Scalars, smallest_log_probability: Scalars
) -> Scalars:
    """The largest KL coefficient of Proposition 4, `pi0(Y+)(1-rho) delta / (8 |Y+| (2 ln(1/min pi0) + 1/(2e)))`.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.proposition_4_kl_limit(0.8, 1.0, 0.5, 2, -3.0)), 6)
    0.001011
    """
    spread = 1 / (2 * jnp.e) - 2 * smallest_log_probability
    return set_mass * (1 - share) * margin / (PROPOSITION_4_KL_DIVISOR * set_size * spread)


@double_precision()
def proposition_4_mass_limit(share: Scalars, margin: Scalars, set_mass: Scalars, set_size: Scalars) -> Scalars:
    """The largest `pi0(Y_bad)` of Proposition 4.

    `pi0(Y+)^2 (1-rho) delta / (16 |Y+|) exp(-20 |Y+| / ((1-rho) delta) (1/pi0(Y+) - 1/rho))`.

    **Example**

    >>> import theory.bounds
    >>> bool(theory.bounds.proposition_4_mass_limit(0.8, 1.0, 0.5, 2) < 1e-10)
    True
    """
    rate = (1 - share) * margin
    exponent = PROPOSITION_4_MASS_EXPONENT * set_size / rate * (1 / set_mass - 1 / share)
    return set_mass**2 * rate / (PROPOSITION_4_MASS_DIVISOR * set_size) * jnp.exp(-exponent)
