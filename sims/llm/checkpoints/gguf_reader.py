"""Read a GGUF file: its metadata, and its tensors as float32.

The header is walked here, with every declared count and length compared with the bytes that are left, because the
`gguf` package's own reader trusts them (a hostile count makes it loop or allocate without end) and takes seconds for
a vocabulary. Block formats and their dequantisation come from `gguf`. Layout: the GGUF specification of the ggml
project, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import os
import struct
from math import gcd, prod
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

import numpy as np
from jaxtyping import Float32

from theory.errors import InvalidInputError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST_NAME = 65_535
# `gguf` decodes 16 rows at a time: of a small model's rows its own overhead is a third.
_ROWS_TOGETHER = 8
_MOST_DIMENSIONS = 4
_LONGEST_FAULT = 160
_LARGEST_ALIGNMENT = 1 << 20


class TensorEntry(NamedTuple):
    """Where one tensor lies in the file, in bytes from its start, and its block format.

    `shape` has the order of NumPy: the slowest axis first, the reverse of the order in the file.
    """

    shape: tuple[int, ...]
    block_format: int
    offset: int
    size: int


class GgufFile(NamedTuple):
    """The header of a GGUF file: metadata by key, and where each tensor lies.

    Arrays of numbers are NumPy arrays, arrays of strings are lists.
    """

    path: Path
    metadata: dict[str, object]
    tensors: dict[str, TensorEntry]

    def refuse(self, fault: str) -> NoReturn:
        """Raise the one error that names this file."""
        _refuse(self.path, fault)


class _Cursor:
    """Bytes from the front of a file, never more than it has."""

    def __init__(self, path: Path, stream: BinaryIO, size: int) -> None:
        self.path = path
        self.stream = stream
        self.size = size
        self.position = 0

    def bytes(self, count: int, what: str) -> bytes:
        if count > self.size - self.position:
            _refuse(self.path, f"{what} needs {count} bytes at byte {self.position} of {self.size}")
        block = self.stream.read(count)
        if len(block) != count:
            _refuse(self.path, f"{what} ends early: the file shrank while being read")
        self.position += count
        return block

    def number(self, code: str, what: str) -> int | float | bool:
        return struct.unpack("<" + code, self.bytes(struct.calcsize("<" + code), what))[0]

    def integer(self, code: str, what: str) -> int:
        return int(self.number(code, what))

    def text(self, what: str, longest: int | None = None) -> str:
        length = self.integer("Q", what)
        if longest is not None and length > longest:
            _refuse(self.path, f"{what} of {length} bytes")
        block = self.bytes(length, what)
        try:
            return block.decode("utf-8")
        except UnicodeDecodeError:
            _refuse(self.path, f"{what} is not UTF-8")

    def count(self, smallest_item: int, what: str) -> int:
        """A declared number of items, refused when even the smallest such items would not fit in the file."""
        count = self.integer("Q", what)
        if count * smallest_item > self.size - self.position:
            _refuse(self.path, f"{count} {what} declared in {self.size} bytes")
        return count


def read_gguf(path: str | os.PathLike[str]) -> GgufFile:
    """Read the header of a GGUF file and check that all it declares lies inside the file.

    **Arguments**

    - `path`: the file.

    **Returns** a `GgufFile`; no tensor is read yet.

    **Raises** `InvalidInputError`, naming the file, when it is not a GGUF file, is truncated, or contradicts itself.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            cursor = _Cursor(path, stream, os.fstat(stream.fileno()).st_size)
            return _read_header(cursor)
    except OSError as error:
        _refuse(path, f"a file that cannot be read: {error.strerror}")


def dequantise(file: GgufFile, name: str) -> Float32[np.ndarray, ...]:
    """One tensor of the file as float32, whatever block format it is stored in.

    **Arguments**

    - `file`: what `read_gguf` returned.
    - `name`: the tensor's name, for example `blk.0.attn_q.weight`.

    **Returns** the tensor, slowest axis first, so a weight is (outputs, inputs).

    **Raises** `InvalidInputError` when the tensor is missing, cannot be read, or has a format `gguf` cannot decode.
    """
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize, quant_shape_to_byte_shape

    entry = file.tensors.get(name)
    if entry is None:
        file.refuse(f"no tensor {name}")
    try:
        with file.path.open("rb") as stream:
            stream.seek(entry.offset)
            block = stream.read(entry.size)
    except OSError as error:
        file.refuse(f"a file that cannot be read: {error.strerror}")
    if len(block) != entry.size:
        file.refuse(f"tensor {name} ends early: the file shrank while being read")
    block_format = GGMLQuantizationType(entry.block_format)
    stored = np.frombuffer(block, dtype=np.uint8)
    if block_format is GGMLQuantizationType.F32:
        return stored.view("<f4").astype(np.float32).reshape(entry.shape)
    try:
        # A value may overflow the half-precision scale of a damaged block: the logits are checked, not each weight.
        with np.errstate(all="ignore"):
            row_bytes = quant_shape_to_byte_shape(entry.shape, block_format)[-1]
            rows = gcd(prod(entry.shape[:-1]), _ROWS_TOGETHER)
            values = dequantize(stored.reshape(-1, rows * row_bytes), block_format)
    except NotImplementedError:
        file.refuse(f"tensor {name} has block format {block_format.name}, which cannot be dequantised")
    return np.ascontiguousarray(values, dtype=np.float32).reshape(entry.shape)


