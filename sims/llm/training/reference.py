"""The frozen initial model on drawn completions: its log-probabilities, and features for reward heads."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float32, Int32

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import hidden_states
from sims.llm.decoder.parameters import DecoderParameters
from sims.llm.sampling.log_probability import log_probabilities_from_hidden

from .placement import Placement
from .rollout import Rollout


class ReferencePass(NamedTuple):
    """Of each completion under the initial model: the log-probability, and the mean of its tokens' hidden states."""

    log_probabilities: Float32[np.ndarray, " rows"]
    features: Float32[np.ndarray, "rows features"]


def reference_pass(
    parameters: DecoderParameters,
    config: DecoderConfig,
    rollout: Rollout,
    *,
    prompt_length: int,
    rows_at_once: int,
    placement: Placement,
) -> ReferencePass:
    """One pass of the initial model over all completions.

    **Arguments**

    - `parameters`, `config`: the initial model.
    - `rollout`: completions, whose tokens begin at `prompt_length`.
    - `rows_at_once`: how many go through together; `placement`: the devices.
    """
    found = []
    for start in range(0, len(rollout.token_ids), rows_at_once):
        block = slice(start, start + rows_at_once)
        rows, kept = placement.rows(rollout.token_ids[block]), placement.rows(rollout.kept[block])
        passed = _pass(parameters, rows, kept, config=config, first=prompt_length)
        found.append([placement.whole(array) for array in passed])
    return ReferencePass(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))


@partial(jax.jit, static_argnames=("config", "first"))
def _pass(
    parameters: DecoderParameters,
    token_ids: Int32[Array, "rows length"],
    kept: Bool[Array, "rows length"],
    *,
    config: DecoderConfig,
    first: int,
) -> tuple[Float32[Array, " rows"], Float32[Array, "rows features"]]:
    hidden = hidden_states(parameters, config, token_ids, kept)
    found = log_probabilities_from_hidden(parameters, config, hidden, token_ids, kept, first=first)
    of_completion = kept[:, first:, None]
    total = jnp.sum(jnp.where(of_completion, hidden[:, first:].astype(jnp.float32), 0.0), axis=1)
    return jnp.sum(found, axis=1), total / jnp.sum(of_completion, axis=1)
