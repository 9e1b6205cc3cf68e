from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import load_language_model
from sims.llm.decoder.forward import last_logits
from sims.llm.sequences.context_jacobians import context_jacobian

PROMPT, COMPLETIONS = [5, 17, 3], [[7], [8, 9, 10], [11, 12]]


@pytest.mark.parametrize("number", range(3))
def test_the_norm_is_that_of_the_context_s_jacobian(checkpoint: Callable[[str], Path], number: int) -> None:
    model = load_language_model(checkpoint("llama-tied"))
    found = context_jacobian(model, PROMPT, COMPLETIONS, seed=(0, number))
    tokens = COMPLETIONS[found.completion]
    assert found.tokens == len(tokens)
    assert 0 <= found.place < len(tokens)
    context = jnp.asarray([[*PROMPT, *tokens[: found.place]]], jnp.int32)
    logits, backwards = jax.vjp(
        lambda theta: last_logits(theta, model.config, context, jnp.ones(context.shape, bool))[0], model.parameters
    )
    rows = jax.lax.map(lambda unit: backwards(unit)[0], jnp.eye(97, dtype=logits.dtype))
    flat = np.concatenate([np.asarray(leaf, np.float64).reshape(97, -1) for leaf in jax.tree.leaves(rows)], axis=1)
    truth = float(np.linalg.norm(flat @ flat.T, 2))
    assert found.squared_norm[0] <= truth * (1 + 1e-5)
    assert truth * (1 - 1e-5) <= found.squared_norm[1] <= 1.011 * found.squared_norm[0]


def test_places_and_completions_vary(checkpoint: Callable[[str], Path]) -> None:
    model = load_language_model(checkpoint("llama-tied"))
    found = [context_jacobian(model, PROMPT, COMPLETIONS, seed=(0, number)) for number in range(8)]
    assert len({(each.completion, each.place) for each in found}) > 2
    assert found[0] == context_jacobian(model, PROMPT, COMPLETIONS, seed=(0, 0))
