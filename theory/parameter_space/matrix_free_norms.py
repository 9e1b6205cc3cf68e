"""Norms of Jacobians and of the Fisher information where no matrix fits into memory: by products alone.

Everything is the largest eigenvalue of `B B^T` for the Jacobian `B` of some function of the parameters: the logits at
a context for the norm of the paper, `sqrt(pi) ln pi` with `pi` held fixed for the Fisher information. A product takes
one gradient and one derivative along a direction, both from a single linearisation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax
from jaxtyping import Float, Int

from theory.arguments.names import ARRAYS, POSITIVE
from theory.arguments.number_rules import between
from theory.arguments.object_rules import is_function
from theory.arguments.precision import double_precision
from theory.arguments.rules import Described, Indices, Single, Whole
from theory.arguments.shape_rules import contexts_of, prompts_of, single
from theory.arrays import AnyArray
from theory.parameter_space.spectral_estimate import SpectralEstimate, largest_eigenvalue
from theory.policies.contexts import enumerate_contexts, prefix_count
from theory.policies.policy import Parameters, Policy

Index = Int[AnyArray, ""] | int


@double_precision(
    function=Described(is_function),
    parameters=ARRAYS,
    tolerance=POSITIVE,
    failure_probability=Single(between(0.0, 1.0)),
    most_products=Whole(1),
)
def estimate_squared_norm(
    function: Callable[[Parameters], Any],
    parameters: Parameters,
    key: jax.Array,
    *,
    tolerance: Float[AnyArray, ""] | float = 0.01,
    failure_probability: float = 1e-6,
    most_products: int = 48,
) -> SpectralEstimate:
    """The squared spectral norm of the Jacobian of a function from one pytree to another, of any size (traceable).

    Lanczos' vectors live on whichever side is smaller. Other arguments and errors as `largest_eigenvalue`.
    """
    value, along = jax.linearize(function, parameters)
    backwards = jax.linear_transpose(along, parameters)
    if _size(value) <= _size(parameters):
        like, product = value, lambda vector: along(*backwards(vector))
    else:
        like, product = parameters, lambda vector: backwards(along(vector))[0]
    return largest_eigenvalue(
        product,
        like,
        key,
        tolerance=tolerance,
        failure_probability=failure_probability,
        most_products=most_products,
    )


@double_precision(
    prompt=Indices(prompts_of, single),
    tolerance=POSITIVE,
    failure_probability=Single(between(0.0, 1.0)),
    most_products=Whole(1),
)
@partial(jax.jit, static_argnames=("failure_probability", "most_products"))
def estimate_fisher_norm(
    policy: Policy,
    parameters: Parameters,
    prompt: Index,
    key: jax.Array,
    *,
    tolerance: Float[AnyArray, ""] | float = 0.01,
    failure_probability: float = 1e-6,
    most_products: int = 48,
) -> SpectralEstimate:
    """`lambda_max(F_x)` of one prompt, matrix-free; see `fisher_information.fisher_norms` for the exact value.

    **Raises** `InvalidInputError` where there are too many outputs to enumerate, and as `largest_eigenvalue`.
    """

    def weighted(theta: Parameters) -> jax.Array:
        log_policy = prompt_log_probabilities(policy, theta, prompt)
        return jnp.exp(jax.lax.stop_gradient(log_policy) / 2) * log_policy

    return estimate_squared_norm(
        weighted,
        parameters,
        key,
        tolerance=tolerance,
        failure_probability=failure_probability,
        most_products=most_products,
    )


@double_precision(
    context=Indices(contexts_of, single),
    tolerance=POSITIVE,
    failure_probability=Single(between(0.0, 1.0)),
    most_products=Whole(1),
)
@partial(jax.jit, static_argnames=("failure_probability", "most_products"))
def estimate_jacobian_norm(
    policy: Policy,
    parameters: Parameters,
    context: Index,
    key: jax.Array,
    *,
    tolerance: Float[AnyArray, ""] | float = 0.01,
    failure_probability: float = 1e-6,
    most_products: int = 48,
) -> SpectralEstimate:
    """The spectral norm of the Jacobian of the logits at one context, matrix-free.

    **Arguments**: `context` counts all contexts, prompt by prompt; the rest as `largest_eigenvalue`, except that
    `tolerance` is about the squared norm, too.

    **Returns** bounds on the norm itself; the residual is `|| J v - sigma u ||` of the singular triplet found.

    **Raises** `InvalidInputError` where there are too many contexts to enumerate, and as `largest_eigenvalue`.
    """
    alone = enumerate_contexts(policy.prompts, policy.vocabulary, policy.length).only(jnp.asarray(context))
    squared = estimate_squared_norm(
        lambda theta: policy.context_logits(theta, alone)[-1],
        parameters,
        key,
        tolerance=tolerance,
        failure_probability=failure_probability,
        most_products=most_products,
    )
    lower = jnp.sqrt(squared.lower)
    return squared._replace(
        lower=lower,
        upper=jnp.sqrt(squared.upper),
        residual=jnp.where(lower > 0, squared.residual / jnp.where(lower > 0, lower, 1.0), squared.residual),
    )


@double_precision(prompt=Indices(prompts_of, single))
def prompt_log_probabilities(policy: Policy, parameters: Parameters, prompt: Index) -> Float[AnyArray, " outputs"]:
    """`ln pi_theta(y | x)` of all outputs of one prompt, alphabetically (traceable in the prompt).

    **Raises** `InvalidInputError` if there are too many contexts to hold in memory.
    """
    contexts = enumerate_contexts(1, policy.vocabulary, policy.length)
    contexts = replace(contexts, prompt=jnp.full(contexts.prompt.shape, prompt))
    logs = log_softmax(policy.context_logits(parameters, contexts), axis=-1)
    total = jnp.zeros(1)
    starts = [prefix_count(policy.vocabulary, depth) for depth in range(policy.length + 1)]
    for first, last in pairwise(starts):
        total = (total[:, None] + logs[first:last]).reshape(-1)
    return total


def _size(tree: Any) -> int:
    return sum(int(np.prod(np.shape(leaf))) for leaf in jax.tree.leaves(tree))
