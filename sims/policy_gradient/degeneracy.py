"""Groups of samples whose rewards are all equal, from which group baselines learn nothing."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Bool, Float

from sims.policy_gradient.advantages import GROUPS
from sims.policy_gradient.sampling import MATRIX_LIMIT
from theory.arguments.precision import double_precision
from theory.arguments.rules import Whole
from theory.arrays import AnyArray, BatchScalars, OutputVector
from theory.moments import expectation


@double_precision(rewards=GROUPS)
def degenerate_groups(rewards: Float[AnyArray, "*batch group"]) -> Bool[AnyArray, "*batch"]:
    """Whether all rewards of a group are equal. **Raises** `InvalidInputError` as the advantages do.

    >>> import numpy as np
    >>> from sims.policy_gradient import degenerate_groups
    >>> degenerate_groups(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])).tolist()
    [True, False]
    """
    return jnp.all(rewards == rewards[..., :1], axis=-1)


@double_precision(group_size=Whole(1))
def degenerate_probability(probabilities: OutputVector, reward: OutputVector, group_size: int) -> BatchScalars:
    """The probability that `group_size` independent outputs all have the same reward, exact.

    `sum_v P[r = v]^k` over the levels `v` of the reward, as `E_y[P[r = r(y)]^(k - 1)]`; costs `outputs ** 2`.

    **Arguments**

    - `probabilities`, `reward`: shape `(*batch, outputs)`.
    - `group_size`: `k >= 1`.

    >>> import numpy as np
    >>> from sims.policy_gradient import degenerate_probability
    >>> round(float(degenerate_probability(np.array([0.5, 0.3, 0.2]), np.array([1.0, 0.0, 0.0]), 2)), 4)
    0.5
    """
    same = jnp.asarray(reward)[..., :, None] == jnp.asarray(reward)[..., None, :]
    if same.shape[-1] <= MATRIX_LIMIT:
        level_mass = jnp.einsum(
            "...ij,...j->...i", same.astype(jnp.result_type(probabilities)), probabilities, precision="highest"
        )
    else:  # Not as a product, whose factors stand in memory.
        level_mass = jnp.sum(jnp.where(same, probabilities[..., None, :], 0.0), axis=-1)
    return expectation(probabilities, level_mass ** (group_size - 1))
