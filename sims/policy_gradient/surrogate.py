"""The clipped surrogate objective of PPO, GRPO and DAPO, for several steps on the same samples."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Float

from theory.arrays import AnyArray


def clipped_surrogate(
    log_ratio: Float[AnyArray, "*batch"], advantages: Float[AnyArray, "*batch"], lower: float, upper: float
) -> Float[AnyArray, "*batch"]:
    """`min(rho A, clip(rho, 1 - lower, 1 + upper) A)`, `rho = pi(y|x) / pi_old(y|x)` (Schulman et al. 2017, Eq (7)).

    The ratio is that of whole outputs, as suits a bandit; for outputs of one token it is also the ratio per token.

    **Arguments**

    - `log_ratio`: `ln rho`.
    - `lower`, `upper`: equal in PPO and GRPO, `upper > lower` in DAPO ("clip higher"); infinite for no clipping.
    """
    ratio = jnp.exp(log_ratio)
    # Where the advantage is zero a ratio that overflows would make NaN of it.
    return jnp.where(
        advantages > 0,
        jnp.minimum(ratio, 1 + upper) * advantages,
        jnp.where(advantages < 0, jnp.maximum(ratio, 1 - lower) * advantages, 0.0 * advantages),
    )


def score_weights(
    log_ratio: Float[AnyArray, "*batch"], advantages: Float[AnyArray, "*batch"], lower: float, upper: float
) -> Float[AnyArray, "*batch"]:
    """What the surrogate's gradient multiplies each sample's score `grad ln pi(y|x)` by.

    `rho A` where the ratio is inside the interval or has left it against the direction that the advantage pushes it;
    zero where it has left it in that direction: above `1 + upper` for a positive advantage, below `1 - lower` for a
    negative one. The ends belong to the interval, so that the weight of the policy that drew the sample is the
    advantage even if `lower` or `upper` is zero. Ratios are compared as logarithms, which do not overflow; the weight
    of a *negative* advantage grows with the ratio without limit, as the objective wants it, and is infinite beyond the
    range of the numbers' type.
    """
    highest, lowest = jnp.log1p(upper), jnp.log1p(-jnp.minimum(lower, 1.0))
    active = jnp.where(advantages > 0, log_ratio <= highest, (advantages < 0) & (log_ratio >= lowest))
    return jnp.where(active, jnp.exp(jnp.where(active, log_ratio, 0.0)) * advantages, 0.0)
