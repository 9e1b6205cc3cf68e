"""Rows of scored completions, as readers of nested records make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flatscape.audit.files.json_records import Record
from flatscape.audit.files.texts import text_of
from flatscape.audit.formats.layout import REWARD


def row(group: object, prompt: object, completion: object, rewards: Mapping[str, object], **more: object) -> Record:
    """A scored completion in the layout `STANDARD`; `more` are further columns, such as `truth`."""
    named = {f"{REWARD}{name}": value for name, value in rewards.items()}
    return {"group": text_of(group), "prompt": text_of(prompt), "completion": text_of(completion), **named, **more}


def first_value(record: Record, *keys: str) -> Any:
    """The first of the keys that the record has, and not as None."""
    return next((record[key] for key in keys if record.get(key) is not None), None)


def is_number(value: object) -> bool:
    """Whether it is a number, also one written as text."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float)


def is_list(value: object) -> bool:
    """Whether it is a list of values."""
    return isinstance(value, list | tuple)


def number_in(value: object) -> object:
    """The score in brackets, where it is a list of one; None for anything else that holds none."""
    if is_list(value):
        assert isinstance(value, Sequence)
        return number_in(value[0]) if len(value) == 1 else None
    return value if isinstance(value, int | float | str) else None


class GroupNames:
    """Names of groups that are one record each: the record's own, or its number in the table."""

    def __init__(self, table: str, *keys: str) -> None:
        self._table = table
        self._keys = keys
        self._seen: set[str] = set()
        self._number = 0

    def name(self, record: Record) -> str | None:
        """The name of a record's group, or None if another record of the table has had it."""
        self._number += 1
        own = first_value(record, *self._keys)
        name = f"{self._table}, record {self._number}" if own is None else str(text_of(own))
        if name in self._seen:
            return None
        self._seen.add(name)
        return name


def transposed(columns: Mapping[str, Sequence[object]]) -> Iterator[dict[str, object]]:
    """The rows of columns of one length."""
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
