"""Completions of a batch of prompts, drawn token by token inside one compiled program."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float32, Int32, Key, UInt32

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters

from .cache import CompletionCache, empty_cache, read_prompts, read_token
from .draw import draw_tokens
from .settings import SamplingSettings


class Completions(NamedTuple):
    """Drawn completions, filled with zeros behind their ends.

    `log_probabilities` are those of the model itself, whatever the temperature; `lengths` count the stop token.
    """

    tokens: Int32[Array, "prompts completions tokens"]
    log_probabilities: Float32[Array, "prompts completions tokens"]
    lengths: Int32[Array, "prompts completions"]


class _State(NamedTuple):
    place: Int32[Array, ""]
    last: Int32[Array, "prompts completions"]
    ended: Bool[Array, "prompts completions"]
    cache: CompletionCache
    drawn: Completions


def completion_keys(
    seed: UInt32[Array, ""], numbers: UInt32[Array, "prompts completions"]
) -> Key[Array, "prompts completions"]:
    """A random key for each completion, by its number: the same in whatever batch, and on however many devices.

    **Arguments**

    - `seed`: of the run.
    - `numbers`: of the completions, counted over the whole run.
    """
    root = jax.random.key(seed)
    return jax.vmap(jax.vmap(lambda number: jax.random.fold_in(root, number)))(numbers)


def generate(
    parameters: DecoderParameters,
    config: DecoderConfig,
    settings: SamplingSettings,
    token_ids: Int32[Array, "prompts length"],
    kept: Bool[Array, "prompts length"],
    keys: Key[Array, "prompts completions"],
) -> Completions:
    """Draw completions of each prompt; the prompt is read once for all of them.

    **Arguments**

    - `parameters`, `config`: the model.
    - `settings`: how tokens are drawn, and when a completion ends.
    - `token_ids`, `kept`: prompts padded on the left, and which tokens are not padding.
    - `keys`: of `completion_keys`; their number is that of the completions.

    **Returns** the completions. The loop ends once all have ended.
    """
    prompts, completions = keys.shape
    prompt = read_prompts(parameters, config, token_ids, kept)

    def draw(place: Array, logits: Array) -> tuple[Array, Array]:
        at_place = jax.vmap(lambda key: jax.random.fold_in(key, place))(keys.reshape(-1))
        tokens, values = draw_tokens(at_place, logits.reshape(prompts * completions, -1), settings)
        return tokens.reshape(keys.shape), values.reshape(keys.shape)

    def record(state: _State, tokens: Array, values: Array) -> _State:
        drawn, going = state.drawn, ~state.ended
        tokens, values = jnp.where(going, tokens, 0), jnp.where(going, values, 0.0)
        drawn = Completions(
            jax.lax.dynamic_update_slice_in_dim(drawn.tokens, tokens[:, :, None], state.place, axis=2),
            jax.lax.dynamic_update_slice_in_dim(drawn.log_probabilities, values[:, :, None], state.place, axis=2),
            drawn.lengths + going,
        )
        stopped = jnp.isin(tokens, jnp.asarray(settings.stop_tokens, jnp.int32)) if settings.stop_tokens else False
        return _State(state.place + 1, tokens, state.ended | stopped, state.cache, drawn)

    def going_on(state: _State) -> Array:
        return (state.place < settings.max_tokens) & ~jnp.all(state.ended)

    def advance(state: _State) -> _State:
        logits, cache = read_token(parameters, config, prompt, state.cache, state.last, state.place - 1)
        return record(state._replace(cache=cache), *draw(state.place, logits))

    shape, zeros = (prompts, completions, settings.max_tokens), jnp.zeros(keys.shape, jnp.int32)
    nothing = Completions(jnp.zeros(shape, jnp.int32), jnp.zeros(shape, jnp.float32), zeros)
    cache = empty_cache(prompt, completions, max(settings.max_tokens - 1, 1))
    start = _State(jnp.zeros((), jnp.int32), zeros, jnp.zeros(keys.shape, bool), cache, nothing)
    first = jnp.broadcast_to(prompt.logits[:, None], (prompts, completions, prompt.logits.shape[-1]))
    return jax.lax.while_loop(going_on, advance, record(start, *draw(start.place, first))).drawn
