"""The tables that a caller names: paths, folders, globs, frames, or a list of these."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flatscape.audit.files.account import Account
from flatscape.audit.files.in_memory import is_records, table_in_memory
from flatscape.audit.files.paths import FILTERED, find_files
from flatscape.audit.files.tables import Table, open_table
from theory.errors import InvalidInputError

MOST_FILES = 100_000


def open_tables(given: Any, account: Account) -> list[Table]:
    """The tables, in order. **Raises** `InvalidInputError` if there is none, or if one cannot be read."""
    several = isinstance(given, Sequence) and not isinstance(given, str | bytes) and not is_records(given)
    tables: list[Table] = []
    seen: set[Path] = set()
    for item in given if several else [given]:
        if isinstance(item, str | os.PathLike):
            tables += [open_table(path, account) for path in _new(find_files(os.fspath(item), account), seen, account)]
        else:
            tables.append(_in_memory(item, account))
    if not tables:
        raise InvalidInputError(account.argument, "nothing", "Give at least one file or frame.")
    if any(table.path and FILTERED in table.path.parts for table in tables):
        account.warn(
            f"Files in a folder named {FILTERED} hold what was left after groups without a signal had been dropped: "
            "the share of such groups is too small here."
        )
    return tables


def _new(paths: list[Path], seen: set[Path], account: Account) -> list[Path]:
    """Those that were not named before: a file that is read twice would count twice."""
    new = []
    for path in paths:
        if path.resolve() in seen:
            account.warn(f"{path} was named twice: it is read once.")
        else:
            seen.add(path.resolve())
            new.append(path)
    if len(seen) > MOST_FILES:
        raise InvalidInputError(account.argument, f"{len(seen)} files", f"At most {MOST_FILES} are read.")
    return new


def _in_memory(item: Any, account: Account) -> Table:
    table = table_in_memory(item, account)
    if table is not None:
        return table
    if isinstance(item, Sequence) and not item:
        shown = "an empty list"
    elif isinstance(item, Mapping):
        shown = "an empty mapping"
    else:
        shown = f"a {type(item).__name__}"
    raise InvalidInputError(
        account.argument, shown, "Give a path, a frame (polars, pandas, Arrow), columns, or a list of records."
    )
