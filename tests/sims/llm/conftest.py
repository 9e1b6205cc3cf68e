"""The real model (fetched, or skipped outside CI), and a tiny model of random weights written by `gguf` itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import (
    DecoderConfig,
    DecoderParameters,
    LanguageModel,
    LayerParameters,
    RotaryEmbedding,
    fetch_model,
    load_language_model,
)
from theory.errors import InvalidInputError

TINY = DecoderConfig(
    layers=2,
    embedding_size=32,
    feed_forward_size=64,
    query_heads=4,
    key_value_heads=2,
    head_size=8,
    vocabulary_size=270,
    context_length=64,
    rotary=RotaryEmbedding(10_000.0, 8),
    norm_epsilon=1e-5,
)


GOLDEN_CHECKPOINTS = Path(__file__).parent / "golden" / "checkpoints"


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """What transformers says of the checkpoints beside it."""
    return json.loads((GOLDEN_CHECKPOINTS / "golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def checkpoint() -> Callable[[str], Path]:
    """The folder of a golden checkpoint by its name."""
    return lambda name: GOLDEN_CHECKPOINTS / name


@pytest.fixture
def copied(tmp_path: Path) -> Callable[..., Path]:
    """A golden checkpoint in a folder of its own, with keys of its configuration changed (left out: `...`)."""

    def copy(name: str, **changes: object) -> Path:
        folder = tmp_path / name
        shutil.copytree(GOLDEN_CHECKPOINTS / name, folder, dirs_exist_ok=True)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | changes
        config = {key: value for key, value in config.items() if value is not ...}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return folder

    return copy


@pytest.fixture(scope="session")
def write_safetensors() -> Callable[[Path, Mapping[str, np.ndarray]], None]:
    """A writer of safetensors files from arrays, independent of the reader."""
    names = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "uint8": "U8", "float64": "F64"}

    def write(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
        header, place = {}, 0
        for name, values in tensors.items():
            end = place + values.nbytes
            header[name] = {"dtype": names[values.dtype.name], "shape": values.shape, "data_offsets": [place, end]}
            place = end
        text = json.dumps(header).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(v.tobytes() for v in tensors.values()))

    return write


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The real model's file; without it tests are skipped, but fail where CI is set."""
    try:
        return fetch_model()
    except InvalidInputError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the model cannot be had: {error}")


@pytest.fixture(scope="session")
def language_model(model_path: Path) -> LanguageModel:
    return load_language_model(model_path)


@pytest.fixture(scope="session")
def tiny_config() -> DecoderConfig:
    return TINY


@pytest.fixture(scope="session")
def tiny_parameters() -> DecoderParameters:
    """Random weights large enough that attention is far from uniform."""
    random = np.random.default_rng(7)

    def draw(*shape: int) -> jax.Array:
        return jnp.asarray((random.normal(size=shape) * 2 / shape[-1] ** 0.5).astype(np.float32))

    def norm(*shape: int) -> jax.Array:
        return jnp.asarray((1 + 0.2 * random.normal(size=shape)).astype(np.float32))

    c = TINY
    queries, keys = c.query_heads * c.head_size, c.key_value_heads * c.head_size
    layers = LayerParameters(
        attention_norm=norm(c.layers, c.embedding_size),
        query=draw(c.layers, queries, c.embedding_size),
        key=draw(c.layers, keys, c.embedding_size),
        value=draw(c.layers, keys, c.embedding_size),
        attention_output=draw(c.layers, c.embedding_size, queries),
        feed_forward_norm=norm(c.layers, c.embedding_size),
        gate=draw(c.layers, c.feed_forward_size, c.embedding_size),
        up=draw(c.layers, c.feed_forward_size, c.embedding_size),
        down=draw(c.layers, c.embedding_size, c.feed_forward_size),
    )
    return DecoderParameters(draw(c.vocabulary_size, c.embedding_size), layers, norm(c.embedding_size), None)


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory, tiny_parameters: DecoderParameters) -> Path:
    """The tiny model as a GGUF file with a vocabulary of all bytes, ten merges and four control tokens."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    c = TINY
    writer.add_block_count(c.layers)
    writer.add_context_length(c.context_length)
    writer.add_embedding_length(c.embedding_size)
    writer.add_feed_forward_length(c.feed_forward_size)
    writer.add_head_count(c.query_heads)
    writer.add_head_count_kv(c.key_value_heads)
    writer.add_rope_freq_base(c.rotary.base)
    writer.add_layer_norm_rms_eps(c.norm_epsilon)
    writer.add_vocab_size(c.vocabulary_size)
    writer.add_rope_dimension_count(c.head_size)
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<other>"]
    merges = ["a b", "c d", "ab cd", "Ġ t", "h e", "Ġt he", "1 2", "i n", "o n", "e r"]
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(byte) for byte in visible] + [chr(256 + number) for number in range(256 - len(visible))]
    tokens = control + symbols + [merge.replace(" ", "") for merge in merges]
    assert len(tokens) == c.vocabulary_size
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(control) + [1] * (len(tokens) - len(control)))
    writer.add_token_merges(merges)
    names = {
        "attention_norm": "attn_norm",
        "query": "attn_q",
        "key": "attn_k",
        "value": "attn_v",
        "attention_output": "attn_output",
        "feed_forward_norm": "ffn_norm",
        "gate": "ffn_gate",
        "up": "ffn_up",
        "down": "ffn_down",
    }
    heads = {"query": c.query_heads, "key": c.key_value_heads}
    writer.add_tensor("token_embd.weight", np.asarray(tiny_parameters.embedding))
    writer.add_tensor("output_norm.weight", np.asarray(tiny_parameters.output_norm))
    for field, stem in names.items():
        for layer, weight in enumerate(np.asarray(getattr(tiny_parameters.layers, field))):
            stored = weight
            if field in heads:
                # `LlamaModel.permute` of llama.cpp's converter.
                stored = weight.reshape(heads[field], 2, -1, weight.shape[-1]).swapaxes(1, 2).reshape(weight.shape)
            writer.add_tensor(f"blk.{layer}.{stem}.weight", np.ascontiguousarray(stored))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
