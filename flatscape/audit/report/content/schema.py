"""The version of the record that reports read."""

from __future__ import annotations

from collections.abc import Mapping

from theory.errors import InvalidInputError

SCHEMA, VERSION = "flatscape audit", 1


def check_record(record: object) -> None:
    """**Raises** `InvalidInputError` for anything but a record of an audit in the version that is read here."""
    if not isinstance(record, Mapping) or record.get("schema") != SCHEMA:
        given = repr(record.get("schema")) if isinstance(record, Mapping) else type(record).__name__
        raise InvalidInputError("record", given, f'Give the record of an audit: its "schema" is "{SCHEMA}".')
    if record.get("version") != VERSION:
        raise InvalidInputError("record", f"version {record.get('version')}", f"Give a record of version {VERSION}.")
