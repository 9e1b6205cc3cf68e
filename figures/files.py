"""Files that are either complete or absent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

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
    temporary: dict[str, str] = {}
    try:
        for name, content in contents.items():
            handle, temporary[name] = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary[name], 0o644)
        for name in contents:
            os.replace(temporary[name], folder / name)
    except OSError as error:
        raise InvalidInputError(
            "--out", f"{folder} ({error.strerror})", "Make room or choose another folder."
        ) from None
    finally:
        for path in temporary.values():
            Path(path).unlink(missing_ok=True)
