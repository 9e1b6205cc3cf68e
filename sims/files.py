"""Files that are either complete or absent, also when the process that writes them is being ended."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, NoReturn

_WRITING = threading.Lock()
"""Held while files are written, so that nothing ends this process half way."""

PATIENCE = 1.0
"""The time that the end of a process waits for files that are just being written, in seconds."""


def check_writable(folder: Path) -> None:
    """Makes the folder if it is missing. **Raises** `OSError` if it cannot be made or written to."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def replace_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Writes several files of one folder; each appears only once it is complete, and none before all are on disk.

    The folder is made if it is missing.

    **Raises** `OSError` if a file cannot be written; then nothing is left behind.
    """
    temporary: dict[str, str] = {}
    with _WRITING:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for name, content in contents.items():
                # Names as long as the file system allows must leave room for what is added to them.
                handle, temporary[name] = tempfile.mkstemp(dir=folder, prefix=f".{name[:20]}.")
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                os.chmod(temporary[name], 0o644)
            for name in contents:
                os.replace(temporary[name], folder / name)
        finally:
            for path in temporary.values():
                Path(path).unlink(missing_ok=True)


def replace_by(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Writes one file that is too large to be held twice; it appears only once it is complete and on disk.

    The folder is made if it is missing.

    **Arguments**: `write`, which writes the content into the file that it is given.

    **Raises** `OSError` if it cannot be written; then nothing is left behind, and a file that was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:20]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def place_new(temporary: Path, path: Path) -> None:
    """Gives a complete file its final name, under which there must be nothing yet.

    **Raises** `FileExistsError` if something has that name; it is left alone.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links, on which nobody can be kept from taking the name in between.
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        os.replace(temporary, path)
    else:
        temporary.unlink(missing_ok=True)


def end_at_once(code: int) -> NoReturn:
    """Ends this process from any of its threads, without waiting for the others, except for one that is writing files.

    **Arguments**: `code`, the exit code.
    """
    _WRITING.acquire(timeout=PATIENCE)
    os._exit(code)
