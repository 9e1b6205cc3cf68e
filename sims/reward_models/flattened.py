"""A perfectly accurate reward model of low variance (paper, Section 4.1)."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from sims.reward_models.reward_input import chosen_prompts
from theory.arguments.checks import as_float64, check_finite
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

    **Raises** `InvalidInputError` unless `factor` is positive and finite, `share` in [0, 1], the reward finite and of
    two axes, and the prompts among those it is for.

    >>> import jax, numpy as np
    >>> from sims.reward_models import flatten_prompts
    >>> flat = flatten_prompts(jax.random.key(0), np.ones((4, 3)), factor=0.5)
    >>> sorted(flat[:, 0].tolist())
    [0.5, 0.5, 1.0, 1.0]
    """
    if not 0 < factor < math.inf:
        raise InvalidInputError("factor", factor, "Give a positive number, or the order of outputs is lost.")
    if not 0 <= share <= 1:
        raise InvalidInputError("share", share, "Give a number in [0, 1].")
    given = as_float64("reward", reward)
    check_finite("reward", given)
    if given.ndim != 2:
        raise InvalidInputError("reward", f"shape {given.shape}", "Give one number per prompt and output.")
    numbers = jnp.asarray(chosen_prompts(prompts, len(given)))
    flattened = jax.random.permutation(key, numbers)[: round(share * len(numbers))]
    scaled = np.array(reward)
    scaled[np.asarray(flattened)] *= factor
    return scaled