def _read_header(cursor: _Cursor) -> GgufFile:
    if cursor.size < 4 or cursor.bytes(4, "the magic number") != _MAGIC:
        _refuse(cursor.path, "no GGUF magic number")
    version = cursor.integer("I", "the version")
    if version not in _VERSIONS:
        _refuse(cursor.path, f"GGUF version {version}, not {_VERSIONS[0]} or {_VERSIONS[1]} little-endian")
    tensor_count = cursor.count(24, "tensors")
    key_count = cursor.count(13, "metadata keys")
    metadata: dict[str, object] = {}
    for _ in range(key_count):
        key = cursor.text("a metadata key", _LONGEST_NAME)
        if key in metadata:
            _refuse(cursor.path, f"metadata key {key!r} twice")
        metadata[key] = _read_value(cursor, cursor.integer("I", f"the type of {key!r}"), f"the value of {key!r}")
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 0 < alignment <= _LARGEST_ALIGNMENT or alignment & (alignment - 1):
        _refuse(cursor.path, f"alignment {alignment!r}, not a power of two")
    entries = [_read_tensor_entry(cursor) for _ in range(tensor_count)]
    start = -(-cursor.position // alignment) * alignment
    tensors: dict[str, TensorEntry] = {}
    declared = 0
    for name, entry in entries:
        if name in tensors:
            _refuse(cursor.path, f"tensor {name!r} twice")
        end = start + entry.offset + entry.size
        declared += entry.size
        # The sum too, lest many tensors share the same bytes and unpack into far more than the file could hold.
        if entry.offset % alignment or end > cursor.size or start + declared > cursor.size:
            _refuse(cursor.path, f"tensor {name!r} reaches byte {end} of {cursor.size}")
        tensors[name] = entry._replace(offset=start + entry.offset)
    return GgufFile(cursor.path, metadata, tensors)


def _read_value(cursor: _Cursor, kind: int, what: str) -> object:
    if kind in _SCALARS:
        return cursor.number(_SCALARS[kind], what)
    if kind == _STRING:
        return cursor.text(what)
    if kind != _ARRAY:
        _refuse(cursor.path, f"{what} has the unknown type {kind}")
    item_kind = cursor.integer("I", what)
    if item_kind == _STRING:
        return [cursor.text(what) for _ in range(cursor.count(8, what))]
    if item_kind not in _SCALARS:
        _refuse(cursor.path, f"{what} is an array of the unsupported type {item_kind}")
    item = np.dtype("<" + _SCALARS[item_kind]) if item_kind != 7 else np.dtype(np.uint8)
    count = cursor.count(item.itemsize, what)
    return np.frombuffer(cursor.bytes(count * item.itemsize, what), dtype=item)


def _read_tensor_entry(cursor: _Cursor) -> tuple[str, TensorEntry]:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    name = cursor.text("a tensor name", _LONGEST_NAME)
    dimensions = cursor.integer("I", f"the rank of {name!r}")
    if not 1 <= dimensions <= _MOST_DIMENSIONS:
        _refuse(cursor.path, f"tensor {name!r} has {dimensions} dimensions")
    shape = tuple(reversed([cursor.integer("Q", f"the shape of {name!r}") for _ in range(dimensions)]))
    block_format = cursor.integer("I", f"the format of {name!r}")
    offset = cursor.integer("Q", f"the offset of {name!r}")
    try:
        block_items, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(block_format)]
    except (ValueError, KeyError):
        _refuse(cursor.path, f"tensor {name!r} has the unknown block format {block_format}")
    if min(shape) < 1 or shape[-1] % block_items:
        _refuse(cursor.path, f"tensor {name!r} of shape {shape} does not fill blocks of {block_items}")
    return name, TensorEntry(shape, block_format, offset, prod(shape) // block_items * block_bytes)


def _refuse(path: Path, fault: str) -> NoReturn:
    # A damaged file names things by kilobytes of control characters; a message stays one readable line.
    fault = "".join(character if character.isprintable() else "?" for character in fault[:_LONGEST_FAULT])
    raise InvalidInputError("model file", f"{path} ({fault})", "Give an intact GGUF file of a Llama model.")
