"""A decoder's parameters out of named tensors: each tensor used, each parameter set, or an error that names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn, Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters, LayerParameters, layer_shapes, outer_shapes


@runtime_checkable
class TensorSource(Protocol):
    """Named tensors of one checkpoint, whatever files they lie in."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor by its name, known before any is read."""

    def read(self, name: str) -> np.ndarray:
        """One tensor, as float32."""

    def refuse(self, fault: str) -> NoReturn:
        """Raise the one error that names these files."""


class Place(NamedTuple):
    """Where a parameter, or one layer of it, is stored.

    `convert` makes the parameter from a tensor of shape `stored`; without it they are equal, `stored` may stay None.
    """

    tensor: str
    stored: tuple[int, ...] | None = None
    convert: Callable[[np.ndarray], np.ndarray] | None = None


class Layout(NamedTuple):
    """Where every parameter of a decoder is stored, by its field; what has a place but no shape in it is not there.

    - `outer`: the parameters outside the blocks.
    - `layers`: those of the blocks, one place a layer.
    - `copies`: tensors that a file may hold a second time, under the name of each the tensor that it repeats.
    - `ignored`: whether a tensor is a constant that the decoder computes itself.
    """

    outer: Mapping[str, Place]
    layers: Mapping[str, Sequence[Place]]
    copies: Mapping[str, str]
    ignored: Callable[[str], bool]


def assemble(source: TensorSource, config: DecoderConfig, layout: Layout, dtype: str = "float32") -> DecoderParameters:
    """Read all parameters, those of the layers stacked.

    **Arguments**

    - `source`: the tensors.
    - `config`: which says what parameters there are, and their shapes.
    - `layout`: where they are stored.
    - `dtype`: `float32`, or `bfloat16`.

    **Returns** the parameters on JAX's default device.

    **Raises** `InvalidInputError` when a tensor is missing, is left over, has another shape than the configuration
    says, or holds a number that is not finite: all but the last before any tensor is read.
    """
    outer, inner = outer_shapes(config), layer_shapes(config)
    expected: dict[str, tuple[int, ...]] = {}
    for field, shape in outer.items():
        _expect(expected, layout.outer[field], shape)
    for field, shape in inner.items():
        for place in layout.layers[field]:
            _expect(expected, place, shape)
    _compare(source, expected, layout)
    for name, original in layout.copies.items():
        if name in source.shapes and not np.array_equal(source.read(name), source.read(original)):
            source.refuse(f"tensor {name} differs from {original}, to which the configuration ties it")
    stacked = {}
    for field, shape in inner.items():
        values = np.empty((config.layers, *shape), np.float32)
        for layer, place in enumerate(layout.layers[field]):
            values[layer] = _read(source, place)
        stacked[field] = jnp.asarray(values, dtype)
    return DecoderParameters(
        layers=LayerParameters(**stacked),
        **{field: jnp.asarray(_read(source, layout.outer[field]), dtype) for field in outer},
    )


def _expect(expected: dict[str, tuple[int, ...]], place: Place, shape: tuple[int, ...]) -> None:
    expected[place.tensor] = shape if place.stored is None else place.stored


def _compare(source: TensorSource, expected: Mapping[str, tuple[int, ...]], layout: Layout) -> None:
    for name, shape in expected.items():
        if name not in source.shapes:
            source.refuse(f"no tensor {name}")
        if source.shapes[name] != shape:
            source.refuse(f"tensor {name} of shape {source.shapes[name]} instead of {shape}")
    for name in source.shapes:
        if name not in expected and name not in layout.copies and not layout.ignored(name):
            source.refuse(f"tensor {name[:80]!r}, which this decoder does not know")


def _read(source: TensorSource, place: Place) -> np.ndarray:
    values = source.read(place.tensor)
    if not np.isfinite(values).all():
        source.refuse(f"tensor {place.tensor} holds numbers that are not finite")
    return values if place.convert is None else place.convert(values)
