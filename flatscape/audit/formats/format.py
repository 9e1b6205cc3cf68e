"""A format: how a table of it is recognised, and what its columns mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.files.json_records import Record
from flatscape.audit.formats.layout import STANDARD, Layout

Rows = Callable[[Iterator[Record], str, Account], Iterator[Record]]
"""From the records of a table (and its name) to rows, of which each is a scored completion in the layout `STANDARD`."""

Prepare = Callable[[pl.LazyFrame, Path | None], pl.LazyFrame]
"""From the columns of a table (and its file) to those that the layout names."""


@dataclass(frozen=True)
class Format:
    """What a trainer, benchmark or data set writes.

    - `name`: as a person gives it; `title`: as it is said.
    - `recognises`: whether these first records, from that file, are of this format.
    - `layout`: which column has which role.
    - `rows`: makes rows of nested records; None where a row of the table is a completion already.
    - `prepare`: makes columns that the layout needs.
    - `required`: columns without which a table is not of this format.
    - `notes`: what has to be told of every such file.
    """

    name: str
    title: str
    recognises: Callable[[list[Record], Path | None], bool]
    layout: Layout = STANDARD
    rows: Rows | None = None
    prepare: Prepare | None = None
    required: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def has(*keys: str) -> Callable[[list[Record], Path | None], bool]:
    """A recognition by the columns that the first record has."""
    return lambda head, path: bool(head) and all(key in head[0] for key in keys)
