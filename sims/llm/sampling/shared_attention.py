"""Attention of one more token of each completion: to its prompt, which completions share, and to its own."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int32

from sims.llm.decoder.attention import EXACT, attention_scale, soft_cap
from sims.llm.decoder.config import DecoderConfig

KeyValue = tuple[Array, Array]


def attend_to_prompt_and_completion(
    config: DecoderConfig,
    query: Float[Array, "prompts completions kv_heads group head_size"],
    itself: KeyValue,
    prompt: KeyValue,
    completion: KeyValue,
    visible: tuple[Bool[Array, "prompts length"], Bool[Array, " tokens"]],
) -> Float[Array, "prompts completions kv_heads group head_size"]:
    """The mixed values of one token of each completion.

    **Arguments**

    - `config`: the decoder.
    - `query`: of the token, rotated.
    - `itself`: its own key and value, (prompts, completions, kv_heads, head_size).
    - `prompt`: keys and values of the prompts, (prompts, length, kv_heads, head_size).
    - `completion`: those of the completions so far, (prompts, completions, tokens, kv_heads, head_size).
    - `visible`: which tokens of the prompts, and which of the completions, are attended to.
    """
    product = partial(jnp.einsum, precision=EXACT, preferred_element_type=jnp.float32)
    scores = [
        product("pckgd,pskd->pckgs", query, prompt[0]),
        product("pckgd,pctkd->pckgt", query, completion[0]),
        product("pckgd,pckd->pckg", query, itself[0])[..., None],
    ]
    masks = (visible[0][:, None, None, None, :], visible[1][None, None, None, None, :], None)
    capped = [soft_cap(attention_scale(config) * score, config.attention_soft_cap) for score in scores]
    hidden = [s if mask is None else jnp.where(mask, s, -jnp.inf) for s, mask in zip(capped, masks, strict=True)]
    weights = jax.nn.softmax(jnp.concatenate(hidden, axis=-1), axis=-1).astype(query.dtype)
    length, tokens = prompt[0].shape[1], completion[0].shape[2]
    of_prompt, of_completion, of_itself = jnp.split(weights, [length, length + tokens], axis=-1)
    mix = partial(jnp.einsum, precision=EXACT)
    return (
        mix("pckgs,pskd->pckgd", of_prompt, prompt[1])
        + mix("pckgt,pctkd->pckgd", of_completion, completion[1])
        + of_itself * itself[1][:, :, :, None, :]
    )


def visible_tokens(
    kept: Bool[Array, "prompts length"], tokens: int, place: Int32[Array, ""], window: Int32[Array, ""] | None
) -> tuple[Bool[Array, "prompts length"], Bool[Array, " tokens"]]:
    """Which tokens of prompts and of completions a new token attends to, itself aside.

    **Arguments**

    - `kept`: which tokens of the prompts are not padding.
    - `tokens`: the room for tokens of completions.
    - `place`: how many tokens of a completion come before the new one.
    - `window`: how many tokens back it attends, itself included; 0 or None for all.
    """
    places = jnp.arange(tokens, dtype=jnp.int32)
    before = places < place
    if window is None:
        return kept, before
    # How many tokens of its prompt come after each, and itself.
    later = jnp.flip(jnp.cumsum(jnp.flip(kept, axis=1), axis=1, dtype=jnp.int32), axis=1)
    return kept & ((window == 0) | (later + place < window)), before & ((window == 0) | (place - places < window))
