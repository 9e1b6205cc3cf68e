"""Keys and values kept between tokens: those of a prompt once, for all of its completions."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float32, Int32

from sims.llm.decoder.attention import causal_attention
from sims.llm.decoder.block import block, few_rows
from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import embed, last_kept, unembed, windows_of_layers
from sims.llm.decoder.layers import over_layers
from sims.llm.decoder.normalisation import norm
from sims.llm.decoder.parameters import DecoderParameters, LayerParameters

from .shared_attention import KeyValue, attend_to_prompt_and_completion, visible_tokens


class PromptCache(NamedTuple):
    """What completions need of their prompts.

    `layers` has keys and values, each (prompts, length, kv_heads, head_size): of all layers stacked along the first
    axis, or one by one, as the layers of the parameters are.
    """

    layers: KeyValue | tuple[KeyValue, ...]
    kept: Bool[Array, "prompts length"]
    logits: Float32[Array, "prompts vocabulary"]


CompletionCache = KeyValue | tuple[KeyValue, ...]
"""Keys and values of the tokens of completions, filled from the front: those of each layer (prompts, completions,
tokens, kv_heads, head_size), stacked or one by one as in `PromptCache`."""


def read_prompts(
    parameters: DecoderParameters,
    config: DecoderConfig,
    token_ids: Int32[Array, "prompts length"],
    kept: Bool[Array, "prompts length"],
) -> PromptCache:
    """Run the decoder over prompts once.

    **Arguments**

    - `parameters`, `config`: the model.
    - `token_ids`, `kept`: prompts padded on the left, and which tokens are not padding.

    **Returns** their keys and values, and the logits of the token after each.
    """
    positions = positions_of(kept)

    def run(hidden: Array, layer: tuple[LayerParameters, Array | None]) -> tuple[Array, tuple[Array, Array]]:
        weights, window = layer
        seen: list[tuple[Array, Array]] = []

        def mix(query: Array, key: Array, value: Array) -> Array:
            seen.append((key, value))
            return causal_attention(config, query, key, value, kept, window)

        hidden = block(weights, config, hidden, positions, mix)
        return hidden, seen[0]

    start = embed(parameters, config, token_ids)
    hidden, seen_by_layers = over_layers(run, start, parameters.layers, windows_of_layers(config))
    last = jnp.take_along_axis(hidden, last_kept(kept)[:, None, None], axis=1)[:, 0]
    normed = norm(config, last, parameters.output_norm, parameters.output_norm_bias)
    return PromptCache(seen_by_layers, kept, unembed(parameters, config, normed))


def positions_of(kept: Bool[Array, "prompts length"]) -> Int32[Array, "prompts length"]:
    """Each token's place in its prompt."""
    return jnp.maximum(jnp.cumsum(kept, axis=1, dtype=jnp.int32) - 1, 0)


def empty_cache(prompt: PromptCache, completions: int, tokens: int) -> CompletionCache:
    """Room for the keys and values of completions of so many tokens."""

    def room(of_prompt: Array) -> Array:
        *leading, prompts, _, heads, size = of_prompt.shape
        return jnp.zeros((*leading, prompts, completions, tokens, heads, size), of_prompt.dtype)

    return jax.tree.map(room, prompt.layers)


def read_token(
    parameters: DecoderParameters,
    config: DecoderConfig,
    prompt: PromptCache,
    cache: CompletionCache,
    tokens: Int32[Array, "prompts completions"],
    place: Int32[Array, ""],
) -> tuple[Float32[Array, "prompts completions vocabulary"], CompletionCache]:
    """Run the decoder over one more token of each completion.

    **Arguments**

    - `parameters`, `config`: the model.
    - `prompt`: what `read_prompts` returned.
    - `cache`: filled for the tokens before.
    - `tokens`: the token of each completion.
    - `place`: which token of its completion it is, counted from 0; the same for all.

    **Returns** the logits of the token after it, and the cache with its keys and values.
    """
    prompts, completions = tokens.shape
    lengths = jnp.sum(prompt.kept, axis=1, dtype=jnp.int32)
    positions = jnp.broadcast_to((lengths + place)[:, None], tokens.shape).reshape(-1, 1)

    def run(hidden: Array, layer: tuple[LayerParameters, Array | None, KeyValue, KeyValue]) -> tuple[Array, KeyValue]:
        weights, window, of_prompt, of_completion = layer
        visible = visible_tokens(prompt.kept, of_completion[0].shape[2], place, window)
        seen: list[KeyValue] = []

        def mix(query: Array, key: Array, value: Array) -> Array:
            query, key, value = (x.reshape(prompts, completions, *x.shape[2:]) for x in (query, key, value))
            seen.append((key, value))
            return attend_to_prompt_and_completion(config, query, (key, value), of_prompt, of_completion, visible)

        hidden = block(weights, config, hidden, positions, mix, few_rows)
        return hidden, seen[0]

    start = embed(parameters, config, tokens.reshape(-1, 1))
    hidden, new = over_layers(run, start, parameters.layers, windows_of_layers(config), prompt.layers, cache)
    normed = norm(config, hidden[:, 0], parameters.output_norm, parameters.output_norm_bias)
    logits = unembed(parameters, config, normed, few_rows).reshape(prompts, completions, -1)
    # Written once for all layers: a cache that went through the scan would be copied for every token.

    def write(old: Array, fresh: Array) -> Array:
        return jax.lax.dynamic_update_slice_in_dim(old, jnp.expand_dims(fresh, -3), place, axis=old.ndim - 3)

    return logits, jax.tree.map(write, cache, new)
