"""The tables of a reading as one, whose columns are those of their format."""

from __future__ import annotations

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.files.columns import frame_of
from flatscape.audit.files.delimited import CUT_OFF
from flatscape.audit.files.tables import Table, damaged
from flatscape.audit.formats.format import Format
from flatscape.audit.formats.register import FLAT
from theory.errors import InvalidInputError

FILE, BLOCK = "number of the file", "block of rows"
"""Columns that key groups of a given number of rows."""


def combined(tables: list[Table], format: Format, group_size: int | None, account: Account) -> pl.LazyFrame:
    """All rows, of which those of flat columns are not read yet.

    **Raises** `InvalidInputError` if a table lacks a column of its format, or if flat tables have different columns.
    """
    frames = [_shaped(table, format, account) for table in tables]
    names = [set(_schema(frame, table, account)) - {CUT_OFF} for frame, table in zip(frames, tables, strict=True)]
    for table, own in zip(tables, names, strict=True):
        missing = [column for column in format.required if column not in own]
        if missing:
            raise InvalidInputError(
                account.argument,
                f"{table.name} without {', '.join(missing)}",
                f"{format.title[:1].upper()}{format.title[1:]} has these columns: name another format, or a mapping.",
            )
        # Trainers add and leave out columns from step to step; of other files it is a mistake.
        if format is FLAT and own != names[0]:
            differing = ", ".join(sorted(own ^ names[0]))
            raise InvalidInputError(
                account.argument,
                f"{tables[0].name} and {table.name}, which differ in the columns {differing}",
                "Read files with the same columns together.",
            )
    if group_size is not None:
        frames = [_in_blocks(frame, number, group_size) for number, frame in enumerate(frames)]
    return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")


def _shaped(table: Table, format: Format, account: Account) -> pl.LazyFrame:
    if format.rows is not None:
        return frame_of(format.rows(table.records(account), table.name, account)).lazy()
    lazy = table.frame(account)
    return lazy if format.prepare is None or _lacks(lazy, format) else format.prepare(lazy, table.path)


def _lacks(lazy: pl.LazyFrame, format: Format) -> bool:
    return not set(format.required) <= set(lazy.collect_schema().names())


def _schema(lazy: pl.LazyFrame, table: Table, account: Account) -> list[str]:
    try:
        names = lazy.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(error, table.name, account.argument) from None
    if not names:
        raise InvalidInputError(account.argument, f"{table.name}, which has no rows", "Give scored completions.")
    return names


def _in_blocks(lazy: pl.LazyFrame, number: int, size: int) -> pl.LazyFrame:
    block = (pl.int_range(pl.len(), dtype=pl.Int64) // size).alias(BLOCK)
    return lazy.with_columns(pl.lit(number, pl.Int64).alias(FILE), block)
