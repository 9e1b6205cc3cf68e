"""The log-probability that a language model gives to tokens, by one pass over prompt and completion."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Float32, Int32

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import Saved, hidden_states, unembed
from sims.llm.decoder.parameters import DecoderParameters

_ROWS_OF_LOGITS = 256


def token_log_probabilities(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "batch length"],
    kept: Bool[Array, "batch length"],
    *,
    first: int = 1,
    saved: Saved = "products",
) -> Float32[Array, "batch length"]:
    """The log-probability of each token, given those before it in its row.

    Logits are formed for 256 tokens at a time, and again in the backward pass, so that (batch, length, vocabulary) is
    never held; gradients with respect to the parameters may be taken.

    **Arguments**

    - `parameters`, `config`: the model.
    - `token_ids`: rows padded on either side.
    - `kept`: which tokens are not padding.
    - `first`: the place of the first token to score, at least 1: no logits are formed for those before it.
    - `saved`: what is kept for a gradient.

    **Returns** natural logarithms; 0 for padding, for tokens before `first`, and for the first token of each row,
    before which there is nothing.
    """
    hidden = hidden_states(parameters, config, token_ids, kept, saved=saved)
    return log_probabilities_from_hidden(parameters, config, hidden, token_ids, kept, first=first)


def log_probabilities_from_hidden(
    parameters: DecoderParameters,
    config: DecoderConfig,
    hidden: Float[Array, "batch length embedding"],
    token_ids: Int32[Array, "batch length"],
    kept: Bool[Array, "batch length"],
    *,
    first: int = 1,
) -> Float32[Array, "batch length"]:
    """The same for who has the hidden states already, as `hidden_states` gives them."""
    hidden = hidden[:, first - 1 : -1]
    batch, length = hidden.shape[0], hidden.shape[1]
    count = batch * length
    size = min(_ROWS_OF_LOGITS, count)
    padding = -count % size
    flat = jnp.pad(hidden.reshape(count, -1), ((0, padding), (0, 0)))
    targets = jnp.pad(token_ids[:, first:].reshape(count), (0, padding))

    @jax.checkpoint
    def of_block(block: tuple[Array, Array]) -> Array:
        states, wanted = block
        logits = unembed(parameters, config, states)
        chosen = jnp.take_along_axis(logits, wanted[:, None], axis=1)[:, 0]
        return chosen - jax.nn.logsumexp(logits, axis=-1)

    blocks = (flat.reshape(-1, size, flat.shape[-1]), targets.reshape(-1, size))
    found = jax.lax.map(of_block, blocks).reshape(-1)[:count].reshape(batch, length)
    real = kept[:, first:] & kept[:, first - 1 : -1]
    return jnp.pad(jnp.where(real, found, 0.0), ((0, 0), (first, 0)))
