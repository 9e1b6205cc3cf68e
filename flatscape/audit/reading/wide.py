"""A wide table, in which a row is a prompt with lists of completions and scores, as one with a row a completion."""

from __future__ import annotations

from typing import Any

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.formats.layout import Layout
from flatscape.audit.formats.names import GROUP
from flatscape.audit.reading.kinds import is_json_lists, is_missing, json_list
from theory.errors import InvalidInputError

RECORD = "record of the table"
"""The column that keys groups of which each is one row of the table."""


LENGTH = "number of completions in the list"

FEW = 100
"""Values that are looked at before all are."""


def exploded(frame: pl.DataFrame, layout: Layout, account: Account) -> tuple[pl.DataFrame, Layout]:
    """The table with a row a completion, and its layout; a table that has that already as it is.

    Rows whose lists have different lengths are excluded, and so are those of an id that an earlier row has.

    **Raises** `InvalidInputError` if there are lists of scores beside single completions.
    """
    numbers = {*layout.rewards, *layout.numbers.values()}
    frame = frame.with_columns(_decoded(frame[c], c in numbers) for c in sorted(numbers) if _is_lists(frame[c]))
    if layout.completion and any(isinstance(frame.schema[c], pl.List) for c in layout.rewards):
        text = frame[layout.completion]
        frame = frame.with_columns(_decoded(text, False)) if _is_lists(text) else frame
    frame = _reduced(frame, layout)
    roles = list(dict.fromkeys((*layout.rewards, *layout.numbers.values(), *layout.texts.values())))
    lists = [c for c in roles if isinstance(frame.schema[c], pl.List) and c != layout.prompt and not _is_text(frame[c])]
    if not lists:
        return frame, layout
    if layout.completion and layout.completion not in lists and not frame[layout.completion].is_null().all():
        raise InvalidInputError(
            account.argument,
            f"lists in {', '.join(lists)}, but no list of completions in {layout.completion}",
            "Give as many completions as scores, or one score for each completion.",
        )
    frame, layout = _with_records(frame, layout, account)
    return _exploded(frame, lists, account), layout


def _exploded(frame: pl.DataFrame, lists: list[str], account: Account) -> pl.DataFrame:
    # No list at all is as many unscored completions.
    lengths = [pl.col(c).list.len() for c in lists]
    frame = frame.with_columns(pl.max_horizontal(lengths).alias(LENGTH))
    same = pl.all_horizontal((n.is_null() | (n == pl.col(LENGTH))) for n in lengths)
    there = pl.col(LENGTH).fill_null(0) > 0
    wrong = frame.filter(~same & there)
    account.exclude("lists of different lengths in one row", wrong.head(3).to_dicts(), wrong.height)
    empty = frame.filter(~there)
    account.exclude("a prompt without completions", empty.head(3).to_dicts(), empty.height)
    frame = frame.filter(same & there)
    nothing = pl.lit(None).repeat_by(pl.col(LENGTH))
    filled = frame.with_columns(
        pl.when(pl.col(c).is_null()).then(nothing.cast(frame.schema[c])).otherwise(pl.col(c)).alias(c) for c in lists
    )
    return filled.drop(LENGTH).explode(lists)


def _with_records(frame: pl.DataFrame, layout: Layout, account: Account) -> tuple[pl.DataFrame, Layout]:
    """Every row is a group where nothing else keys groups; where an id does, no two rows share it."""
    if not layout.group:
        return frame.with_row_index(RECORD), layout.overridden({"group": (RECORD,)})
    if layout.group[-1].lower() in (*GROUP, "id"):
        first = frame.select(pl.struct(layout.group).is_first_distinct()).to_series()
        repeated = frame.filter(~first)
        account.exclude("an id that an earlier row has", repeated.head(3).to_dicts(), repeated.height)
        frame = frame.filter(first)
    return frame, layout


def _reduced(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The table in which lists that are one score are that score: a sum over tokens, or a list of one."""
    single = layout.completion is not None and not isinstance(frame.schema[layout.completion], pl.List)
    changed = []
    for column in dict.fromkeys((*layout.rewards, *layout.numbers.values())):
        if not isinstance(frame.schema[column], pl.List):
            continue
        values = frame[column]
        if isinstance(values.dtype.inner, pl.List):  # type: ignore[attr-defined]
            values = values.list.eval(pl.element().list.first())
        if layout.lists == "sum" or (column == layout.logprob and single):
            # A list with a missing part has no sum.
            whole = values.list.eval(pl.element().is_not_null().all()).list.first()
            summed = values.cast(pl.List(pl.Float64)).list.sum()
            values = frame.select(pl.when(whole).then(summed).alias(column)).to_series()
        elif layout.lists == "only" or (single and (values.list.len().fill_null(1) == 1).all()):
            values = values.list.first()
        changed.append(values.alias(column))
    return frame.with_columns(changed)


def _is_lists(column: pl.Series) -> bool:
    if column.dtype != pl.String:
        return False
    # A column of single values is told by its first ones.
    few = column.head(FEW)
    there = few.filter(~is_missing(few))
    if len(there) and not is_json_lists(there):
        return False
    there = column.filter(~is_missing(column))
    return len(there) > 0 and is_json_lists(there)


def _is_text(column: pl.Series) -> bool:
    """Whether it is a list of messages, which is one text."""
    inner = column.dtype.inner if isinstance(column.dtype, pl.List) else None
    return isinstance(inner, pl.Struct)


def _decoded(column: pl.Series, numbers: bool) -> pl.Series:
    values: list[list[Any] | None] = [json_list(text) for text in column]
    if numbers:
        floats = [None if v is None else [_number(item) for item in v] for v in values]
        return pl.Series(column.name, floats, dtype=pl.List(pl.Float64))
    texts = [None if v is None else [None if item is None else str(item) for item in v] for v in values]
    return pl.Series(column.name, texts, dtype=pl.List(pl.String))


def _number(item: Any) -> float | None:
    if isinstance(item, list) and len(item) == 1:
        item = item[0]
    try:
        return None if item is None else float(item)
    except (TypeError, ValueError):
        return None
