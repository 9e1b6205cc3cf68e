"""A Llama decoder out of a GGUF file: its configuration from the metadata, its weights from the tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple, NoReturn

import numpy as np

from sims.llm.decoder.config import DecoderConfig, RotaryEmbedding
from sims.llm.decoder.parameters import DecoderParameters, layer_shapes

from .assembly import Layout, Place, assemble
from .gguf_reader import GgufFile, dequantise

_ARCHITECTURE = "llama"
_LARGEST_SIZE = 1 << 24

_LAYER_NAMES = {
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
_UNEMBEDDING = "output.weight"
_OUTER_NAMES = {"embedding": "token_embd.weight", "output_norm": "output_norm.weight", "unembedding": _UNEMBEDDING}


class GgufTensors(NamedTuple):
    """The tensors of a GGUF file, as `assemble` reads them."""

    file: GgufFile

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor by its name."""
        return {name: entry.shape for name, entry in self.file.tensors.items()}

    def read(self, name: str) -> np.ndarray:
        """One tensor as float32, whatever block format it is stored in."""
        return dequantise(self.file, name)

    def refuse(self, fault: str) -> NoReturn:
        """Raise the one error that names the file."""
        self.file.refuse(fault)


def read_decoder_config(file: GgufFile) -> DecoderConfig:
    """The configuration that a GGUF file of the `llama` architecture declares.

    **Arguments**

    - `file`: what `read_gguf` returned.

    **Returns** a `DecoderConfig` whose sizes agree with each other.

    **Raises** `InvalidInputError` when the architecture is another one, a key is missing or out of range, or the file
    asks for something this decoder does not do (partial or scaled rotary embedding).
    """
    architecture = file.metadata.get("general.architecture")
    if architecture != _ARCHITECTURE:
        file.refuse(f"architecture {architecture!r} instead of {_ARCHITECTURE!r}")
    embedding_size = _size(file, "embedding_length")
    query_heads = _size(file, "attention.head_count")
    key_value_heads = _size(file, "attention.head_count_kv", query_heads)
    head_size = _size(file, "attention.key_length", max(embedding_size // query_heads, 1))
    if query_heads % key_value_heads or head_size % 2:
        file.refuse(f"{query_heads} query heads, {key_value_heads} key/value heads of size {head_size}")
    if _size(file, "attention.value_length", head_size) != head_size:
        file.refuse("value heads of another size than key heads")
    if _size(file, "rope.dimension_count", head_size) != head_size:
        file.refuse("a rotary embedding of only a part of each head, which is not supported")
    scaling = file.metadata.get(f"{_ARCHITECTURE}.rope.scaling.type", "none")
    if scaling != "none":
        file.refuse(f"rotary embedding scaled by {scaling!r}, which is not supported")
    tokens = file.metadata.get("tokenizer.ggml.tokens")
    return DecoderConfig(
        layers=_size(file, "block_count"),
        embedding_size=embedding_size,
        feed_forward_size=_size(file, "feed_forward_length"),
        query_heads=query_heads,
        key_value_heads=key_value_heads,
        head_size=head_size,
        vocabulary_size=_size(file, "vocab_size", len(tokens) if isinstance(tokens, list) else None),
        context_length=_size(file, "context_length"),
        rotary=RotaryEmbedding(_positive(file, "rope.freq_base", 10_000.0), head_size),
        norm_epsilon=_positive(file, "attention.layer_norm_rms_epsilon"),
        tied=_UNEMBEDDING not in file.tensors,
    )


def read_decoder_parameters(file: GgufFile, config: DecoderConfig, dtype: str = "float32") -> DecoderParameters:
    """Dequantise all weights and stack those of the layers.

    **Arguments**

    - `file`: what `read_gguf` returned.
    - `config`: what `read_decoder_config` made of it.
    - `dtype`: `float32`, or `bfloat16`.

    **Returns** the parameters on JAX's default device. The rows of the query and key matrices are back in the order in
    which `rotate` pairs feature `i` with `i + head_size / 2`; GGUF's converter interleaves them.

    **Raises** `InvalidInputError` when a tensor is missing, has another shape than the configuration says, is one
    this decoder would have to ignore (biases, rotary factors, experts), or holds a number that is not finite.
    """
    # A hostile count of layers must not be looped over for long.
    if config.layers > len(file.tensors):
        file.refuse(f"{config.layers} layers declared, with {len(file.tensors)} tensors")
    shapes = layer_shapes(config)
    heads = {"query": config.query_heads, "key": config.key_value_heads}
    layers = {
        field: [
            Place(
                f"blk.{layer}.{stem}.weight",
                shapes[field],
                partial(half_split_rows, heads=heads[field]) if field in heads else None,
            )
            for layer in range(config.layers)
        ]
        for field, stem in _LAYER_NAMES.items()
    }
    outer = {field: Place(name) for field, name in _OUTER_NAMES.items()}
    return assemble(GgufTensors(file), config, Layout(outer, layers, {}, lambda _: False), dtype)


def half_split_rows(matrix: np.ndarray, heads: int) -> np.ndarray:
    """Undo GGUF's interleaving of the rows of a query or key matrix.

    GGUF stores the two members of each rotary pair in neighbouring rows (`LlamaModel.permute` of llama.cpp's
    converter); the decoder rotates feature `i` with `i + head_size / 2`.

    **Arguments**

    - `matrix`: (heads * head_size, inputs), as stored.
    - `heads`: the number of heads in it.

    **Returns** the matrix with its rows reordered within each head.
    """
    rows, inputs = matrix.shape
    return matrix.reshape(heads, rows // heads // 2, 2, inputs).swapaxes(1, 2).reshape(rows, inputs)


def _size(file: GgufFile, key: str, default: int | None = None) -> int:
    value = file.metadata.get(f"{_ARCHITECTURE}.{key}", default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _LARGEST_SIZE:
        file.refuse(f"{_ARCHITECTURE}.{key} is {str(value)[:40]}, not a size")
    return value


def _positive(file: GgufFile, key: str, default: float | None = None) -> float:
    value = file.metadata.get(f"{_ARCHITECTURE}.{key}", default)
    if not isinstance(value, float) or not math.isfinite(value) or value <= 0:
        file.refuse(f"{_ARCHITECTURE}.{key} is {str(value)[:40]}, not a positive number")
    return value
