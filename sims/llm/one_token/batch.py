"""Prompts of a language model as one rectangular batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float32, Int32

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import last_logits
from sims.llm.decoder.parameters import DecoderParameters
from sims.llm.token_batches import check_token_rows, left_padded


class PromptBatch(NamedTuple):
    """Prompts padded on the left to the length of the longest, or more; `kept` says which tokens are not padding."""

    token_ids: Int32[Array, "prompts length"]
    kept: Bool[Array, "prompts length"]


def prompt_batch(config: DecoderConfig, prompts: Sequence[Sequence[int]], *, multiple: int = 1) -> PromptBatch:
    """A batch of ragged rows of token ids.

    **Arguments**: `multiple`, of which the padded length is one, so that programs are compiled for few lengths.

    **Raises** `InvalidInputError` for no rows, an empty or too long one, and ids outside the vocabulary.
    """
    check_token_rows(prompts, config)
    length = -(-max(map(len, prompts)) // multiple) * multiple
    token_ids, kept = left_padded(prompts, length, len(prompts))
    return PromptBatch(jnp.asarray(token_ids), jnp.asarray(kept))


def next_token_log_policy(
    parameters: DecoderParameters, config: DecoderConfig, batch: PromptBatch
) -> Float32[Array, "prompts vocabulary"]:
    """`ln pi_theta(y | x)` of every next token `y`."""
    return jax.nn.log_softmax(last_logits(parameters, config, batch.token_ids, batch.kept), axis=-1)
