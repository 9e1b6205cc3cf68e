"""The likelihood of preferences."""

from __future__ import annotations

import jax.numpy as jnp
from jax.nn import softplus
from jaxtyping import Float

from sims.reward_models.preference_pairs import PreferencePairs
from theory.arrays import AnyArray


def bradley_terry_loss(rewards: Float[AnyArray, "prompts outputs"], pairs: PreferencePairs) -> Float[AnyArray, ""]:
    """`-mean ln sigmoid(r(x, chosen) - r(x, rejected))` (Bradley and Terry 1952), nats; `ln 2` for equal rewards.

    >>> import numpy as np
    >>> from sims.reward_models import PreferencePairs, bradley_terry_loss
    >>> pairs = PreferencePairs(np.array([0]), np.array([1]), np.array([0]), np.array([True]))
    >>> round(float(bradley_terry_loss(np.array([[0.0, 2.0]]), pairs)), 4)
    0.1269
    """
    rewards = jnp.asarray(rewards)
    return jnp.mean(softplus(rewards[pairs.prompt, pairs.rejected] - rewards[pairs.prompt, pairs.chosen]))
