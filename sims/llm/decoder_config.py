"""The sizes and constants of a Llama decoder, and their reading from GGUF metadata."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .gguf_reader import GgufFile

_ARCHITECTURE = "llama"
_LARGEST_SIZE = 1 << 24


@dataclass(frozen=True)
class DecoderConfig:
    """The shape of a Llama decoder; hashable, so that it can be a static argument of a compiled function.

    **Arguments**

    - `layers`: the number of blocks.
    - `embedding_size`: the width of the residual stream.
    - `feed_forward_size`: the width inside SwiGLU.
    - `query_heads`, `key_value_heads`: attention heads; each key/value head serves equally many query heads.
    - `head_size`: the width of one head, even.
    - `vocabulary_size`: the number of tokens.
    - `context_length`: the most tokens the model was trained to read.
    - `rotary_base`: the base of the rotary position embedding's wavelengths.
    - `norm_epsilon`: what RMSNorm adds to the mean square.
    """

    layers: int
    embedding_size: int
    feed_forward_size: int
    query_heads: int
    key_value_heads: int
    head_size: int
    vocabulary_size: int
    context_length: int
    rotary_base: float
    norm_epsilon: float


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
        rotary_base=_positive(file, "rope.freq_base", 10_000.0),
        norm_epsilon=_positive(file, "attention.layer_norm_rms_epsilon"),
    )


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
