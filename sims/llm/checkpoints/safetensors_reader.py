"""Read a safetensors file: where each tensor lies, and its values as float32.

The format is eight bytes of length, a JSON header, and raw little-endian numbers. It is read here in NumPy, because the
`safetensors` package gives NumPy no bfloat16, and because a machine with an accelerator then needs nothing but JAX.
"""

from __future__ import annotations

import json
import os
from math import prod
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float32

from theory.errors import InvalidInputError

_LARGEST_HEADER = 100_000_000
_FLOATS: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype(jnp.bfloat16)}
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2}
_BYTES |= {"I8": 1, "U8": 1, "BOOL": 1}
_LONGEST_FAULT = 160


class StoredTensor(NamedTuple):
    """Where one tensor lies in its file, in bytes from the file's start."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    offset: int


def read_safetensors(path: Path) -> dict[str, StoredTensor]:
    """Read the header of a safetensors file and check that all it declares fills the file exactly.

    **Arguments**

    - `path`: the file.

    **Returns** the tensors by name; none is read yet.

    **Raises** `InvalidInputError`, naming the file, when it is no safetensors file, is truncated or contradicts itself.
    """
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            length = int.from_bytes(stream.read(8), "little")
            if size < 8 or length > min(size - 8, _LARGEST_HEADER):
                refuse(path, f"truncated: a header of {length} bytes in a file of {size}")
            text = stream.read(length)
    except OSError as error:
        refuse(path, f"a file that cannot be read: {error.strerror}")
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        refuse(path, f"a header that is no JSON: {error}")
    if not isinstance(header, dict):
        refuse(path, "a header that is no JSON object")
    header.pop("__metadata__", None)
    tensors, spans = {}, []
    for name, entry in header.items():
        tensor, end = _stored_tensor(path, name, entry, 8 + length)
        tensors[name] = tensor
        spans.append((tensor.offset, end, name))
    expected = 8 + length
    for start, end, name in sorted(spans):
        if start != expected:
            refuse(path, f"tensor {name!r} begins at byte {start} instead of {expected}")
        expected = end
    if expected != size:
        refuse(
            path,
            f"truncated: {size} bytes instead of {expected}"
            if expected > size
            else f"{size} bytes, of which {expected} are declared",
        )
    return tensors


def read_stored(tensor: StoredTensor, name: str) -> Float32[np.ndarray, ...]:
    """One tensor as float32.

    **Arguments**

    - `tensor`: where it lies.
    - `name`: its name, for errors.

    **Raises** `InvalidInputError` when it is not stored in float32, float16 or bfloat16, or the file has shrunk since.
    """
    dtype = _FLOATS.get(tensor.dtype)
    if dtype is None:
        refuse(tensor.path, f"tensor {name} is stored as {tensor.dtype}, not as F32, F16 or BF16")
    try:
        values = np.fromfile(
            tensor.path, dtype=np.uint8, count=prod(tensor.shape) * dtype.itemsize, offset=tensor.offset
        )
    except OSError as error:
        refuse(tensor.path, f"a file that cannot be read: {error.strerror}")
    if values.size != prod(tensor.shape) * dtype.itemsize:
        refuse(tensor.path, f"tensor {name} ends early: the file shrank while being read")
    return values.view(dtype).reshape(tensor.shape).astype(np.float32)


def refuse(path: Path, fault: str) -> NoReturn:
    """Raise the one error that names a file of a checkpoint."""
    fault = "".join(character if character.isprintable() else "?" for character in fault[:_LONGEST_FAULT])
    raise InvalidInputError("model file", f"{path} ({fault})", "Give an intact folder of a Hugging Face model.")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _stored_tensor(path: Path, name: str, entry: object, start: int) -> tuple[StoredTensor, int]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        refuse(path, f"tensor {name!r} without dtype, shape and offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    lists = isinstance(shape, list) and isinstance(offsets, list) and len(offsets) == 2
    if not lists or not all(type(n) is int and 0 <= n < 1 << 62 for n in (*shape, *offsets)):
        refuse(path, f"tensor {name!r} of shape {shape} at {offsets}")
    if not isinstance(dtype, str) or dtype not in _BYTES:
        refuse(path, f"tensor {name!r} of the unknown dtype {dtype!r}")
    if offsets[1] - offsets[0] != prod(shape) * _BYTES[dtype]:
        refuse(path, f"tensor {name!r} of shape {shape} in bytes {offsets[0]} to {offsets[1]}")
    return StoredTensor(path, dtype, tuple(shape), start + offsets[0]), start + offsets[1]
