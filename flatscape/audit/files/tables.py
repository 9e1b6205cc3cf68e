"""A table: records of one file or frame, as columns read lazily or one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.files.columns import frame_of
from flatscape.audit.files.delimited import scan_delimited
from flatscape.audit.files.json_records import JsonFile, Record
from flatscape.audit.files.paths import PICKLE_REMEDY, PICKLES, TABLES, suffix
from flatscape.audit.files.streams import first_bytes, is_compressed, unpacked
from theory.errors import InvalidInputError

PEEKED = 20
"""Records that are looked at to tell what a table holds."""

PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
"""First bytes of pickles and of PyTorch's archives of them."""


@dataclass(frozen=True)
class ColumnTable:
    """A table that is stored by columns."""

    name: str
    path: Path | None
    lazy: pl.LazyFrame
    argument: str

    def head(self) -> list[Record]:
        """The first records."""
        rows = collected(self.lazy.head(PEEKED), self.name, self.argument)
        # A damaged file can look empty until it is read as a whole.
        return (rows if rows.height else collected(self.lazy, self.name, self.argument)).to_dicts()

    def frame(self, account: Account) -> pl.LazyFrame:
        """All records as columns, of which those that are not asked for are not read."""
        return self.lazy

    def records(self, account: Account) -> Iterator[Record]:
        """All records, one by one."""
        yield from collected(self.lazy, self.name, self.argument).iter_rows(named=True)


@dataclass(frozen=True)
class RecordTable:
    """A table that is stored by records; `source` gives them anew at each call."""

    name: str
    path: Path | None
    source: Callable[[Account], Iterator[Record]]
    argument: str

    @cached_property
    def _first(self) -> list[Record]:
        # What is wrong with these records is told when they are read in earnest.
        return list(islice(self.source(Account(self.argument)), PEEKED))

    def head(self) -> list[Record]:
        """The first records."""
        return self._first

    def frame(self, account: Account) -> pl.LazyFrame:
        """All records as columns."""
        return frame_of(self.source(account)).lazy()

    def records(self, account: Account) -> Iterator[Record]:
        """All records, one by one."""
        return self.source(account)


Table = ColumnTable | RecordTable
"""Records from one file or frame: `name` for messages, `path` if it is a file."""


def collected(lazy: pl.LazyFrame, name: str, argument: str) -> pl.DataFrame:
    """The rows of a lazy table. **Raises** `InvalidInputError` if its file turns out to be damaged."""
    try:
        return lazy.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(error, name, argument) from None


def damaged(error: Exception, name: str, argument: str) -> InvalidInputError:
    """The error that says of a file what polars found wrong with it."""
    reason = str(error).split("\n", 1)[0].rstrip(".")
    if "utf-8" in reason or "utf8" in reason:
        return InvalidInputError(argument, f"{name}, which is not UTF-8", "Save it as UTF-8 text.")
    if "more fields" in reason:
        return InvalidInputError(argument, f"{name}, some row of which has more fields than names", "Mend the row.")
    return InvalidInputError(argument, name, f"It cannot be read ({reason}): it is cut off or damaged.")


def open_table(path: Path, account: Account) -> Table:
    """The table in a file, whose kind its name says, or else its first bytes.

    **Raises** `InvalidInputError` if it is a pickle, empty, damaged or of no known kind.
    """
    argument, kind = account.argument, suffix(path)
    if kind in PICKLES:
        raise InvalidInputError(argument, str(path), PICKLE_REMEDY)
    start = first_bytes(path, 4096, account)
    if not start:
        raise InvalidInputError(argument, str(path), "It is empty: give a file with records.")
    if start.startswith(PICKLE_STARTS):
        raise InvalidInputError(argument, str(path), PICKLE_REMEDY)
    if kind not in TABLES:
        kind = _kind_by_content(start)
    if kind in (".jsonl", ".ndjson", ".json"):
        return RecordTable(str(path), path, JsonFile(path).records, argument)
    if kind == ".parquet":
        return ColumnTable(str(path), path, _scan_columnar(path, pl.scan_parquet, account), argument)
    if kind in (".arrow", ".feather", ".ipc"):
        return ColumnTable(str(path), path, _scan_columnar(path, pl.scan_ipc, account), argument)
    if kind in (".csv", ".tsv"):
        return ColumnTable(str(path), path, scan_delimited(path, account), argument)
    wanted = ", ".join(TABLES)
    raise InvalidInputError(argument, str(path), f"It is of no kind that is read ({wanted}, also .gz and .zst).")


def _kind_by_content(start: bytes) -> str:
    if start.startswith((b"PAR1", b"PARE")):
        return ".parquet"
    if start.startswith(b"ARROW1"):
        return ".arrow"
    stripped = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return ".json" if stripped.startswith((b"{", b"[")) else ""


def _scan_columnar(path: Path, scan: Callable[..., pl.LazyFrame], account: Account) -> pl.LazyFrame:
    source = unpacked(path, account) if is_compressed(path, account) else path
    try:
        lazy = scan(source) if source is not path else scan(source, glob=False)
        names = lazy.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(error, str(path), account.argument) from None
    if not names:
        raise InvalidInputError(account.argument, str(path), "It has no columns: give a table of completions.")
    return lazy
