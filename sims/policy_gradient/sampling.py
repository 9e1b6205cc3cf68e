"""Outputs drawn from a policy, and prompts drawn in minibatches."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from theory.arguments.number_rules import between
from theory.arguments.precision import double_precision
from theory.arguments.rules import Indices, Numbers, Whole
from theory.arguments.shape_rules import any_number, one_axis
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

MATRIX_LIMIT = 64
"""Up to so many outputs one product with a triangular matrix is faster on a CPU than the many passes of a scan."""


@double_precision(log_probabilities=Numbers(between(-np.inf, 700.0), per_output=True), samples=Whole(1))
def sample_outputs(
    key: jax.Array, log_probabilities: Float[AnyArray, "*batch outputs"], samples: int
) -> Int[AnyArray, "*batch samples"]:
    """Independent outputs by inversion of the distribution function: one uniform number for each.

    **Arguments**

    - `log_probabilities`: of the policy; each row is normalised again, so that rounding leaves no gap at its end.
    - `samples`: how many per row.

    **Returns** indices of outputs; never one of probability zero, unless a row has no other.

    >>> import jax, numpy as np
    >>> from sims.policy_gradient import sample_outputs
    >>> drawn = sample_outputs(jax.random.key(0), np.log([[0.5, 0.5], [1.0, 1e-9]]), 4)
    >>> drawn.shape, drawn[1].tolist()
    ((2, 4), [0, 0, 0, 0])
    """
    shape = (*log_probabilities.shape[:-1], samples)
    return outputs_at(jax.random.uniform(key, shape, jnp.result_type(log_probabilities)), jnp.exp(log_probabilities))


def outputs_at(
    uniform: Float[AnyArray, "*batch samples"], policy: Float[AnyArray, "*batch outputs"]
) -> Int[AnyArray, "*batch samples"]:
    """What `sample_outputs` draws, given its uniform numbers and the probabilities of outputs."""
    cumulative = _running_sums(jnp.asarray(policy))
    # Uniform numbers are below one by a spacing at least: even rounded, the products are below the whole mass.
    height = uniform * cumulative[..., -1:]
    # An output is passed over if all mass up to it lies at or below; the last possible one is never.
    passed = cumulative[..., None, :-1] <= height[..., :, None]
    return jnp.sum(passed, axis=-1, dtype=jnp.int32)


def _running_sums(numbers: jax.Array) -> jax.Array:
    """The cumulative sums of each row."""
    length = numbers.shape[-1]
    if length > MATRIX_LIMIT:
        return jnp.cumsum(numbers, axis=-1)
    return jnp.matmul(numbers, jnp.triu(jnp.ones((length, length), numbers.dtype)), precision="highest")


@double_precision(prompts=Indices(any_number, one_axis), batch_size=Whole(1))
def shuffled_batches(
    key: jax.Array, prompts: Int[AnyArray, " prompts"], batch_size: int
) -> Int[AnyArray, "batches batch_size"]:
    """One epoch: every prompt once, in random order; `batch_size` must divide their number.

    **Raises** `InvalidInputError` if it does not.

    >>> import jax, numpy as np
    >>> from sims.policy_gradient import shuffled_batches
    >>> batches = shuffled_batches(jax.random.key(0), np.arange(6), 2)
    >>> batches.shape, sorted(batches.ravel().tolist())
    ((3, 2), [0, 1, 2, 3, 4, 5])
    """
    if prompts.shape[0] % batch_size:
        raise InvalidInputError("batch_size", batch_size, f"Give a divisor of the {prompts.shape[0]} prompts.")
    return jax.random.permutation(key, jnp.asarray(prompts)).reshape(-1, batch_size)
