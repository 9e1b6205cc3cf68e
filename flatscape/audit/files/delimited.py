"""Tables of comma- or tab-separated values, in which every field is read as text."""

from __future__ import annotations

import csv
import io
from contextlib import nullcontext
from pathlib import Path

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.files.streams import is_compressed, opened, unpacked
from theory.errors import InvalidInputError

SEPARATORS = (",", "\t", ";", "|")
CUT_OFF = "__cut_off"
"""The column that says of each row whether the end of the file cuts it off; only a file that seems to be cut has it."""

LONGEST_HEADER = 2**20
"""Bytes of the line with the names of the columns."""


def scan_delimited(path: Path, account: Account) -> pl.LazyFrame:
    """A table whose first line names its columns; nothing but the names is read yet.

    Every column is text, so that no number is changed by a guess at a type.

    **Raises** `InvalidInputError` if it is empty, not UTF-8, or names a column twice or not at all.
    """
    separator = _separator(path, account)
    source: Path | io.BytesIO = unpacked(path, account) if is_compressed(path, account) else path
    # An empty completion is a completion; which fields are numbers is decided later, and for those it is a missing one.
    lazy = pl.scan_csv(
        source,
        separator=separator,
        infer_schema=False,
        empty_string_is_null=False,
        glob=False,
        encoding="utf8",
        with_column_names=_named,
    )
    if _ends_in_a_line(source):
        return lazy
    account.warn(f"{path} does not end in the end of a line: it may be cut off.")
    last = pl.int_range(pl.len()) == pl.len() - 1
    return lazy.with_columns((last & (pl.last() == "")).alias(CUT_OFF))


def _named(names: list[str]) -> list[str]:
    """The names of columns, of which some may have none, as the row numbers that pandas writes."""
    return [name or f"__unnamed_{number}" for number, name in enumerate(names)]


def _ends_in_a_line(source: Path | io.BytesIO) -> bool:
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
        stream.seek(-1, io.SEEK_END)
        last = stream.read(1)
        stream.seek(0)
    return last in (b"\n", b"\r")


def _separator(path: Path, account: Account) -> str:
    with opened(path, account) as stream:
        start = stream.read(LONGEST_HEADER)
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        raise InvalidInputError(account.argument, str(path), "It is empty: give a table with a line of names.")
    try:
        text = start.decode("utf-8-sig", "strict" if len(start) < LONGEST_HEADER else "ignore")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            account.argument, f"{path}, which is not UTF-8 (byte {error.start})", "Save it as UTF-8 text."
        ) from None
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise InvalidInputError(account.argument, str(path), f"Its line of names cannot be read ({error}).") from None
    _check_names(names, first, path, account)
    return separator


def _check_names(names: list[str], line: str, path: Path, account: Account) -> None:
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidInputError(
            account.argument, f"{path} with several columns named {', '.join(map(repr, twice))}", "Name each once."
        )
    if "\r" in line.rstrip("\r"):
        raise InvalidInputError(
            account.argument, f"{path}, whose lines end in a carriage return alone", "Save it with line feeds."
        )
