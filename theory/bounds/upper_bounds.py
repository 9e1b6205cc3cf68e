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

from theory.argument_rules import Numbers
from theory.arrays import AnyArray, Scalars
from theory.number_rules import between
from theory.precision import double_precision

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
    """Upper bound `|S| n / kappa (G(rho) - G(P0)) / (1 - loss)` (ours: S-P4; S-T5 and S-T6 with `n = 1`)."""
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
