"""Frames, columns and records that a caller has in memory, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.files.columns import series
from flatscape.audit.files.json_records import Record
from flatscape.audit.files.tables import PEEKED, ColumnTable, RecordTable, Table
from theory.errors import InvalidInputError


def table_in_memory(value: Any, account: Account) -> Table | None:
    """The table of a polars, pandas or Arrow frame, of a mapping of columns, or of a list of records; None of anything
    else.

    **Raises** `InvalidInputError` if columns are of different lengths.
    """
    argument = account.argument
    if isinstance(value, pl.LazyFrame):
        return ColumnTable("a LazyFrame", None, value, argument)
    if isinstance(value, pl.DataFrame):
        return ColumnTable("a DataFrame", None, value.lazy(), argument)
    if isinstance(value, Mapping):
        return _from_columns(value, account)
    if is_pandas(value):
        return _from_pandas(value, account)
    if hasattr(value, "__arrow_c_stream__"):
        frame = pl.DataFrame(value)
        return ColumnTable("an Arrow table", None, frame.lazy(), argument)
    if is_records(value):
        return RecordTable("a list of records", None, lambda _: (dict(row) for row in value), argument)
    return None


def is_records(value: object) -> bool:
    """Whether it is a list of mappings."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and _all_mappings(value)


def is_pandas(value: object) -> bool:
    """Whether it is a frame of pandas, which need not be installed to ask."""
    return type(value).__module__.split(".")[0] == "pandas" and hasattr(value, "columns")


def _all_mappings(values: Sequence[object]) -> bool:
    return bool(values) and all(isinstance(row, Mapping) for row in values)


def _from_pandas(value: Any, account: Account) -> Table:
    repeated = value.columns[value.columns.duplicated()]
    if len(repeated):
        listed = ", ".join(map(repr, repeated))
        raise InvalidInputError(account.argument, f"a frame with several columns named {listed}", "Name each once.")
    columns = {str(name): value[name] for name in value.columns}
    # Every library's word for a missing value becomes None.
    return _from_columns(
        {name: column.astype(object).where(column.notna(), None) for name, column in columns.items()}, account
    )


def _from_columns(value: Mapping[Any, Any], account: Account) -> Table:
    columns = {str(name): _listed(str(name), column, account) for name, column in value.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidInputError(account.argument, f"columns of lengths {lengths}", "Give columns of one length.")

    if not any(map(_is_nested, columns.values())):
        frame = pl.DataFrame([series(name, column) for name, column in columns.items()])
        return ColumnTable("columns", None, frame.lazy(), account.argument)

    def records(_: Account) -> Iterator[Record]:
        return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))

    return RecordTable("columns", None, records, account.argument)


def _is_nested(column: list[Any]) -> bool:
    """Whether a column holds objects, or lists of them, as far as its first values tell."""
    first = column[:PEEKED]
    return any(isinstance(item, Mapping) for value in first for item in (value if isinstance(value, list) else [value]))


def _listed(name: str, column: Any, account: Account) -> list[Any]:
    if isinstance(column, str | bytes | Mapping):
        column = None
    try:
        return column.tolist() if hasattr(column, "tolist") else list(column)
    except TypeError:
        raise InvalidInputError(account.argument, f"the column {name!r}", "Give it as a list of values.") from None
