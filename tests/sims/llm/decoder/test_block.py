"""Products of vectors with matrices, plain and with a low-rank change beside them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm.decoder.adapted import AdaptedMatrix
from sims.llm.decoder.block import few_rows, many_rows


def arrays(*shapes: tuple[int, ...]) -> list[jax.Array]:
    random = np.random.default_rng(2)
    return [jnp.asarray(random.normal(size=shape).astype(np.float32)) for shape in shapes]


@pytest.mark.parametrize("product", [many_rows, few_rows])
@pytest.mark.parametrize("leading", [(), (1,), (3, 5)])
def test_products_are_those_of_the_matrix_formed_by_hand(product: Any, leading: tuple[int, ...]) -> None:
    hidden, frozen, down, up = arrays((*leading, 6), (7, 6), (2, 6), (7, 2))
    matrix = np.asarray(frozen, np.float64) + np.asarray(up, np.float64) @ np.asarray(down, np.float64)
    wanted = np.asarray(hidden, np.float64) @ matrix.T
    np.testing.assert_allclose(product(hidden, AdaptedMatrix(frozen, down, up)), wanted, rtol=1e-5, atol=1e-5)
    plain = np.asarray(hidden, np.float64) @ np.asarray(frozen, np.float64).T
    np.testing.assert_allclose(product(hidden, frozen), plain, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("product", [many_rows, few_rows])
def test_products_have_the_precision_asked_for(product: Any) -> None:
    hidden, frozen, down, up = (array.astype(jnp.bfloat16) for array in arrays((4, 6), (7, 6), (2, 6), (7, 2)))
    for matrix in (frozen, AdaptedMatrix(frozen, down, up)):
        assert product(hidden, matrix).dtype == jnp.bfloat16
        assert product(hidden, matrix, jnp.float32).dtype == jnp.float32
