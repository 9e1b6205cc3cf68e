"""Unpacked weights that are kept between runs: their file is mapped into memory, which copies and computes nothing.

A file holds one model's parameters as they are computed with, each at a multiple of 64 bytes, behind a header that says
of which file they were made, in which layout and how long it is. It is used only if its header is the expected one to
the last byte and its length is right; else it is made again. Nothing depends on it but time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.files import replace_by
from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters, LayerParameters, layer_shapes, outer_shapes

LAYOUT = 1
"""Another number makes all files of an earlier layout be made anew."""

ALIGNMENT = 64
"""Bytes. What is mapped at such a place, XLA reads where it lies."""

LARGEST = 2**30
"""Bytes of a model's weights above which they are not kept."""

LARGEST_TOGETHER = 2**31
"""Bytes of all files together; those that were not used for longest are dropped first."""

PATTERN = "weights-*.bin"


class _Field(NamedTuple):
    """Where a parameter lies in the file."""

    name: str
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True)
class WeightsCache:
    """A folder of unpacked weights, which may be deleted at any time.

    **Fields**: `folder`; `say`: called with a sentence if weights cannot be kept there.
    """

    folder: Path
    say: Callable[[str], None]

    def parameters(
        self, checksum: str, config: DecoderConfig, dtype: str, read: Callable[[], DecoderParameters]
    ) -> DecoderParameters:
        """The parameters of a model, kept or read.

        **Arguments**: `checksum` of the model's file; `config` and `dtype` as `read` makes them; `read`: unpacks them.

        **Returns** them on JAX's default device; **raises** what `read` does.
        """
        header, fields, size = _plan(checksum, config, dtype)
        path = self.folder / f"weights-{checksum[:32]}-{dtype}.bin"
        found = _mapped(path, header, fields, size, dtype)
        if found is not None:
            return found
        made = read()
        if size <= LARGEST:
            try:
                replace_by(path, lambda file: _write(file, made, header, fields))
                self._drop_unused(path)
            except OSError as error:
                reason = error.strerror or str(error)
                self.say(f"unpacked weights are not kept for the next run: {self.folder} cannot be used ({reason})")
        return made

    def _drop_unused(self, newest: Path) -> None:
        found = [(path.stat().st_atime_ns, path.stat().st_size, path) for path in self.folder.glob(PATTERN)]
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total > LARGEST_TOGETHER and path != newest:
                path.unlink(missing_ok=True)
                total -= size


def _plan(checksum: str, config: DecoderConfig, dtype: str) -> tuple[bytes, list[_Field], int]:
    """The header, where each parameter lies, and the length of the file."""
    shapes = {f"layers.{name}": (config.layers, *shape) for name, shape in layer_shapes(config).items()}
    shapes |= outer_shapes(config)
    about = {"layout": LAYOUT, "model": checksum, "dtype": dtype, "shapes": shapes}
    header = json.dumps(about).encode() + b"\n"
    fields, offset = [], len(header)
    for name, shape in shapes.items():
        offset = -(-offset // ALIGNMENT) * ALIGNMENT
        fields.append(_Field(name, shape, offset))
        offset += math.prod(shape) * jnp.dtype(dtype).itemsize
    return header, fields, offset


def _mapped(path: Path, header: bytes, fields: list[_Field], size: int, dtype: str) -> DecoderParameters | None:
    """What a file holds; None if there is none, or one that is cut off, or of something else."""
    try:
        with path.open("rb") as file:
            if file.read(len(header)) != header or path.stat().st_size != size:
                return None
        whole = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):
        return None
    kind = jnp.dtype(dtype)
    if whole.size != size:
        return None
    read = {
        field.name: jax.device_put(
            whole[field.offset : field.offset + math.prod(field.shape) * kind.itemsize].view(kind).reshape(field.shape),
            may_alias=True,
        )
        for field in fields
    }
    layers = {name.removeprefix("layers."): value for name, value in read.items() if name.startswith("layers.")}
    outer = {name: value for name, value in read.items() if not name.startswith("layers.")}
    return DecoderParameters(layers=LayerParameters(**layers), **outer)


def _write(file: BinaryIO, made: DecoderParameters, header: bytes, fields: list[_Field]) -> None:
    assert isinstance(made.layers, LayerParameters)
    file.write(header)
    for field in fields:
        file.write(bytes(field.offset - file.tell()))
        owner = made.layers if field.name.startswith("layers.") else made
        values = np.asarray(getattr(owner, field.name.removeprefix("layers.")))
        file.write(np.ascontiguousarray(values).view(np.uint8).data)
