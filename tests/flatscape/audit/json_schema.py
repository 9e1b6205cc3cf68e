"""A checker of the part of JSON Schema (draft 2020-12) that the record's schema uses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import flatscape.audit.report

PATH = Path(flatscape.audit.report.__path__[0]) / "schema.json"
SCHEMA: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))

KNOWN = {
    *("$schema", "title", "description", "$defs", "$ref", "anyOf", "type", "enum", "const"),
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
}

TYPES = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def problems(value: Any, schema: Mapping[str, Any] = SCHEMA, place: str = "$") -> Iterator[str]:
    """What is wrong with a value, place by place."""
    unknown = set(schema) - KNOWN
    assert not unknown, f"this checker does not know {unknown}"
    if "$ref" in schema:
        yield from problems(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], place)
    if "anyOf" in schema and all(any(True for _ in problems(value, one, place)) for one in schema["anyOf"]):
        yield f"{place}: none of the alternatives fits {value!r:.60}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(TYPES[name](value) for name in types):
        yield f"{place}: {value!r:.60} is no {' or '.join(types)}"
    elif isinstance(value, dict):
        yield from _of_object(value, schema, place)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{place}: {len(value)} items"
        for number, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{place}[{number}]")


def _of_object(value: Mapping[str, Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    own = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{place}: {name} is missing"
    for name, item in value.items():
        rest = schema.get("additionalProperties", {})
        if name in own:
            yield from problems(item, own[name], f"{place}.{name}")
        elif rest is False:
            yield f"{place}: {name} is not known"
        elif rest is not True:
            yield from problems(item, rest, f"{place}.{name}")
