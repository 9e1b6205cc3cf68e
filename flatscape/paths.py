"""Checks of files and folders that a command is about to read or write."""

from __future__ import annotations

import os
from pathlib import Path

from theory.errors import InvalidInputError


def check_writable(argument: str, path: Path) -> None:
    """**Raises** `InvalidInputError` unless a file of that name can be written (its folders are made)."""
    if path.is_dir():
        raise InvalidInputError(argument, str(path), "It is a folder: name a file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(argument, str(path), f"Its folder cannot be made ({error.strerror}).") from None
    if not os.access(path.parent, os.W_OK):
        raise InvalidInputError(argument, str(path), "Its folder cannot be written to: choose another.")


def read_text(argument: str, path: Path, *, largest: int = 256 * 1024 * 1024) -> str:
    """The text of a file.

    **Raises** `InvalidInputError` if it is missing, a folder, larger than `largest` bytes, unreadable or not UTF-8.
    """
    try:
        if path.is_dir():
            raise InvalidInputError(argument, str(path), "It is a folder: name a file.")
        # Read with a limit rather than trust the size: a pipe or a device has none.
        with path.open("rb") as stream:
            content = stream.read(largest + 1)
        if len(content) > largest:
            raise InvalidInputError(argument, f"more than {largest} bytes", f"At most {largest} bytes are read.")
        return content.decode("utf-8")
    except FileNotFoundError:
        raise InvalidInputError(argument, str(path), "There is no such file.") from None
    except OSError as error:
        raise InvalidInputError(argument, str(path), f"It cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InvalidInputError(argument, str(path), "It is not UTF-8 text.") from None
