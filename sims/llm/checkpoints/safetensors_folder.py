"""The tensors of a folder: of `model.safetensors`, or of the shards that an index names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from theory.errors import InvalidInputError

from .safetensors_reader import StoredTensor, read_safetensors, read_stored, refuse

_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_LARGEST_JSON = 100_000_000
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


class FolderTensors(NamedTuple):
    """The tensors of a Hugging Face folder, as `assemble` reads them."""

    folder: Path
    tensors: dict[str, StoredTensor]

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor by its name."""
        return {name: tensor.shape for name, tensor in self.tensors.items()}

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold tensors, in the order of their names."""
        return tuple(sorted({tensor.path for tensor in self.tensors.values()}))

    def read(self, name: str) -> np.ndarray:
        """One tensor as float32."""
        return read_stored(self.tensors[name], name)

    def refuse(self, fault: str) -> NoReturn:
        """Raise the one error that names the folder."""
        refuse(self.folder, fault)


def read_folder_tensors(folder: Path) -> FolderTensors:
    """Find every tensor of a folder, and check that shards and index agree.

    **Arguments**

    - `folder`: with `model.safetensors`, or with `model.safetensors.index.json` and its shards.

    **Returns** the tensors; none is read yet.

    **Raises** `InvalidInputError` when a shard is missing or truncated, index and shards disagree, or the folder holds
    weights in another format only: pickles are never opened.
    """
    if (folder / _SINGLE).is_file():
        return FolderTensors(folder, read_safetensors(folder / _SINGLE))
    if not (folder / _INDEX).is_file():
        if any(path for pattern in _PICKLES for path in folder.glob(pattern)):
            raise InvalidInputError(
                "model folder",
                f"{folder} (weights as pickles only)",
                f"Convert them to {_SINGLE}: pickles can run code.",
            )
        refuse(folder, f"neither {_SINGLE} nor {_INDEX}")
    places = read_json(folder / _INDEX).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(shard, str) for shard in places.values()):
        refuse(folder / _INDEX, "no weight_map from tensors to files")
    tensors: dict[str, StoredTensor] = {}
    for shard in sorted(set(places.values())):
        if Path(shard).name != shard or not shard.endswith(".safetensors"):
            refuse(folder / _INDEX, f"a shard named {shard!r}")
        if not (folder / shard).is_file():
            refuse(folder, f"shard {shard} is missing")
        for name, tensor in read_safetensors(folder / shard).items():
            if places.get(name) != shard:
                refuse(folder / shard, f"tensor {name!r}, which the index does not place here")
            tensors[name] = tensor
    for name, shard in places.items():
        if name not in tensors:
            refuse(folder / shard, f"no tensor {name}, which the index places here")
    return FolderTensors(folder, tensors)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object out of a file.

    **Raises** `InvalidInputError`, naming the file, when it cannot be read or is something else.
    """
    try:
        if path.stat().st_size > _LARGEST_JSON:
            refuse(path, "too large")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        refuse(path, f"a file that cannot be read: {error.strerror}")
    except (ValueError, RecursionError) as error:
        refuse(path, f"no JSON: {error}")
    if not isinstance(value, dict):
        refuse(path, "no JSON object")
    return value
