"""The devices of a training run, and arrays on them: rows spread over one axis, large matrices over the other.

One device is the mesh of one by one, and several processes (`jax.distributed`) share one mesh: the code is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from theory.errors import InvalidInputError

R = TypeVar("R")

DATA, MODEL = "data", "model"

_BY_OUTPUTS = ("query", "key", "value", "gate", "up", "query_bias", "key_bias", "value_bias", "gate_bias", "up_bias")
_BY_INPUTS = ("attention_output", "down")


@dataclass(frozen=True)
class Placement:
    """A mesh of devices with the axes `data` and `model`; `placement` makes one."""

    mesh: Mesh

    @property
    def data(self) -> int:
        """Over how many parts rows are spread."""
        return int(self.mesh.shape[DATA])

    @property
    def model(self) -> int:
        """Over how many parts large matrices are spread."""
        return int(self.mesh.shape[MODEL])

    @property
    def writes(self) -> bool:
        """This process is the one that writes files and calls rewards."""
        return jax.process_index() == 0

    def put(self, array: np.ndarray, *axes: str | None) -> jax.Array:
        """An array that every process has wholly, on the devices; `axes` names the mesh's axis of each of its own."""
        return jax.make_array_from_callback(array.shape, self._sharding(*axes), lambda index: array[index])

    def rows(self, array: np.ndarray) -> jax.Array:
        """The same, with the first axis spread over `data`."""
        return self.put(array, DATA)

    def everywhere(self, tree: Any) -> Any:
        """A pytree of arrays, each wholly on every device."""
        return jax.tree.map(lambda leaf: self._spread(leaf, ()), tree)

    def parameters(self, parameters: DecoderParameters) -> DecoderParameters:
        """A model's parameters, large matrices spread over `model` (Shoeybi et al. 2019, section 3)."""
        found: DecoderParameters = jax.tree.map(self._spread, parameters, self._specifications(parameters))
        return found

    def whole(self, array: jax.Array) -> np.ndarray:
        """An array wholly on the host, in every process."""
        if array.is_fully_addressable:
            return np.asarray(array)
        return np.asarray(multihost_utils.process_allgather(array, tiled=True))

    def from_first(self, values: np.ndarray) -> np.ndarray:
        """What the first process has, in every process, bit for bit; arrays of one shape and dtype everywhere."""
        if jax.process_count() == 1:
            return values
        # As bytes: JAX would round numbers of double precision where that is not switched on.
        raw = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        found = np.asarray(multihost_utils.broadcast_one_to_all(raw))
        return np.frombuffer(found.tobytes(), values.dtype).reshape(values.shape)

    def from_all(self, number: int) -> list[int]:
        """A small whole number of each process, in every process."""
        if jax.process_count() == 1:
            return [number]
        return [int(n) for n in np.ravel(multihost_utils.process_allgather(np.array([number], np.int32)))]

    def together(self, action: Callable[[], R]) -> R:
        """What an action gives in this process, once it is done in all of them.

        What may fail in one process alone (a reward, a file) is done so: otherwise the others would wait for ever.

        **Raises** what the action raises; `InvalidInputError` if it has failed in another process.
        """
        failure: Exception | None = None
        try:
            found = action()
        except Exception as error:
            failure = error
        failed = self.from_all(int(failure is not None))
        if failure is not None:
            raise failure
        if any(failed):
            raise InvalidInputError("process", f"a failure in process {failed.index(1)}", "See what it says.")
        return found

    def first(self, action: Callable[[], object]) -> None:
        """An action in the first process alone, such as writing a file; the others go on once it is done.

        **Raises** as `together` does.
        """
        self.together(action if self.writes else lambda: None)

    def _sharding(self, *axes: str | None) -> NamedSharding:
        return NamedSharding(self.mesh, PartitionSpec(*axes))

    def _spread(self, leaf: Any, axes: tuple[str | None, ...]) -> jax.Array:
        if self.mesh.size == 1:
            return jax.device_put(leaf, self.mesh.devices.flat[0])
        if isinstance(leaf, jax.Array) and not leaf.is_fully_addressable:
            spread: jax.Array = jax.jit(lambda array: array, out_shardings=self._sharding(*axes))(leaf)
            return spread
        return self.put(np.asarray(leaf), *axes)

    def _specifications(self, parameters: DecoderParameters) -> Any:
        def axes(path: tuple[Any, ...], leaf: Any) -> tuple[str | None, ...]:
            name = path[-1].name
            if name in ("embedding", "unembedding"):
                return _divided((MODEL, None), leaf.shape, self.model)
            if name in _BY_OUTPUTS:
                return _divided((None, MODEL, None)[: leaf.ndim], leaf.shape, self.model)
            return _divided((None, None, MODEL), leaf.shape, self.model) if name in _BY_INPUTS else ()

        return jax.tree_util.tree_map_with_path(axes, parameters)


def _divided(axes: tuple[str | None, ...], shape: tuple[int, ...], parts: int) -> tuple[str | None, ...]:
    """The axes, or none if the one that would be spread does not divide: such a matrix lies everywhere."""
    return axes if all(size % parts == 0 for axis, size in zip(axes, shape, strict=True) if axis == MODEL) else ()


def placement(
    data: int = 1, model: int = 1, *, devices: Sequence[jax.Device] | None = None, config: DecoderConfig | None = None
) -> Placement:
    """The devices of a run.

    **Arguments**

    - `data`: over how many devices rows are spread. `model`: over how many large matrices are.
    - `devices`: all that there are, of every process, unless given.
    - `config`: the decoder, to check that its heads can be spread.

    **Raises** `InvalidInputError` unless there are as many devices, all of them used where there are several processes,
    and heads divide.
    """
    available = list(devices if devices is not None else jax.devices())
    for name, value in (("data", data), ("model", model)):
        if value < 1:
            raise InvalidInputError(name, value, "Give at least 1.")
    count = data * model
    if count > len(available) or (jax.process_count() > 1 and count != len(available)):
        remedy = f"There are {len(available)}; with several processes all are to be used."
        raise InvalidInputError("devices", f"{data} x {model}", remedy)
    if config is not None and config.key_value_heads % model and model > 1:
        raise InvalidInputError("model", model, f"Give a divisor of the {config.key_value_heads} key/value heads.")
    return Placement(Mesh(np.array(available[:count]).reshape(data, model), (DATA, MODEL)))
