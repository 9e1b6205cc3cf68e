"""The Jacobian of the logits in the parameters, at every context, exactly (paper, Section 2; sharpened: ours).

Two measures of the Jacobian `J` of `f_theta(x, y_{<l})`: its spectral norm, the paper's, and its *contrast norm*
`max_{i,j} || grad (f_i - f_j) || / sqrt 2`. The latter ignores common shifts of all logits, which softmax ignores too;
every bound of ours holds with it (see docs/sharpened.md), and it is at most the spectral norm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Float

from theory.arguments.checks import as_float64
from theory.arguments.number_rules import finite
from theory.arguments.precision import double_precision
from theory.arguments.rules import Shaped, Whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.policies.contexts import enumerate_contexts
from theory.policies.policy import Parameters, Policy

CONTEXTS_AT_ONCE = 64
"""Contexts differentiated together: bounds memory, and is enough to keep a processor busy."""


class JacobianNorms(NamedTuple):
    """Per prompt, the largest over all prefixes, shape `(prompts,)`.

    **Fields**: `spectral` (`J_x` of the paper); `contrast` (ours, at most `spectral`).
    """

    spectral: Float[AnyArray, " prompts"]
    contrast: Float[AnyArray, " prompts"]


@double_precision()
def context_grams(policy: Policy, parameters: Parameters) -> Float[AnyArray, "contexts vocabulary vocabulary"]:
    """`J J^T` at every context: the inner products of the gradients of its logits.

    Each context is differentiated on its own chain only, so that the cost is that of `vocabulary` gradients per
    context.

    **Raises** `InvalidInputError` if there are too many contexts to hold in memory.
    """
    contexts = enumerate_contexts(policy.prompts, policy.vocabulary, policy.length)

    def gram(context: jax.Array) -> jax.Array:
        alone = contexts.only(context)
        jacobian = jax.jacrev(lambda theta: policy.context_logits(theta, alone)[-1])(parameters)
        flat = [leaf.reshape(policy.vocabulary, -1) for leaf in jax.tree.leaves(jacobian)]
        return sum((leaf @ leaf.T for leaf in flat), jnp.zeros((policy.vocabulary, policy.vocabulary)))

    count = contexts.prompt.shape[0]
    return lax.map(gram, jnp.arange(count), batch_size=min(CONTEXTS_AT_ONCE, count))


def _square(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    return (None, *as_float64("grams", given.get("grams")).shape[-1:] * 2)


@double_precision(grams=Shaped(finite, _square), prompts=Whole(1))
def norms_of_grams(grams: Float[AnyArray, "contexts vocabulary vocabulary"], prompts: int) -> JacobianNorms:
    """The two norms from `J J^T` at every context, the largest of each prompt."""
    if grams.shape[0] % prompts:
        raise InvalidInputError("grams", f"{grams.shape[0]} contexts", f"Give as many for each of {prompts} prompts.")
    largest = jnp.linalg.eigvalsh(grams)[:, -1]
    diagonal = jnp.diagonal(grams, axis1=-2, axis2=-1)
    contrasts = diagonal[:, :, None] + diagonal[:, None, :] - 2 * grams
    contrast = jnp.max(contrasts, axis=(-2, -1)) / 2

    def per_prompt(squares: jax.Array) -> jax.Array:
        return jnp.sqrt(jnp.maximum(jnp.max(squares.reshape(prompts, -1), axis=-1), 0.0))

    return JacobianNorms(per_prompt(largest), per_prompt(contrast))


@double_precision()
def jacobian_norms(policy: Policy, parameters: Parameters) -> JacobianNorms:
    """Both norms of the Jacobian, the largest over the prefixes of each prompt."""
    return norms_of_grams(context_grams(policy, parameters), policy.prompts)
