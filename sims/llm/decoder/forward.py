"""A decoder as pure functions of its parameters, on whatever device JAX computes with.

Padding may stand on either side: a mask says which tokens are kept. Logits of all positions at once are never formed:
they would be (batch, length, vocabulary). The precision is that of the parameters; norms, softmax and logits are
computed in float32.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Float32, Int32

from .attention import EXACT, causal_attention, soft_cap
from .block import PRODUCT, Product, block, many_rows
from .config import DecoderConfig
from .layers import over_layers
from .normalisation import norm
from .parameters import DecoderParameters, LayerParameters

Saved = Literal["products", "layers"]
"""What the forward pass keeps for a gradient: the products with weights, or only the residual stream between layers.

What lies between is computed again: with products kept, two thirds of the memory less than without; with layers alone,
one pass more and a tenth of that memory.
"""

_POLICIES = {
    "products": jax.checkpoint_policies.save_only_these_names(PRODUCT),
    "layers": jax.checkpoint_policies.nothing_saveable,
}


def embed(
    parameters: DecoderParameters, config: DecoderConfig, token_ids: Int32[Array, "batch length"]
) -> Float[Array, "batch length embedding"]:
    """The residual stream before the first block."""
    hidden = parameters.embedding[token_ids]
    if config.embedding_scale == 1:
        return hidden
    return hidden * jnp.asarray(config.embedding_scale, hidden.dtype)


def windows_of_layers(config: DecoderConfig) -> Int32[Array, " layers"] | None:
    """How far back each layer attends, 0 for all; None if all layers attend to everything."""
    return jnp.asarray(config.windows, jnp.int32) if any(config.windows) else None


def hidden_states(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "batch length"],
    kept: Bool[Array, "batch length"],
    *,
    saved: Saved = "products",
) -> Float[Array, "batch length embedding"]:
    """Run the decoder up to its last norm.

    **Arguments**

    - `parameters`, `config`: the model.
    - `token_ids`: prompts padded to one length; what stands in the padding is ignored.
    - `kept`: which tokens are not padding: those of a row stand side by side.
    - `saved`: what is kept for a gradient.

    **Returns** the normed hidden state at each position; those of padding carry no meaning.
    """
    positions = jnp.maximum(jnp.cumsum(kept, axis=1, dtype=jnp.int32) - 1, 0)

    @partial(jax.checkpoint, prevent_cse=False, policy=_POLICIES[saved])
    def run(hidden: Array, layer: tuple[LayerParameters, Array | None]) -> tuple[Array, None]:
        weights, window = layer

        def mix(query: Array, key: Array, value: Array) -> Array:
            return causal_attention(config, query, key, value, kept, window)

        return block(weights, config, hidden, positions, mix), None

    start = embed(parameters, config, token_ids)
    hidden, _ = over_layers(run, start, parameters.layers, windows_of_layers(config))
    return norm(config, hidden, parameters.output_norm, parameters.output_norm_bias)


def last_kept(kept: Bool[Array, "batch length"]) -> Int32[Array, " batch"]:
    """The place of the last token of each row that is not padding."""
    places = jnp.arange(kept.shape[1], dtype=jnp.int32)
    return jnp.max(jnp.where(kept, places[None, :], 0), axis=1)


def last_logits(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "batch length"],
    kept: Bool[Array, "batch length"],
) -> Float32[Array, "batch vocabulary"]:
    """The logits of the token after each prompt.

    **Arguments** as for `hidden_states`.

    **Returns** one row of logits a prompt; memory is (batch, vocabulary), not (batch, length, vocabulary).

    >>> import jax.numpy as jnp
    >>> from sims.llm import DecoderConfig, RotaryEmbedding, random_parameters
    >>> config = DecoderConfig(2, 16, 24, 4, 2, 4, 97, 128, RotaryEmbedding(10_000.0, 4), 1e-5)
    >>> token_ids = jnp.array([[5, 17, 3], [0, 0, 8]])
    >>> kept = jnp.array([[True, True, True], [False, False, True]])
    >>> last_logits(random_parameters(config, seed=0), config, token_ids, kept).shape
    (2, 97)
    """
    return unembed(parameters, config, _last_hidden(parameters, config, token_ids, kept))


def sequence_scores(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "batch length"],
    kept: Bool[Array, "batch length"],
) -> Float32[Array, "batch labels"]:
    """The outputs of a sequence-classification head, read at the last token that the mask keeps.

    **Arguments** as for `hidden_states`; the parameters have a `score`.

    **Returns** one row a sequence, whatever the side of the padding and the token that stands in it.
    """
    assert parameters.score is not None
    hidden = _last_hidden(parameters, config, token_ids, kept)
    return jnp.einsum("be,le->bl", hidden, parameters.score, precision=EXACT, preferred_element_type=jnp.float32)


def unembed(
    parameters: DecoderParameters,
    config: DecoderConfig,
    hidden: Float[Array, "*batch embedding"],
    product: Product | None = None,
) -> Float32[Array, "*batch vocabulary"]:
    """Logits from normed hidden states, with the embedding itself where the model ties the two.

    `product` is that of `block`.
    """
    matrix = parameters.embedding if parameters.unembedding is None else parameters.unembedding
    return soft_cap((product or many_rows)(hidden, matrix, jnp.float32), config.logit_soft_cap)


def _last_hidden(parameters: DecoderParameters, config: DecoderConfig, token_ids: Array, kept: Array) -> Array:
    hidden = hidden_states(parameters, config, token_ids, kept)
    return jnp.take_along_axis(hidden, last_kept(kept)[:, None, None], axis=1)[:, 0]
