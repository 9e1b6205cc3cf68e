"""Scores as numbers: what is missing is unscored; what is no number, or too large, is left out and counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.reading.kinds import is_missing
from theory.errors import InvalidInputError

LARGEST = 1e150
"""The largest magnitude of a score: the square of a larger one, and with it every variance, overflows."""

NOT_RUN = "it did not run (error), so the score is none (unscored)"
"""The reason under which scores of rows with an error are left out: trainers write 0 there."""

NO_ERROR = ("false", "0", "[]", "{}", "ok")
"""What a column of errors says where there is none."""

WORDS = {"true": 1.0, "false": 0.0}
"""Words that are written for a score that is true or false."""


def as_numbers(
    column: pl.Series, shown: str, rows: pl.DataFrame, account: Account, letters: Mapping[str, float] | None = None
) -> pl.Series:
    """A column of scores as float64, in which null stands for unscored.

    **Arguments**

    - `column`: numbers, texts that are numbers, or booleans.
    - `shown`: the column's name in messages.
    - `rows`: the whole rows, for examples of what is left out.
    - `letters`: scores that are written as words.

    **Raises** `InvalidInputError` if the column holds dates, lists or objects.
    """
    if column.dtype == pl.String:
        numbers = _from_texts(column, shown, rows, account, letters or {})
    elif column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        numbers = column.cast(pl.Float64)
    elif column.dtype == pl.Categorical or column.dtype == pl.Enum:
        return as_numbers(column.cast(pl.String), shown, rows, account, letters)
    else:
        raise InvalidInputError(shown, f"a column of type {column.dtype}", "A score is one number.")
    numbers = numbers.fill_nan(None)
    numbers = without(numbers, numbers.is_infinite(), f"{shown}: an infinite score (unscored)", rows, account)
    large = numbers.abs() > LARGEST
    return without(numbers, large, f"{shown}: a score beyond {LARGEST:g} (unscored)", rows, account)


def _from_texts(
    column: pl.Series, shown: str, rows: pl.DataFrame, account: Account, letters: Mapping[str, float]
) -> pl.Series:
    numbers = column.cast(pl.Float64, strict=False)
    unread = numbers.is_null()
    if not unread.any():
        return numbers
    # Few texts are read twice: numbers between spaces, words, and what is missing.
    texts = column.filter(unread)
    words = {**WORDS, **{key.lower(): value for key, value in letters.items()}}
    stripped = texts.str.strip_chars()
    known = stripped.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Float64)
    found = pl.select(pl.coalesce(known, stripped.cast(pl.Float64, strict=False))).to_series()
    places = unread.arg_true()
    numbers = numbers.scatter(places, found)
    wrong = pl.repeat(False, len(column), eager=True).scatter(places, found.is_null() & ~is_missing(texts))
    return without(numbers, wrong, f"{shown}: not a number (unscored)", rows, account)


def not_run(errors: pl.Series) -> pl.Series:
    """Where a column of errors says that there was one."""
    if errors.dtype.is_nested():
        errors = pl.Series(errors.name, [_told(value) for value in errors.to_list()], dtype=pl.String)
    texts = errors.cast(pl.String)
    return ~is_missing(texts) & ~texts.str.to_lowercase().is_in(NO_ERROR)


def _told(value: Any) -> str | None:
    """What an object or a list tells, or None if nothing is in it."""
    inner = value.values() if isinstance(value, Mapping) else value or ()
    return str(value) if any(inner) else None


def without(numbers: pl.Series, wrong: pl.Series, reason: str, rows: pl.DataFrame, account: Account) -> pl.Series:
    """The scores without those that are wrong, which are excluded for a reason."""
    wrong = wrong.fill_null(False)
    count = int(wrong.sum())
    if not count:
        return numbers
    account.exclude(reason, rows.filter(wrong).head(3).to_dicts(), count, rows=False)
    return pl.select(pl.when(wrong).then(None).otherwise(numbers).alias(numbers.name)).to_series()
