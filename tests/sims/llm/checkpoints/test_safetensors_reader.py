"""Reading safetensors: exact values of each precision, and one clear error on every damaged file."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.llm.checkpoints.safetensors_reader import read_safetensors, read_stored
from theory.errors import InvalidInputError

ENTRY = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


def write(path: Path, header: object, data: bytes = bytes(16)) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_values_are_exact(tmp_path: Path, write_safetensors: Any, dtype: str) -> None:
    values = np.random.default_rng(0).normal(size=(3, 5)).astype(jnp.dtype(dtype))
    write_safetensors(tmp_path / "one.safetensors", {"before": np.zeros(3, np.uint8), "w": values})
    stored = read_safetensors(tmp_path / "one.safetensors")
    read = read_stored(stored["w"], "w")
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, values.astype(np.float32))
    with pytest.raises(InvalidInputError, match="before is stored as U8"):
        read_stored(stored["before"], "before")


def test_metadata_is_no_tensor(tmp_path: Path) -> None:
    assert set(read_safetensors(write(tmp_path / "a", {"__metadata__": {"format": "pt"}, "w": ENTRY}))) == {"w"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ([], "no JSON object"),
        (b'{"w":', "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"w": 1, "w": 2}', "a key twice"),
        (b"[" * 100_000, "no JSON"),
        ({"w": 3}, "without dtype"),
        ({"w": ENTRY | {"more": 1}}, "without dtype"),
        ({"w": ENTRY | {"dtype": "F7"}}, "unknown dtype"),
        ({"w": ENTRY | {"dtype": [1]}}, "unknown dtype"),
        ({"w": ENTRY | {"shape": [2, 3]}}, "in bytes 0 to 16"),
        ({"w": ENTRY | {"shape": [2, -2]}}, "of shape"),
        ({"w": ENTRY | {"shape": [True, 4]}}, "of shape"),
        ({"w": ENTRY | {"shape": 4}}, "of shape"),
        ({"w": ENTRY | {"data_offsets": [0, 16, 32]}}, "of shape"),
        ({"w": ENTRY | {"data_offsets": [4, 20]}}, "begins at byte"),
        ({"w": ENTRY | {"shape": [2**61]}}, "in bytes"),
        ({"v": ENTRY, "w": ENTRY}, "begins at byte"),
        ({"w": ENTRY | {"shape": [3, 2], "data_offsets": [0, 24]}}, "truncated"),
        ({"w": ENTRY | {"shape": [1, 2], "data_offsets": [0, 8]}}, "are declared"),
        ({}, "are declared"),
    ],
)
def test_contradictory_headers_are_refused(tmp_path: Path, header: object, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_safetensors(write(tmp_path / "bad.safetensors", header))
    assert "bad.safetensors" in str(caught.value)


def test_a_header_longer_than_the_file(tmp_path: Path) -> None:
    for length in (17, 2**62):
        (tmp_path / "bad").write_bytes(length.to_bytes(8, "little") + bytes(16))
        with pytest.raises(InvalidInputError, match="truncated"):
            read_safetensors(tmp_path / "bad")


def test_missing_or_shrunk(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_safetensors(tmp_path / "none")
    stored = read_safetensors(write(tmp_path / "w", {"w": ENTRY}))["w"]
    write(tmp_path / "w", {"w": ENTRY}, bytes(12))
    with pytest.raises(InvalidInputError, match="ends early"):
        read_stored(stored, "w")


@given(st.data())
def test_damaged_headers_raise_nothing_else(tmp_path_factory: Any, data: st.DataObject) -> None:
    path = write(tmp_path_factory.getbasetemp() / "damaged.safetensors", {"v": ENTRY | {"shape": [4]}})
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    with contextlib.suppress(InvalidInputError):
        for name, stored in read_safetensors(path).items():
            read_stored(stored, name)
