"""The kind of a column's values, from a sample: numbers, which may be written as text, texts, or lists of either."""

from __future__ import annotations

import ast
import json
from typing import Any, Literal

import polars as pl

MISSING = ("", "n/a", "na", "nan", "null", "none", "-", "?")
"""Words for a score that is not there, in small letters."""

Kind = Literal["number", "numbers", "text", "texts", "nothing"]


def kind_of(sample: pl.Series) -> Kind:
    """The kind of a column, of which at least half of the values that are there are numbers."""
    if sample.dtype in (pl.Categorical, pl.Enum):
        sample = sample.cast(pl.String)
    dtype = sample.dtype
    if dtype.is_numeric() or dtype == pl.Boolean:
        return "number"
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        # Messages, which are one text.
        return "text"
    if isinstance(dtype, pl.List):
        inner = sample.drop_nulls().explode().drop_nulls()
        if isinstance(inner.dtype, pl.List):
            inner = inner.explode().drop_nulls()
        return {"number": "numbers", "numbers": "numbers", "nothing": "nothing"}.get(kind_of(inner), "texts")  # type: ignore[return-value]
    if dtype != pl.String:
        return "nothing" if dtype == pl.Null else "text"
    there = sample.filter(~is_missing(sample))
    if not len(there):
        return "nothing"
    if is_json_lists(there):
        return "texts" if there.str.contains("[\"']").any() else "numbers"
    numbers = there.str.strip_chars().cast(pl.Float64, strict=False).is_not_null().sum()
    return "number" if 2 * numbers >= len(there) else "text"


def is_missing(texts: pl.Series) -> pl.Series:
    """Where there is nothing, or a word that says so."""
    words = texts.str.strip_chars().str.to_lowercase()
    return texts.is_null() | words.is_in(MISSING)


def is_json_lists(texts: pl.Series) -> bool:
    """Whether these texts are lists, as JSON writes them: all look so, and the first are."""
    stripped = texts.str.strip_chars()
    if not (stripped.str.starts_with("[") & stripped.str.ends_with("]")).all():
        return False
    return all(isinstance(json_list(text), list) for text in stripped.head(20))


def json_list(text: str | None) -> list[Any] | None:
    """The list that a text is in JSON, or as Python shows it, which is how pandas writes one; else None."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text or "")
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list):
            return value
    return None
