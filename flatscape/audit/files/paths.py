"""The files that paths, folders and globs name, in the order of the numbers in their names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from flatscape.audit.files.account import Account
from theory.errors import InvalidInputError

COMPRESSED = (".gz", ".zst", ".zstd")
TABLES = (".parquet", ".jsonl", ".ndjson", ".csv", ".tsv", ".arrow", ".feather", ".ipc", ".json")
"""Suffixes of files that are read, below those of a compression."""

PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib", ".dill", ".npy", ".npz")
"""Suffixes of files that may run code when they are read, and that are therefore refused."""

PICKLE_REMEDY = (
    "A pickle may run any code when it is read, so none is. Where it was made, save it as a table instead: "
    'polars.DataFrame({"prompt": ..., "completion": ..., "reward": ...}).write_parquet("scores.parquet").'
)
PASSED_OVER = ("annotations", "__pycache__")
"""Folders beside the records of a run that hold none."""

FILTERED = "effective"
"""prime-rl's folder of those episodes that were left after it had dropped groups."""


def suffix(path: Path) -> str:
    """The suffix that says the kind of a file, in small letters, below that of a compression."""
    name = path.name.lower()
    for compressed in COMPRESSED:
        name = name.removesuffix(compressed)
    return os.path.splitext(name)[1]


def find_files(given: str | os.PathLike[str], account: Account) -> list[Path]:
    """The files that a path, a folder (with all folders in it) or a glob names.

    **Raises** `InvalidInputError` if there is none, or if it is a pickle.
    """
    text = os.fspath(given)
    path = Path(text)
    if not text or "\0" in text:
        raise InvalidInputError(account.argument, repr(text), "Name a file, a folder or a glob.")
    if path.is_dir():
        return _in_folder(path, account)
    if os.path.lexists(path):
        return [_regular(path, account)]
    if glob.has_magic(text):
        return _matching(text, account)
    raise InvalidInputError(account.argument, text, "There is no such file or folder.")


def _regular(path: Path, account: Account) -> Path:
    if suffix(path) in PICKLES:
        raise InvalidInputError(account.argument, str(path), PICKLE_REMEDY)
    if not path.is_file():
        raise InvalidInputError(account.argument, str(path), "It is not a regular file: name one.")
    return path


def _matching(pattern: str, account: Account) -> list[Path]:
    paths = [Path(p) for p in glob.glob(pattern, recursive=True)]
    if not paths:
        raise InvalidInputError(account.argument, pattern, "No file matches: check the pattern and the folder.")
    files = [_regular(p, account) for p in paths if not p.is_dir()]
    if files:
        return sorted(files, key=by_numbers)
    return sorted({f for folder in paths for f in _in_folder(folder, account)}, key=by_numbers)


def _in_folder(folder: Path, account: Account) -> list[Path]:
    found = sorted(_walk(folder), key=by_numbers)
    tables = [p for p in found if suffix(p) in TABLES and not p.name.endswith(".index.jsonl")]
    # Where there are tables proper, JSON files beside them describe the run.
    chosen = [p for p in tables if suffix(p) != ".json"] or tables
    kinds = sorted({suffix(p) for p in chosen})
    if not chosen:
        pickled = next((p for p in found if suffix(p) in PICKLES), None)
        if pickled is not None:
            raise InvalidInputError(account.argument, str(pickled), PICKLE_REMEDY)
        wanted = ", ".join(TABLES)
        raise InvalidInputError(account.argument, str(folder), f"It holds no file that is read ({wanted}).")
    if len(kinds) > 1:
        listed = ", ".join(kinds)
        raise InvalidInputError(
            account.argument, f"{folder} with files of several kinds ({listed})", "Name those to be read, as a glob."
        )
    return _without_filtered(folder, chosen, account)


def _without_filtered(folder: Path, files: list[Path], account: Account) -> list[Path]:
    """Of a run that has both, all episodes rather than those that were left after filtering: one of them is twice."""
    whole = [p for p in files if FILTERED not in p.relative_to(folder).parts]
    if whole and len(whole) < len(files):
        account.warn(
            f"{len(files) - len(whole)} files in folders named {FILTERED} repeat a part of the others: not read."
        )
        return whole
    return files


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in PASSED_OVER]
        for name in names:
            path = Path(root, name)
            if not name.startswith(".") and path.is_file():
                yield path


def by_numbers(path: Path) -> tuple[tuple[int, int, str], ...]:
    """A key of sorting by which step 9 stands before step 10."""
    parts = re.split(r"([0-9]+)", str(path))
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts)
