"""The gain of an expected reward between two policies, with the digits of gains far below the reward."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from theory.arrays import BatchScalars, OutputVector
from theory.moments import advantage, expectation


def reward_gain(
    start_log_probabilities: OutputVector, log_probabilities: OutputVector, reward: OutputVector
) -> BatchScalars:
    """`E_pi[reward] - E_{pi0}[reward]` (traceable).

    As `E_{pi0}[(pi / pi0 - 1) A]`, `A` being the advantage under `pi0`: a sum of terms as small as the change of the
    policy, where the difference of two expectations would keep `1e-16` of the reward.

    **Arguments**: `start_log_probabilities`, of `pi0`, and `log_probabilities`, of `pi`, both normalised, and `reward`:
    shape `(*batch, outputs)`.

    **Returns** shape `(*batch)`, in the units of `reward`.

    >>> import numpy as np
    >>> start = np.log([0.5, 0.5])
    >>> round(float(reward_gain(start, np.log([0.75, 0.25]), np.array([1.0, 0.0]))), 6)
    0.25
    """
    policy = jnp.exp(start_log_probabilities)
    change: jax.Array = jnp.expm1(jnp.asarray(log_probabilities) - start_log_probabilities)
    return jnp.asarray(expectation(policy, change * advantage(policy, reward)))
