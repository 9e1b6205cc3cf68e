"""The largest eigenvalues that bounds rest on, in all parameters: from both sides, by products alone.

Each is that of `B B^T` for the Jacobian `B` of a function of the parameters, of as many rows as the vocabulary. The
upper bounds hold with a stated probability over a random start (`theory.parameter_space.lanczos_bounds`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import last_logits
from sims.llm.decoder.parameters import DecoderParameters
from theory.parameter_space.spectral_estimate import SpectralEstimate, largest_eigenvalue

from .batch import PromptBatch, next_token_log_policy

TOLERANCE = 0.01
FAILURE_PROBABILITY = 1e-6


@partial(jax.jit, static_argnames=("config", "tolerance", "failure_probability"))
def fisher_norm(
    parameters: DecoderParameters,
    config: DecoderConfig,
    batch: PromptBatch,
    key: Key[Array, ""],
    *,
    tolerance: float = TOLERANCE,
    failure_probability: float = FAILURE_PROBABILITY,
) -> SpectralEstimate:
    """`lambda_max` of the Fisher information of the next token, averaged over the prompts of the batch.

    **Arguments**

    - `parameters`, `config`: the model. `batch`: the prompts; one gives `lambda_max(F_x)`.
    - `key`: of the random start.
    - `tolerance`: how far apart the two bounds may be, as a share; it stops when they are that close.
    - `failure_probability`: at most how probable it is that the upper bound is below the truth.
    """

    def weighted(theta: DecoderParameters) -> Array:
        log_policy = next_token_log_policy(theta, config, batch)
        root = jnp.exp(jax.lax.stop_gradient(log_policy) / 2)
        return root * log_policy * batch.token_ids.shape[0] ** -0.5

    return _squared_norm(weighted, parameters, key, tolerance, failure_probability)


@partial(jax.jit, static_argnames=("config", "centred", "tolerance", "failure_probability"))
def squared_jacobian_norm(
    parameters: DecoderParameters,
    config: DecoderConfig,
    batch: PromptBatch,
    key: Key[Array, ""],
    *,
    centred: bool,
    tolerance: float = TOLERANCE,
    failure_probability: float = FAILURE_PROBABILITY,
) -> SpectralEstimate:
    """The squared spectral norm of the Jacobian of the next token's logits, those of all prompts in one column.

    Arguments as for `fisher_norm`, and

    - `centred`: of the logits less their mean. What softmax ignores, a common shift of all logits, is left out, so that
      `|| J^T (e_i - e_j) || / sqrt 2`, the contrast norm of S6, is at most this norm: `(e_i - e_j) / sqrt 2` has length
      one and is orthogonal to the vector of ones.
    """

    def logits(theta: DecoderParameters) -> Array:
        found = last_logits(theta, config, batch.token_ids, batch.kept)
        return found - jnp.mean(found, axis=-1, keepdims=True) if centred else found

    return _squared_norm(logits, parameters, key, tolerance, failure_probability)


def _squared_norm(
    function: Callable[[DecoderParameters], Array],
    parameters: DecoderParameters,
    key: Key[Array, ""],
    tolerance: float,
    failure_probability: float,
) -> SpectralEstimate:
    value, along = jax.linearize(function, parameters)
    backwards = jax.linear_transpose(along, parameters)
    return largest_eigenvalue(
        lambda vector: along(*backwards(vector)),
        value,
        key,
        tolerance=tolerance,
        failure_probability=failure_probability,
    )
