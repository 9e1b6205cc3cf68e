"""Columns of one type each, from records whose values may be of any."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from flatscape.audit.files.texts import encodable, is_messages, text_of

MOST_KEYS = 64
"""Keys of an object in a field that become columns of their own; larger ones stay one text."""

LARGEST_INTEGER = 2**63


def frame_of(records: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """A table with a column for every key of any record; `{"a": {"b": 1}}` gives a column `a.b`.

    A column of numbers is one of numbers; one of lists of numbers or of texts a column of lists; a column in which
    numbers and texts occur is one of texts, in which the numbers are as Python writes them.
    """
    columns: dict[str, list[Any]] = {}
    height = 0
    for record in records:
        flat = _flat(record) if dict in map(type, record.values()) else record.items()
        for key, value in flat:
            column = columns.get(key)
            if column is None:
                column = columns[key] = []
            if len(column) < height:
                column.extend([None] * (height - len(column)))
            column.append(value)
        height += 1
    for column in columns.values():
        column.extend([None] * (height - len(column)))
    return pl.DataFrame([series(encodable(name), values) for name, values in columns.items()])


def series(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of the narrowest type that holds all the values."""
    types = set(map(type, values)) - {type(None)}
    if types == {str}:
        return pl.Series(name, [None if v is None else encodable(v) for v in values], dtype=pl.String)
    if types == {float}:
        return pl.Series(name, values, dtype=pl.Float64)
    kinds = {_kind(value) for value in values}
    kinds.discard("none")
    if not kinds:
        return pl.Series(name, [None] * len(values), dtype=pl.Null)
    if kinds == {"bool"}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {"int"}:
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {"bool", "int", "large", "float"}:
        return pl.Series(name, [None if v is None else _float(v) for v in values], dtype=pl.Float64)
    if kinds <= {"numbers", "empty"}:
        return pl.Series(name, [_numbers(v) for v in values], dtype=pl.List(pl.Float64))
    if kinds <= {"numbers", "texts", "empty"}:
        return pl.Series(name, [_texts(v) for v in values], dtype=pl.List(pl.String))
    return pl.Series(name, [_text(v) for v in values], dtype=pl.String)


def _flat(record: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    for key, value in record.items():
        if isinstance(value, Mapping) and value and len(value) <= MOST_KEYS and "content" not in value:
            for inner, leaf in value.items():
                yield f"{key}.{inner}", leaf
        else:
            yield key, value


def _kind(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if -LARGEST_INTEGER <= value < LARGEST_INTEGER else "large"
    if isinstance(value, float):
        return "float"
    if isinstance(value, list | tuple) and not is_messages(value):
        return _list_kind(value)
    return "text"


def _list_kind(values: Sequence[object]) -> str:
    kinds = {_kind(_only(value)) for value in values} - {"none"}
    if not kinds:
        return "empty"
    if kinds <= {"bool", "int", "large", "float"}:
        return "numbers"
    # A list of messages is one completion among several.
    return "texts" if kinds <= {"text", "bool", "int", "large", "float"} else "text"


def _only(value: Any) -> Any:
    """The element of a list of one number: some trainers write every score as such a list."""
    if isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], int | float):
        return value[0]
    return value


def _numbers(values: Sequence[Any] | None) -> list[float | None] | None:
    return None if values is None else [None if v is None else _float(v) for v in map(_only, values)]


def _texts(values: Sequence[Any] | None) -> list[str | None] | None:
    return None if values is None else [_text(_only(v)) for v in values]


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return text_of(value)
