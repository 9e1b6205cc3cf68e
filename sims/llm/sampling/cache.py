"""Keys and values kept between tokens: those of a prompt once, for all of its completions."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Float32, Int32

from sims.llm.decoder.attention import causal_attention
from sims.llm.decoder.block import block
from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import embed, last_kept, unembed, windows_of_layers
from sims.llm.decoder.normalisation import norm
from sims.llm.decoder.parameters import DecoderParameters, LayerParameters

from .shared_attention import KeyValue, attend_to_prompt_and_completion, visible_tokens


class PromptCache(NamedTuple):
    """What completions need of their prompts."""

    keys: Float[Array, "layers prompts length kv_heads head_size"]
    values: Float[Array, "layers prompts length kv_heads head_size"]
    kept: Bool[Array, "prompts length"]
    logits: Float32[Array, "prompts vocabulary"]


class CompletionCache(NamedTuple):
    """Keys and values of the tokens of completions, filled from the front."""

    keys: Float[Array, "layers prompts completions tokens kv_heads head_size"]
    values: Float[Array, "layers prompts completions tokens kv_heads head_size"]


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

    layers = (parameters.layers, windows_of_layers(config))
    hidden, (keys, values) = jax.lax.scan(run, embed(parameters, config, token_ids), layers)
    last = jnp.take_along_axis(hidden, last_kept(kept)[:, None, None], axis=1)[:, 0]
    normed = norm(config, last, parameters.output_norm, parameters.output_norm_bias)
    return PromptCache(keys, values, kept, unembed(parameters, config, normed))


def positions_of(kept: Bool[Array, "prompts length"]) -> Int32[Array, "prompts length"]:
    """Each token's place in its prompt."""
    return jnp.maximum(jnp.cumsum(kept, axis=1, dtype=jnp.int32) - 1, 0)


def empty_cache(prompt: PromptCache, completions: int, tokens: int) -> CompletionCache:
    """Room for the keys and values of completions of so many tokens."""
    layers, prompts, _, heads, size = prompt.keys.shape
    zeros = jnp.zeros((layers, prompts, completions, tokens, heads, size), prompt.keys.dtype)
    return CompletionCache(zeros, zeros)


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
        visible = visible_tokens(prompt.kept, cache.keys.shape[3], place, window)
        seen: list[KeyValue] = []

        def mix(query: Array, key: Array, value: Array) -> Array:
            query, key, value = (x.reshape(prompts, completions, *x.shape[2:]) for x in (query, key, value))
            seen.append((key, value))
            return attend_to_prompt_and_completion(config, query, (key, value), of_prompt, of_completion, visible)

        hidden = block(weights, config, hidden, positions, mix)
        return hidden, seen[0]

    layers = (parameters.layers, windows_of_layers(config), (prompt.keys, prompt.values), (cache.keys, cache.values))
    hidden, new = jax.lax.scan(run, embed(parameters, config, tokens.reshape(-1, 1)), layers)
    normed = norm(config, hidden[:, 0], parameters.output_norm, parameters.output_norm_bias)
    logits = unembed(parameters, config, normed).reshape(prompts, completions, -1)
    # Written once for all layers: a cache that went through the scan would be copied for every token.
    written = [
        jax.lax.dynamic_update_slice_in_dim(old, fresh[:, :, :, None], place, axis=3)
        for old, fresh in zip(cache, new, strict=True)
    ]
    return logits, CompletionCache(*written)
