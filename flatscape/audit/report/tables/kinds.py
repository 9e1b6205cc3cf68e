"""Tables as data: headings, rows and cells, with what they are sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flatscape.audit.report.content import numbers
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.values import Estimate


class Heading(NamedTuple):
    """**Fields**: `text`; `term`: where the glossary explains it, if it does; `better`: "higher", "lower" or None;
    `model`, that of a column; `words`: whether the column has words."""

    text: str
    term: str | None = None
    better: str | None = None
    model: Model | None = None
    words: bool = False


class Cell(NamedTuple):
    """**Fields**: `text`; `more`, below it in small; `sort`: the number that a column is sorted by, None for cells that
    come last; `kind`: "good", "bad", "quiet" or none."""

    text: str
    more: str = ""
    sort: float | None = None
    kind: str = ""


class Row(NamedTuple):
    """**Fields**: `name`, its heading; `cells`; `model`, if it is one's; `term`: where the glossary explains it."""

    name: str
    cells: tuple[Cell, ...]
    model: Model | None = None
    term: str | None = None


class Table(NamedTuple):
    """**Fields**: `id`, on the page; `caption`; `first`, heading of the rows' names; `headings`; `rows`; `sortable`."""

    id: str
    caption: str
    first: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    sortable: bool = False


def estimate_cell(found: Estimate) -> Cell:
    """A number with its interval."""
    told = numbers.shown(found)
    return Cell(told.value, told.interval, found.value)


def number_cell(value: float | None) -> Cell:
    """A number that has no interval."""
    return Cell(numbers.plain(value), sort=value)


def count_cell(value: float | None) -> Cell:
    """A whole number."""
    return Cell(numbers.count(value), sort=value)


def model_headings(models: Sequence[Model]) -> tuple[Heading, ...]:
    """A column for each model."""
    return tuple(Heading(m.name, model=m) for m in models)
