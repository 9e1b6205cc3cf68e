"""Layers apart and stacked: the same numbers, in the same memory; products of few rows equal those of many."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from sims.llm import DecoderConfig, DecoderParameters
from sims.llm.decoder.block import few_rows, many_rows
from sims.llm.decoder.forward import hidden_states
from sims.llm.decoder.layers import with_layers_apart


def test_layers_apart_give_the_same(tiny_config: DecoderConfig, tiny_parameters: DecoderParameters) -> None:
    apart = with_layers_apart(tiny_parameters)
    assert isinstance(apart.layers, tuple)
    assert len(apart.layers) == tiny_config.layers
    for number, layer in enumerate(apart.layers):
        jax.tree.map(
            lambda x, whole, n=number: np.testing.assert_array_equal(x, whole[n]), layer, tiny_parameters.layers
        )
    assert with_layers_apart(apart) is apart
    token_ids = jnp.asarray([[5, 17, 3, 200], [9, 9, 1, 0]], jnp.int32)
    kept = jnp.ones(token_ids.shape, bool)
    stacked, found = (hidden_states(p, tiny_config, token_ids, kept) for p in (tiny_parameters, apart))
    np.testing.assert_allclose(found, stacked, atol=1e-5)


def test_products_of_few_rows_are_products() -> None:
    random = np.random.default_rng(0)
    hidden, matrix = (jnp.asarray(random.normal(size=shape), jnp.float32) for shape in ((3, 2, 40), (7, 40)))
    expected = np.asarray(hidden, float) @ np.asarray(matrix, float).T
    for product in (few_rows, many_rows):
        np.testing.assert_allclose(jax.jit(product)(hidden, matrix), expected, atol=1e-5)
    narrow, narrow_matrix = hidden.astype(jnp.bfloat16), matrix.astype(jnp.bfloat16)
    assert few_rows(narrow, narrow_matrix).dtype == jnp.bfloat16
    assert few_rows(narrow, narrow_matrix, jnp.float32).dtype == jnp.float32
