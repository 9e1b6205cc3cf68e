"""Files that are either complete or absent."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sims.files import replace_together
from theory.errors import InvalidInputError


def check_folder(folder: Path) -> None:
    """Makes the folder if it is missing, before anything is computed for it.

    **Raises** `InvalidInputError` if it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInputError("--out", f"{folder} ({reason})", "Give a folder that can be written to.") from None


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Writes several files of one folder; each appears only once it is complete, and none before all are on disk.

    **Raises** `InvalidInputError` if the folder cannot be written to; then nothing is left behind.
    """
    check_folder(folder)
    try:
        replace_together(folder, contents)
    except OSError as error:
        raise InvalidInputError(
            "--out", f"{folder} ({error.strerror})", "Make room or choose another folder."
        ) from None
