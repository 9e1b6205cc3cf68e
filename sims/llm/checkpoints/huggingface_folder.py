"""A decoder out of a Hugging Face folder: `config.json` and safetensors."""

from __future__ import annotations

from functools import partial

import numpy as np

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters, layer_shapes, outer_shapes

from .architectures import Architecture
from .assembly import Layout, Place, assemble
from .safetensors_folder import FolderTensors

_FUSED = {"query": 0, "key": 1, "value": 2, "query_bias": 0, "key_bias": 1, "value_bias": 2}


def read_folder_parameters(
    tensors: FolderTensors, architecture: Architecture, config: DecoderConfig, dtype: str = "float32"
) -> DecoderParameters:
    """All weights of a folder, those of the layers stacked.

    **Arguments**

    - `tensors`: what `read_folder_tensors` returned.
    - `architecture`, `config`: what `read_huggingface_config` returned.
    - `dtype`: `float32`, or `bfloat16`.

    **Returns** the parameters on JAX's default device.

    **Raises** `InvalidInputError` as `assemble`, and where the file repeats the embedding as unembedding with other
    numbers although the configuration ties the two.
    """
    # A hostile count of layers must not be looped over for long.
    if config.layers > len(tensors.tensors):
        tensors.refuse(f"{config.layers} layers declared, with {len(tensors.tensors)} tensors")
    names = architecture.outer_names
    outer = {field: Place(names[field]) for field in outer_shapes(config)}
    layers = {
        field: [_layer_place(architecture, config, field, shape, layer) for layer in range(config.layers)]
        for field, shape in layer_shapes(config).items()
    }
    copies = {} if config.labels or not config.tied else {names["unembedding"]: names["embedding"]}
    return assemble(
        tensors, config, Layout(outer, layers, copies, lambda name: name.endswith(architecture.constants)), dtype
    )


def fused_part(stored: np.ndarray, part: int, heads: int) -> np.ndarray:
    """The query (0), key (1) or value (2) rows of GPT-NeoX's fused projection.

    **Arguments**

    - `stored`: (heads * 3 * head_size, ...), in this order.
    - `part`: which of the three.
    - `heads`: the number of heads.

    **Returns** an array of shape (heads * head_size, ...).
    """
    rows = stored.shape[0] // 3
    return stored.reshape(heads, 3, rows // heads, *stored.shape[1:])[:, part].reshape(rows, *stored.shape[1:])


def _layer_place(
    architecture: Architecture, config: DecoderConfig, field: str, shape: tuple[int, ...], layer: int
) -> Place:
    name = f"{architecture.layer_prefix}{layer}.{architecture.layer_names[field]}"
    if not architecture.fused or field not in _FUSED:
        return Place(name)
    return Place(name, (3 * shape[0], *shape[1:]), partial(fused_part, part=_FUSED[field], heads=config.query_heads))
