"""Expectation, reward variance and covariance under a policy over finitely many outputs (paper, Definition 2)."""

from __future__ import annotations

import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import BatchScalars, OutputVector


@double_precision()
def expectation(probabilities: OutputVector, values: OutputVector) -> BatchScalars:
    """`E_{y ~ pi}[values(y)]`.

    **Arguments**

    - `probabilities`: a policy, shape `(*batch, outputs)`, each row summing to one.
    - `values`: any function of the output, same shape.

    **Returns** shape `(*batch)`, in the units of `values`.

    **Example**

    >>> import theory
    >>> float(theory.expectation([0.25, 0.75], [1.0, 0.0]))
    0.25
    """
    return jnp.sum(probabilities * values, axis=-1)


@double_precision()
def advantage(probabilities: OutputVector, values: OutputVector) -> OutputVector:
    """`values - E_pi[values]`, exact to rounding also when the policy is nearly deterministic.

    The values are first centred at the most likely output: subtracting the mean directly loses every digit of
    a variance of 1e-12, because the mean then agrees with that output's value to twelve digits.

    **Arguments** as in `expectation`.

    **Returns** shape `(*batch, outputs)`.

    **Example**

    >>> import theory
    >>> theory.advantage([0.25, 0.75], [1.0, 0.0]).tolist()
    [0.75, -0.25]
    """
    most_likely = jnp.argmax(probabilities, axis=-1, keepdims=True)
    centred = values - jnp.take_along_axis(values, most_likely, axis=-1)
    return centred - expectation(probabilities, centred)[..., None]


@double_precision()
def variance(probabilities: OutputVector, values: OutputVector) -> BatchScalars:
    """Reward variance `Var_{y ~ pi}[values(y)]` (Definition 2).

    **Arguments** as in `expectation`.

    **Returns** shape `(*batch)`, in squared units of `values`; never negative.

    **Example**

    >>> import theory
    >>> float(theory.variance([0.5, 0.5], [1.0, -1.0]))
    1.0
    """
    return expectation(probabilities, advantage(probabilities, values) ** 2)


@double_precision()
def variance_from_pairs(probabilities: OutputVector, values: OutputVector) -> BatchScalars:
    """Reward variance as the paper defines it, `1/2 E_{y, y' iid}[(values(y) - values(y'))^2]` (Definition 2).

    Costs `outputs ** 2`; `variance` is the same number at linear cost.

    Two probabilities that are numbers may have a product that is too small for one. So both are multiplied by a power
    of two, and values are divided by one, which changes no digit.
    """
    dtype = jnp.result_type(probabilities, values, float)
    policy, values = jnp.asarray(probabilities, dtype), jnp.asarray(values, dtype)
    gaps = values[..., :, None] - values[..., None, :]
    # At least the largest gap, and at most twice as much.
    unit = jnp.ldexp(jnp.ones_like(gaps[..., 0, 0]), jnp.frexp(jnp.max(jnp.abs(gaps), axis=(-2, -1)))[1])
    lift = 2.0 ** ((jnp.finfo(dtype).maxexp - 24) // 2)
    lifted = lift * policy
    terms = lifted[..., :, None] * lifted[..., None, :] * (gaps / unit[..., None, None]) ** 2
    # One factor after the other: none of the products leaves the range of the numbers if the result does not.
    return jnp.sum(terms, axis=(-2, -1)) / lift * unit / lift * unit / 2


@double_precision()
def covariance(probabilities: OutputVector, first: OutputVector, second: OutputVector) -> BatchScalars:
    """`Cov_pi[first, second]`, arguments as in `expectation`.

    **Example**

    >>> import theory
    >>> float(theory.covariance([0.5, 0.5], [1.0, -1.0], [0.5, 0.0]))
    0.25
    """
    return expectation(probabilities, advantage(probabilities, first) * advantage(probabilities, second))
