"""What an unfinished run of figures has computed, kept until all that was asked for is done.

Everything lies in a folder of the cache that is named after the code and the versions of the software, under names made
from all that a result depends on: results of other settings are never found, let alone mixed in.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from figures.figure import FigureData
from figures.pipeline.files import write_together
from figures.table import from_csv, to_csv
from proofs_check.ledger.fingerprint import code_fingerprint
from sims.llm.model_file import cache_folder
from theory.errors import InvalidInputError

PACKAGES = ("theory", "sims", "proofs_check", "figures")


@cache
def folder() -> Path:
    """Where this code keeps its unfinished results."""
    return cache_folder() / "unfinished" / f"figures-{code_fingerprint(PACKAGES)}"


def forget() -> None:
    """Removes them all."""
    shutil.rmtree(folder(), ignore_errors=True)


def name_of(*about: object) -> str:
    """A file name for a result that depends on these things (numbers, texts, lists and dictionaries of them)."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def keep_arrays(name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Keeps named arrays of numbers."""
    buffer = io.BytesIO()
    np.savez(buffer, **dict[str, Any](arrays))
    _keep(f"{name}.npz", buffer.getvalue())


def kept_arrays(name: str) -> dict[str, np.ndarray] | None:
    """What `keep_arrays` kept under that name; None if it did not, or if the file is damaged."""
    try:
        with np.load(folder() / f"{name}.npz", allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def keep_data(name: str, data: FigureData) -> None:
    """Keeps the numbers behind a figure."""
    record = {"table": to_csv(data.columns), "settings": dict(data.settings), "facts": dict(data.facts)}
    _keep(f"{name}.json", json.dumps(record).encode())


def kept_data(name: str) -> FigureData | None:
    """What `keep_data` kept under that name; None if it did not, or if the file is damaged."""
    try:
        record: dict[str, Any] = json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
        return FigureData(from_csv(record["table"]), record["settings"], record["facts"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(name: str, content: bytes) -> None:
    # What cannot be kept is only lost to a run that is interrupted.
    with contextlib.suppress(InvalidInputError, OSError):
        write_together(folder(), {name: content})
