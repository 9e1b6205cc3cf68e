"""The longest score `|| grad ln pi(y|x) ||` of any next token, from above: the `kappa` of S8.

One gradient for each of 49,152 tokens would take hours. The derivative of all log-probabilities along one random
direction `g ~ N(0, I)` in parameter space takes one forward pass, and that of token `y` is normal with the variance
`|| grad ln pi(y) ||^2`: over `m` directions the sum of its squares is the squared length times `chi^2_m`. Whatever the
network, a token's length is therefore above `sqrt(sum / q)` with probability at most `F(q)`, `F` the distribution
function of `chi^2_m`; `q` is chosen so that this happens to any token of any prompt at most with the probability asked
for.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float64

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from theory.errors import InvalidInputError

from .batch import PromptBatch, next_token_log_policy
from .operator_norms import FAILURE_PROBABILITY


class ScoreNorms(NamedTuple):
    """The longest score of each prompt: an estimate, and an upper bound for all prompts at the confidence asked for."""

    estimate: Float64[np.ndarray, " prompts"]
    upper: Float64[np.ndarray, " prompts"]


def largest_score_norms(
    parameters: DecoderParameters,
    config: DecoderConfig,
    batch: PromptBatch,
    *,
    seed: int,
    directions: int = 32,
    failure_probability: float = FAILURE_PROBABILITY,
) -> ScoreNorms:
    """The longest score of any next token of each prompt.

    **Arguments**

    - `parameters`, `config`: the model. `batch`: the prompts.
    - `seed`: of the directions. `directions`: how many; with 32 the bound is 3.1 to 3.5 times the estimate.
    - `failure_probability`: at most how probable it is that any of the upper bounds is below the truth.

    **Raises** `InvalidInputError` for no directions or a failure probability outside (0, 1).
    """
    # Importing it takes a second, which every command would wait for.
    from scipy.stats import chi2

    if directions < 1:
        raise InvalidInputError("directions", directions, "Give a whole number of at least 1.")
    if not 0 < failure_probability < 1:
        raise InvalidInputError("failure_probability", failure_probability, "Give a number between 0 and 1.")
    random = np.random.default_rng(seed)
    total = np.zeros((batch.token_ids.shape[0], config.vocabulary_size))
    for _ in range(directions):
        along = jax.tree.map(lambda leaf: _gaussian(random, leaf), parameters)
        total += np.square(np.asarray(_derivative(parameters, config, batch, along), np.float64))
    longest = total.max(axis=-1)
    quantile = chi2.ppf(failure_probability / total.size, directions)
    return ScoreNorms(np.sqrt(longest / directions), np.sqrt(longest / quantile))


def _gaussian(random: np.random.Generator, leaf: Array) -> Array:
    return jnp.asarray(random.standard_normal(leaf.shape, np.float32), leaf.dtype)


@partial(jax.jit, static_argnames="config")
def _derivative(
    parameters: DecoderParameters, config: DecoderConfig, batch: PromptBatch, along: DecoderParameters
) -> Array:
    return jax.jvp(lambda theta: next_token_log_policy(theta, config, batch), (parameters,), (along,))[1]
