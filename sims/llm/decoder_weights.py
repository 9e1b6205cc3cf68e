"""A decoder's weights out of a GGUF file, with every tensor's presence and shape checked before any is unpacked."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from .decoder import DecoderParameters, LayerParameters
from .decoder_config import DecoderConfig
from .gguf_reader import GgufFile, dequantise

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
_EMBEDDING, _OUTPUT_NORM, _UNEMBEDDING = "token_embd.weight", "output_norm.weight", "output.weight"


def read_decoder_parameters(file: GgufFile, config: DecoderConfig) -> DecoderParameters:
    """Dequantise all weights to float32 and stack those of the layers.

    **Arguments**

    - `file`: what `read_gguf` returned.
    - `config`: what `read_decoder_config` made of it.

    **Returns** the parameters on JAX's default device. The rows of the query and key matrices are back in the order in
    which `rotate` pairs feature `i` with `i + head_size / 2`; GGUF's converter interleaves them.

    **Raises** `InvalidInputError` when a tensor is missing, has another shape than the configuration says, or is one
    this decoder would have to ignore (biases, rotary factors, experts).
    """
    shapes = _expected_shapes(config)
    for name in shapes:
        if name not in file.tensors:
            file.refuse(f"no tensor {name}")
    for layer in range(config.layers):
        for field, stem in _LAYER_NAMES.items():
            name = _layer_tensor(layer, stem)
            if name not in file.tensors:
                file.refuse(f"no tensor {name}")
            shapes[name] = _layer_shapes(config)[field]
    tied = _UNEMBEDDING not in file.tensors
    if not tied:
        shapes[_UNEMBEDDING] = shapes[_EMBEDDING]
    for name, entry in file.tensors.items():
        if name not in shapes:
            file.refuse(f"tensor {name[:80]!r}, which this decoder does not know")
        if entry.shape != shapes[name]:
            file.refuse(f"tensor {name} of shape {entry.shape} instead of {shapes[name]}")
    return DecoderParameters(
        embedding=jnp.asarray(dequantise(file, _EMBEDDING)),
        layers=LayerParameters(**{field: jnp.asarray(_stacked(file, config, field)) for field in _LAYER_NAMES}),
        output_norm=jnp.asarray(dequantise(file, _OUTPUT_NORM)),
        unembedding=None if tied else jnp.asarray(dequantise(file, _UNEMBEDDING)),
    )


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


def _stacked(file: GgufFile, config: DecoderConfig, field: str) -> np.ndarray:
    stacked = np.empty((config.layers, *_layer_shapes(config)[field]), dtype=np.float32)
    heads = {"query": config.query_heads, "key": config.key_value_heads}
    for layer in range(config.layers):
        weight = dequantise(file, _layer_tensor(layer, _LAYER_NAMES[field]))
        stacked[layer] = half_split_rows(weight, heads[field]) if field in heads else weight
    return stacked


def _layer_tensor(layer: int, stem: str) -> str:
    return f"blk.{layer}.{stem}.weight"


def _expected_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    return {
        _EMBEDDING: (config.vocabulary_size, config.embedding_size),
        _OUTPUT_NORM: (config.embedding_size,),
    }


def _layer_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    queries = config.query_heads * config.head_size
    keys = config.key_value_heads * config.head_size
    embedding, inner = config.embedding_size, config.feed_forward_size
    return {
        "attention_norm": (embedding,),
        "query": (queries, embedding),
        "key": (keys, embedding),
        "value": (keys, embedding),
        "attention_output": (embedding, queries),
        "feed_forward_norm": (embedding,),
        "gate": (inner, embedding),
        "up": (inner, embedding),
        "down": (embedding, inner),
    }
