"""The Fisher information matrix of a policy, one for each prompt, and its largest eigenvalue: exactly, and matrix-free.

`F_x = E_{y ~ pi(.|x)}[grad ln pi(y|x) grad ln pi(y|x)^T]`. Along every direction `u`, `u . grad phi(theta; x) =
Cov_pi(r_KL, u . grad ln pi)`, so that by Cauchy-Schwarz `|| grad phi(theta; x) ||^2 <= lambda_max(F_x) Var_pi[r_KL]`
(ours, S0). With `G` the matrix whose rows are the scores `grad ln pi(y|x)`, `F_x = G^T diag(pi) G` has the nonzero
eigenvalues of `diag(sqrt pi) G G^T diag(sqrt pi)`: whichever is smaller is decomposed.
`theory.parameter_space.matrix_free_norms` has estimates for sizes at which neither fits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float

from theory.arguments.number_rules import finite
from theory.arguments.precision import double_precision
from theory.arguments.rules import Indices, Shaped
from theory.arguments.shape_rules import one_per_prompt, prompts_of, single
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.policies.contexts import MEMORY_LIMIT
from theory.policies.policy import (
    Parameters,
    Policy,
    output_log_probabilities,
    outputs,
    sequence_log_probabilities,
)

OUTPUTS_AT_ONCE = 64
"""Sequences whose scores are computed together: bounds memory, and is enough to keep a processor busy."""


@double_precision()
def fisher_norms(policy: Policy, parameters: Parameters) -> Float[AnyArray, " prompts"]:
    """`lambda_max(F_x)` of every prompt, exact to rounding (traceable; differentiable where the eigenvalue is simple).

    Every output is differentiated on its own chain of contexts, so that this costs one gradient per output and one
    dense eigenvalue problem of the smaller of `outputs` and the number of parameters.

    **Raises** `InvalidInputError` if the scores of one prompt's outputs do not fit into memory.
    """
    _check_memory(policy, parameters, prompts=1)
    return lax.map(
        lambda prompt: _largest_eigenvalue(weighted_scores(policy, parameters, prompt)), jnp.arange(policy.prompts)
    )


class ScoreSummary(NamedTuple):
    """What the scores of all outputs say of a policy.

    **Fields** (float64): `fisher_norms`, `lambda_max(F_x)` of every prompt; `mean_fisher_norm`, the largest eigenvalue
    of the mean of `F_x` over the prompts; `score_norms`, the largest `||grad ln pi(y|x)||` over outputs, of every
    prompt.
    """

    fisher_norms: Float[AnyArray, " prompts"]
    mean_fisher_norm: Float[AnyArray, ""]
    score_norms: Float[AnyArray, " prompts"]


@double_precision()
def score_summary(policy: Policy, parameters: Parameters) -> ScoreSummary:
    """The Fisher information of every prompt and of their mean, and the longest scores, exact to rounding (traceable).

    One gradient per output and prompt, and dense eigenvalue problems as in `fisher_norms`, the largest one of size
    `prompts * outputs` or the number of parameters, whichever is smaller.

    **Raises** `InvalidInputError` if the scores of all prompts' outputs do not fit into memory.
    """
    _check_memory(policy, parameters, prompts=policy.prompts)

    def summed(log_policy: jax.Array, score: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jnp.exp(log_policy / 2) * score, jnp.linalg.norm(score)

    rows, norms = lax.map(
        lambda prompt: _of_each_output(policy, parameters, prompt, summed), jnp.arange(policy.prompts)
    )
    together = rows.reshape(-1, rows.shape[-1]) / np.sqrt(policy.prompts)
    return ScoreSummary(lax.map(_largest_eigenvalue, rows), _largest_eigenvalue(together), jnp.max(norms, axis=-1))


def _check_memory(policy: Policy, parameters: Parameters, *, prompts: int) -> None:
    rows = prompts * outputs(policy)
    scores = rows * _size(parameters)
    if 8 * scores > MEMORY_LIMIT:
        raise InvalidInputError(
            "policy",
            f"{rows:,} outputs x {_size(parameters):,} parameters, {scores / 2**17:,.0f} MiB of scores "
            f"(limit {MEMORY_LIMIT / 2**20:,.0f} MiB)",
            "That is too much for a dense matrix: use estimate_fisher_norm, which only takes products.",
        )


def _largest_eigenvalue(rows: AnyArray) -> jax.Array:
    """Of the transpose of the rows times the rows."""
    gram = rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows
    return jnp.linalg.eigvalsh(gram)[-1]


@double_precision(prompt=Indices(prompts_of, single))
def weighted_scores(
    policy: Policy, parameters: Parameters, prompt: AnyArray | int
) -> Float[AnyArray, "outputs parameters"]:
    """`sqrt(pi(y|x)) grad ln pi(y|x)` in a row for each output, alphabetically; `F_x` is the transpose times this."""
    return _of_each_output(policy, parameters, prompt, lambda log_policy, score: jnp.exp(log_policy / 2) * score)


def _of_each_output(
    policy: Policy, parameters: Parameters, prompt: AnyArray | int, function: Callable[[jax.Array, jax.Array], Any]
) -> Any:
    """A function of `ln pi(y|x)` and of the score, one vector, for each output, alphabetically."""
    tokens = np.stack(np.unravel_index(np.arange(outputs(policy)), (policy.vocabulary,) * policy.length), axis=-1)

    def log_probability(theta: Parameters, sequence: jax.Array) -> jax.Array:
        return sequence_log_probabilities(policy, theta, jnp.asarray(prompt)[None], sequence[None])[0]

    def row(sequence: jax.Array) -> Any:
        log_policy, score = jax.value_and_grad(log_probability)(parameters, sequence)
        return function(log_policy, jnp.concatenate([leaf.reshape(-1) for leaf in jax.tree.leaves(score)]))

    return lax.map(row, jnp.asarray(tokens), batch_size=min(OUTPUTS_AT_ONCE, len(tokens)))


@double_precision(prompt_weights=Shaped(finite, one_per_prompt))
def fisher_product(
    policy: Policy, parameters: Parameters, prompt_weights: Float[AnyArray, " prompts"], vector: Parameters
) -> Parameters:
    """`sum_x weights[x] F_x vector`, by one derivative along `vector` and one gradient; `G` is never formed.

    **Arguments**

    - `prompt_weights`: one per prompt; `1 / prompts` each for the mean over the prompts, one and zeros for one prompt.
    - `vector`: a pytree like `parameters`.

    **Raises** `InvalidInputError` if there are too many contexts to hold in memory.
    """
    log_policy, scores_times = jax.linearize(partial(output_log_probabilities, policy), parameters)
    transposed = jax.linear_transpose(scores_times, parameters)
    return transposed(jnp.asarray(prompt_weights)[:, None] * jnp.exp(log_policy) * scores_times(vector))[0]


def _size(parameters: Parameters) -> int:
    return sum(int(np.prod(np.shape(leaf))) for leaf in jax.tree.leaves(parameters))
