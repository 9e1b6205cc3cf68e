"""Named tuples as JSON knows them."""

from __future__ import annotations

from typing import Any


def as_record(value: Any) -> Any:
    """Named tuples as dictionaries and sequences as lists, all the way down.

    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     first: int
    ...     second: tuple[int, ...]
    >>> as_record([Pair(1, (2, 3))])
    [{'first': 1, 'second': [2, 3]}]
    """
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: as_record(getattr(value, name)) for name in type(value)._fields}
    if isinstance(value, (list, tuple)):
        return [as_record(item) for item in value]
    return {key: as_record(item) for key, item in value.items()} if isinstance(value, dict) else value
