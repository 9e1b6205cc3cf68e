"""The state of a run in one file, which is complete or absent: arrays by name, and a record as JSON."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from sims.files import replace_by
from theory.errors import InvalidInputError

_RECORD = "record"

_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file raises that is damaged, or something else than an archive of arrays."""


def save_checkpoint(path: Path, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a checkpoint in place of an earlier one, which stays as it is if this one cannot be written.

    **Arguments**

    - `path`: a `.npz` file. `record`: ready for JSON. `arrays`: by names other than `record`.

    **Raises** `OSError`, for instance for a full disk.
    """
    text = np.frombuffer(json.dumps(record).encode(), np.uint8)
    replace_by(path, lambda file: np.savez(file, allow_pickle=False, **{_RECORD: text, **arrays}))


def load_checkpoint(path: Path, *, record_only: bool = False) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """The record and the arrays of a checkpoint, or no arrays; None if there is no checkpoint.

    **Raises** `InvalidInputError` for a file that is no checkpoint.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            record: Any = json.loads(file[_RECORD].tobytes())
            if not isinstance(record, dict):
                raise TypeError("a record that is no table")
            arrays = {} if record_only else {name: file[name] for name in file.files if name != _RECORD}
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        remedy = "Remove it to begin this run anew."
        raise InvalidInputError("checkpoint", f"{path.name}, which cannot be read ({error})", remedy) from error
    return record, arrays


def named_leaves(tree: Any) -> dict[str, Any]:
    """The arrays of a pytree by their places in it."""
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def with_leaves(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """A pytree like `tree` with the arrays that `named_leaves` has named.

    **Raises** `InvalidInputError` for arrays of another tree.
    """
    wanted = {name: (leaf.shape, str(leaf.dtype)) for name, leaf in named_leaves(tree).items()}
    given = {name: (array.shape, str(array.dtype)) for name, array in arrays.items()}
    if wanted != given:
        different = sorted(name for name in wanted | given if wanted.get(name) != given.get(name))
        raise InvalidInputError("checkpoint", f"another state ({different[0]})", "Remove it to begin this run anew.")
    return jax.tree_util.tree_map_with_path(lambda path, _: arrays[jax.tree_util.keystr(path)], tree)
