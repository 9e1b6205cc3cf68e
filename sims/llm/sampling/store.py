"""Batches of results on disk: each is there wholly or not at all, and a run begun again goes on after the last."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sims.files import replace_together
from theory.errors import InvalidInputError

_RUN = "run.json"


class BatchStore:
    """A folder of numbered batches of arrays, all of one run.

    **Arguments**

    - `folder`: made if it is missing.
    - `run`: all that the results depend on, as JSON; it is kept in the folder.

    **Raises** `InvalidInputError` when the folder holds another run, `OSError` when it cannot be written to.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        self.folder = folder
        text = json.dumps(run, indent=2, sort_keys=True) + "\n"
        path = folder / _RUN
        if path.is_file():
            if path.read_bytes() != text.encode():
                remedy = "Give another folder, or the model, prompts and settings that this one was begun with."
                raise InvalidInputError("folder", f"{folder}, which holds another run", remedy)
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InvalidInputError("folder", f"{folder}, which holds something else", "Give a new or an empty folder.")
        else:
            replace_together(folder, {_RUN: text.encode()})

    def load(self, number: int, names: tuple[str, ...]) -> dict[str, np.ndarray] | None:
        """The arrays of a batch; None if it is not there or not what was saved."""
        try:
            with np.load(self._path(number), allow_pickle=False) as archive:
                return {name: archive[name] for name in names}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def save(self, number: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the arrays of a batch.

        **Raises** `OSError` when they cannot be written: then nothing of them is left behind.
        """
        buffer, named = io.BytesIO(), dict[str, Any](arrays)
        np.savez(buffer, **named)
        replace_together(self.folder, {self._path(number).name: buffer.getvalue()})

    def _path(self, number: int) -> Path:
        return self.folder / f"batch-{number:06d}.npz"
