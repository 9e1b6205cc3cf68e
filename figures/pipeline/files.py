"""A folder for files that are either complete or absent (`sims.files`), its failures named as those of `--out`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sims.files import check_writable, replace_together
from theory.errors import InvalidInputError


def check_folder(folder: Path) -> None:
    """Makes the folder if it is missing, before anything is computed for it.

    **Raises** `InvalidInputError` if it cannot be made or written to.
    """
    with _named(folder, "Give a folder that can be written to."):
        check_writable(folder)


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Writes several files of one folder; each appears only once it is complete, and none before all are on disk.

    **Raises** `InvalidInputError` if the folder cannot be written to; then nothing is left behind.
    """
    check_folder(folder)
    with _named(folder, "Make room or choose another folder."):
        replace_together(folder, contents)


@contextmanager
def _named(folder: Path, remedy: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInputError("--out", f"{folder} ({reason})", remedy) from None
