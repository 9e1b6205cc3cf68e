"""Numbers that an unfinished run of figures has computed, kept until all that was asked for is done."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from figures.figure import FigureData
from figures.table import from_csv, to_csv
from proofs_check.ledger.ledger import versions
from sims.llm.model_file import cache_folder
from sims.parallel.resumable import Unfinished, digest, unfinished

PACKAGES = ("theory", "sims", "proofs_check", "figures")
"""The packages whose code figures depend on."""


def kept_numbers() -> Unfinished:
    """Where this code keeps its unfinished results."""
    return unfinished(cache_folder() / "unfinished", "figures", PACKAGES, versions())


def forget() -> None:
    """Removes them all."""
    kept_numbers().forget()


def name_of(*about: object) -> str:
    """A name for a result that depends on these things (numbers, texts, lists and dictionaries of them)."""
    return digest(*about)


def keep_arrays(name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Keeps named arrays of numbers."""
    buffer = io.BytesIO()
    np.savez(buffer, **dict[str, Any](arrays))
    kept_numbers().keep(f"{name}.npz", buffer.getvalue())


def kept_arrays(name: str) -> dict[str, np.ndarray] | None:
    """What `keep_arrays` kept under that name; None if it did not, or if the file is damaged."""
    content = kept_numbers().kept(f"{name}.npz")
    if content is None:
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def data_to_bytes(data: FigureData) -> bytes:
    """The numbers behind a figure, as they are kept."""
    record = {"table": to_csv(data.columns), "settings": dict(data.settings), "facts": dict(data.facts)}
    return json.dumps(record).encode()


def data_from_bytes(content: bytes) -> FigureData:
    """The numbers that `data_to_bytes` wrote.

    **Raises** `ValueError`, `KeyError` or `TypeError` for anything else.
    """
    record: dict[str, Any] = json.loads(content)
    return FigureData(from_csv(record["table"]), record["settings"], record["facts"])
