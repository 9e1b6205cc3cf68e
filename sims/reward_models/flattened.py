"""A perfectly accurate reward model of low variance (paper, Section 4.1)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from theory.arrays import AnyArray
from theory.errors import InvalidInputError


def flatten_prompts(
    key: jax.Array,
    reward: Float[AnyArray, "all outputs"],
    *,
    factor: float = 0.001,
    share: float = 0.5,
    prompts: Int[AnyArray, " chosen"] | None = None,
) -> Float[np.ndarray, "all outputs"]:
    """The reward scaled by `factor` on a random `share` of the prompts numbered `prompts` (all if not given).

    A positive factor leaves the order of outputs, and so the accuracy, as it is.

    **Raises** `InvalidInputError` unless `factor` is positive and `share` in [0, 1].
    """
    if not factor > 0:
        raise InvalidInputError("factor", factor, "Give a positive number, or the order of outputs is lost.")
    if not 0 <= share <= 1:
        raise InvalidInputError("share", share, "Give a number in [0, 1].")
    numbers = jnp.arange(reward.shape[0]) if prompts is None else jnp.asarray(prompts)
    flattened = jax.random.permutation(key, numbers)[: round(share * len(numbers))]
    scaled = np.array(reward)
    scaled[np.asarray(flattened)] *= factor
    return scaled
