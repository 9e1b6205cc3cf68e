"""Meshes of devices, and which matrices are spread over them."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.llm.training.placement import DATA, MODEL, placement
from tests.small_training import small_model
from theory.errors import InvalidInputError


@pytest.mark.parametrize(
    ("data", "model", "message"),
    [
        (0, 1, r"^data: got 0\. Give at least 1"),
        (1, 0, r"^model: got 0\. Give at least 1"),
        (4, 4, r"^devices: got 4 x 4\. There are 8"),
        (1, 4, r"^model: got 4\. Give a divisor of the 2 key/value heads"),
    ],
)
def test_what_cannot_be_spread_is_refused(data: int, model: int, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        placement(data, model, devices=jax.devices()[:1] * 8, config=small_model().config)


def test_matrices_are_spread_by_outputs_and_inputs() -> None:
    devices = placement(4, 2, devices=jax.devices()[:1] * 8)
    assert (devices.data, devices.model, devices.writes) == (4, 2, True)
    found = devices._specifications(small_model().parameters)
    assert found.embedding == (MODEL, None)
    assert found.output_norm == ()
    assert found.layers.query == found.layers.up == (None, MODEL, None)
    assert found.layers.attention_output == found.layers.down == (None, None, MODEL)
    assert found.layers.attention_norm == ()


def test_a_matrix_that_does_not_divide_lies_everywhere() -> None:
    found = placement(1, 5, devices=jax.devices()[:1] * 5)._specifications(small_model().parameters)
    assert found.embedding == found.layers.query == found.layers.down == ()


def test_arrays_go_to_a_device_and_back() -> None:
    devices = placement()
    array = np.arange(6, dtype=np.float32).reshape(3, 2)
    for there in (
        devices.put(array),
        devices.put(array, DATA, None),
        devices.rows(array),
        devices.everywhere([array])[0],
    ):
        np.testing.assert_array_equal(devices.whole(there), array)


def test_one_process_needs_nobody_else() -> None:
    devices = placement()
    assert devices.from_all(3) == [3]
    assert devices.together(lambda: "done") == "done"
    array = np.array([0.1, np.nan])
    assert devices.from_first(array) is array
    with pytest.raises(ZeroDivisionError):
        devices.first(lambda: 1 / 0)
