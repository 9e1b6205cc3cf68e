"""Checks of files and folders that a command is about to read or write."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from theory.errors import InvalidInputError


def check_writable(argument: str, path: Path) -> None:
    """**Raises** `InvalidInputError` unless a file of that name can be written (its folders are made)."""
    _check_names_file(argument, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(argument, str(path), f"Its folder cannot be made ({error.strerror}).") from None
    if not os.access(path.parent, os.W_OK):
        raise InvalidInputError(argument, str(path), "Its folder cannot be written to: choose another.")


def check_absent(argument: str, path: Path, *, force: bool) -> None:
    """**Raises** `InvalidInputError` if there is something of that name already, unless `force` is given."""
    if not force and os.path.lexists(path):
        raise InvalidInputError(argument, str(path), "It exists already: name another file, or add --force.")


def read_text(argument: str, path: Path, *, largest: int = 256 * 1024 * 1024) -> str:
    """The text of a file, or of standard input for the path `-`; a byte-order mark is passed over.

    **Raises** `InvalidInputError` if it is missing, a folder, larger than `largest` bytes, unreadable or not UTF-8.
    """
    shown = "standard input" if str(path) == "-" else str(path)
    try:
        _check_names_file(argument, path)
        # Read with a limit rather than trust the size: a pipe or a device has none.
        with _opened(argument, path) as stream:
            content = stream.read(largest + 1)
        if len(content) > largest:
            raise InvalidInputError(argument, f"more than {largest} bytes", f"At most {largest} bytes are read.")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise InvalidInputError(argument, shown, "There is no such file.") from None
    except OSError as error:
        raise InvalidInputError(argument, shown, f"It cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InvalidInputError(argument, shown, "It is not UTF-8 text.") from None


def _check_names_file(argument: str, path: Path) -> None:
    # An empty name has become the current folder before it comes here.
    if path == Path():
        raise InvalidInputError(argument, "an empty name (or the folder .)", "Name a file.")
    if path.is_dir():
        raise InvalidInputError(argument, str(path), "It is a folder: name a file.")


def _opened(argument: str, path: Path) -> BinaryIO:
    if str(path) != "-":
        return path.open("rb")
    if sys.stdin is None:
        raise InvalidInputError(argument, "standard input", "It is closed: give it a file, or name one.")
    return open(sys.stdin.fileno(), "rb", closefd=False)
