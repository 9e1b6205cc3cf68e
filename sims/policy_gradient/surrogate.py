"""The clipped surrogate objective of PPO, GRPO and DAPO, for several steps on the same samples."""

from __future__ import annotations

import jax
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
    return jnp.minimum(ratio * advantages, jnp.clip(ratio, 1 - lower, 1 + upper) * advantages)


def score_weights(
    log_ratio: Float[AnyArray, "*batch"], advantages: Float[AnyArray, "*batch"], lower: float, upper: float
) -> Float[AnyArray, "*batch"]:
    """What the surrogate's gradient multiplies each sample's score `grad ln pi(y|x)` by.

    The advantage itself where the policy is still the one that drew the sample; zero where the ratio has left the
    interval in the direction that the advantage pushes it.
    """
    return jax.grad(lambda log_ratio: jnp.sum(clipped_surrogate(log_ratio, advantages, lower, upper)))(log_ratio)
