"""A pass through the layers of a decoder, whose weights lie stacked or apart.

Stacked, one layer is compiled for all, but on a CPU the weights of each are copied out of the stack at every pass: for
one token of 16 completions the copies take as long as the multiplications. Apart, nothing is copied, and every layer is
compiled by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from .parameters import DecoderParameters, LayerParameters

Run = Callable[[Array, Any], tuple[Array, Any]]
"""One layer: from the residual stream and what belongs to the layer to the stream after it, and what is kept of it."""


def over_layers(run: Run, hidden: Array, layers: LayerParameters | tuple[LayerParameters, ...], *more: Any) -> Any:
    """The residual stream after all layers, and what is kept of each.

    **Arguments**

    - `run`: one layer, on a tuple of its weights and its part of each of `more`.
    - `hidden`: the residual stream.
    - `layers`: stacked along the first axis, or one by one.
    - `more`: other things that belong to layers: None, arrays whose first axis is that of layers, or tuples.

    **Returns** the stream, and what is kept: stacked, or one by one, as the layers are.
    """
    if isinstance(layers, LayerParameters):
        return jax.lax.scan(run, hidden, (layers, *more))
    kept = []
    for number, layer in enumerate(layers):
        hidden, of_layer = run(hidden, (layer, *(None if part is None else part[number] for part in more)))
        kept.append(of_layer)
    return hidden, tuple(kept)


def with_layers_apart(parameters: DecoderParameters) -> DecoderParameters:
    """The same parameters with their layers one by one, on one CPU without copying; elsewhere as they are.

    Where parameters lie on several devices or on an accelerator, a second arrangement would be a second copy.
    """
    devices = parameters.embedding.devices()
    layers = parameters.layers
    if len(devices) > 1 or next(iter(devices)).platform != "cpu" or not isinstance(layers, LayerParameters):
        return parameters
    views = jax.tree.map(np.asarray, layers)
    apart = [
        jax.tree.map(lambda view, n=number: jnp.asarray(view[n]), views) for number in range(len(layers.attention_norm))
    ]
    return parameters._replace(layers=tuple(apart))
