"""Reading GGUF: equal to the `gguf` package's own reader on good files, one clear error on every bad one."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.llm import dequantise, load_language_model, read_decoder_config, read_decoder_parameters, read_gguf
from sims.llm.checkpoints.gguf_llama import half_split_rows
from theory.errors import InvalidInputError


def test_agrees_with_the_reference_reader(tiny_file: Path) -> None:
    ours, theirs = read_gguf(tiny_file), gguf.GGUFReader(tiny_file)
    for key, field in theirs.fields.items():
        if not key.startswith("GGUF."):
            value = ours.metadata[key]
            assert (value.tolist() if isinstance(value, np.ndarray) else value) == field.contents()
    assert set(ours.tensors) == {tensor.name for tensor in theirs.tensors}
    for tensor in theirs.tensors:
        np.testing.assert_array_equal(dequantise(ours, tensor.name), tensor.data)


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_1"])
def test_block_formats_dequantise(tmp_path: Path, kind: str) -> None:
    values = np.random.default_rng(0).normal(size=(48, 64)).astype(np.float32)
    block_format = gguf.GGMLQuantizationType[kind]
    stored = gguf.quants.quantize(values, block_format)
    writer = gguf.GGUFWriter(tmp_path / "one.gguf", "llama")
    writer.add_tensor("w", stored, raw_dtype=block_format)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    read = dequantise(read_gguf(tmp_path / "one.gguf"), "w")
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, gguf.quants.dequantize(stored, block_format))
    np.testing.assert_allclose(read, values, atol={"F32": 0, "F16": 2e-3, "BF16": 2e-2, "Q8_0": 2e-2}.get(kind, 0.4))


def test_query_rows_are_put_back(tiny_file: Path, tiny_parameters: Any) -> None:
    file = read_gguf(tiny_file)
    read = read_decoder_parameters(file, read_decoder_config(file))
    for field in ("query", "key", "value", "down", "attention_norm"):
        np.testing.assert_array_equal(getattr(read.layers, field), getattr(tiny_parameters.layers, field))
    assert read.unembedding is None
    rows = np.arange(8.0)[:, None]
    np.testing.assert_array_equal(half_split_rows(rows, 2)[:, 0], [0, 2, 1, 3, 4, 6, 5, 7])


def test_every_truncation_is_refused(tiny_file: Path, tmp_path: Path) -> None:
    whole = tiny_file.read_bytes()
    path = tmp_path / "cut.gguf"
    lengths = [*range(200), *range(200, len(whole) - 1, 997), len(whole) - 1]
    for length in lengths:
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidInputError, match=r"cut\.gguf"):
            load_language_model(path)


@given(st.data())
def test_damaged_headers_raise_nothing_else(
    tiny_file: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    damaged = bytearray(tiny_file.read_bytes())
    header = min(entry.offset for entry in read_gguf(tiny_file).tensors.values())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, header - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(damaged)
    with contextlib.suppress(InvalidInputError):
        load_language_model(path)


def _string(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


HUGE = 2**62
PAIR = _string(b"k") + struct.pack("<I", 9)
TENSOR = _string(b"w") + struct.pack("<I", 1)
HOSTILE = {
    "magic": b"GGML" + struct.pack("<IQQ", 3, 0, 0),
    "empty": b"",
    "version 1": b"GGUF" + struct.pack("<III", 1, 0, 0),
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "tensor count": b"GGUF" + struct.pack("<IQQ", 3, HUGE, 0),
    "key count": b"GGUF" + struct.pack("<IQQ", 3, 0, HUGE),
    "key length": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", HUGE) + bytes(64),
    "array of strings": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + PAIR + struct.pack("<IQ", 8, HUGE),
    "array of numbers": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + PAIR + struct.pack("<IQ", 4, HUGE) + bytes(64),
    "nested arrays": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + PAIR + struct.pack("<IQ", 9, 1) + bytes(64),
    "unknown type": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + _string(b"k") + struct.pack("<I", 99) + bytes(64),
    "text": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + _string(b"\xff\xfe") + bytes(64),
    "twice": b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + 2 * (_string(b"k") + struct.pack("<IB", 0, 1)) + bytes(9),
    "alignment": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + _string(b"general.alignment") + struct.pack("<II", 4, 0),
    "rank": b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + _string(b"w") + struct.pack("<I", 2**31) + bytes(64),
    "shape": b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + TENSOR + struct.pack("<QIQ", HUGE, 0, 0) + bytes(64),
    "no elements": b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + TENSOR + struct.pack("<QIQ", 0, 0, 0) + bytes(64),
    "offset": b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + TENSOR + struct.pack("<QIQ", 4, 0, 2**40) + bytes(64),
    "block format": b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + TENSOR + struct.pack("<QIQ", 4, 77, 0) + bytes(64),
    "half a block": b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + TENSOR + struct.pack("<QIQ", 33, 8, 0) + bytes(99),
    "nothing declared": b"GGUF" + struct.pack("<IQQ", 3, 0, 0),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_hostile_headers_are_refused_without_large_allocations(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(HOSTILE[fault])
    tracemalloc.start()
    with pytest.raises(InvalidInputError, match=r"hostile\.gguf"):
        load_language_model(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_gguf(tmp_path / "none.gguf")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_gguf(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0mamba"),
        (b"llama.block_count", b"llama.block_cOunt"),
        (b"llama.feed_forward_length", b"llama.feed_forward_lengtH"),
        (b"tokenizer.ggml.merges", b"tokenizer.ggml.mergeZ"),
        (b"smollm", b"qwen2a"),
        (b"blk.1.ffn_down.weight", b"blk.1.ffn_dOwn.weight"),
        ("Ġ t".encode(), "Ġ =".encode()),
        (b"<other>", b"<othEr>"),
        (struct.pack("<f", 1e-5), struct.pack("<f", float("nan"))),
        (struct.pack("<f", 10_000.0), struct.pack("<f", -1.0)),
    ],
)
def test_contradictory_models_are_refused(tiny_file: Path, tmp_path: Path, old: bytes, new: bytes) -> None:
    whole = tiny_file.read_bytes()
    assert old in whole
    assert len(old) == len(new)
    path = tmp_path / "other.gguf"
    path.write_bytes(whole.replace(old, new, 1))
    if old == b"<other>":
        load_language_model(path)
    else:
        with pytest.raises(InvalidInputError, match=r"other\.gguf"):
            load_language_model(path)
