"""The table of scored completions that an audit works on, and its reading from files and frames of any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from flatscape.audit.files.account import Account, Exclusion
from flatscape.audit.files.delimited import CUT_OFF
from flatscape.audit.files.tables import collected
from flatscape.audit.files.texts import text_of
from flatscape.audit.formats.format import Format
from flatscape.audit.formats.layout import Layout, shown_name
from flatscape.audit.formats.register import FLAT, detected, find_format
from flatscape.audit.reading.combine import combined
from flatscape.audit.reading.groups import ROW, grouped
from flatscape.audit.reading.long import pivoted
from flatscape.audit.reading.numbers import NOT_RUN, as_numbers, not_run, without
from flatscape.audit.reading.overrides import is_flat, overrides
from flatscape.audit.reading.repeats import without_repeats
from flatscape.audit.reading.roles import resolved
from flatscape.audit.reading.sources import open_tables
from flatscape.audit.reading.symptoms import tell_symptoms
from flatscape.audit.reading.wide import exploded
from theory.errors import InvalidInputError

SAMPLE = 1000
"""Rows by which the kind of a column is told."""

KEY = "group key: "
"""What stands before the name of a column of the source that keys groups, while groups are made."""

RESERVED = ("group", "prompt", "completion", "truth", "logprob", "weight", "advantage", "policy")
"""Names of columns of a table of scores that no reward model can have."""


@dataclass(frozen=True)
class ScoredTable:
    """Completions with their scores by one or several reward models.

    - `frame`: one row a completion, in which those of a group stand side by side. Columns: `group` (UInt32, counted
      from 0), `prompt` and `completion` (text or null), one Float64 column for each reward model (null where it is
      unscored), and where the source has them `truth`, `logprob`, `weight`, `advantage` (Float64) and `policy` (text).
    - `rewards`: the reward models' columns.
    - `format`: what the source was found to be, in words.
    - `group_key`: the columns of the source that say which completions belong together.
    - `exclusions`: what was left out, counted by reason.
    - `warnings`: what a reader has to be told: rounding, filtering, cut-off logs, completions of other policies.
    - `rows_read`: rows of the source, those left out included.
    """

    frame: pl.DataFrame
    rewards: tuple[str, ...]
    format: str
    group_key: tuple[str, ...]
    exclusions: tuple[Exclusion, ...]
    warnings: tuple[str, ...]
    rows_read: int


def read_scored(
    paths_or_frames: Any,
    *,
    format: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    rewards: str | Sequence[str] | None = None,
    truth: str | None = None,
    strict: bool = False,
) -> ScoredTable:
    """Reads scored completions from files or frames, whose format is found out unless it is given.

    **Arguments**

    - `paths_or_frames`: a path, folder or glob (CSV, JSON Lines, JSON, Parquet or Arrow, also packed by gzip or zstd),
      a frame of polars, pandas or Arrow, a mapping of columns, a list of records, or a list of these.
    - `format`: the name of a format, as `flatscape.audit.formats.register.FORMATS` lists them.
    - `mapping`: columns by role, such as `{"prompt": "question", "reward": "rm_a,rm_b", "group": "step,question"}`;
      `group_size` instead says how many rows that stand together are a group.
    - `rewards`: the columns of the reward models, as `"a,b"` or a list; if it is not given, those that can be.
    - `truth`: the column of the true reward.
    - `strict`: whether rows that cannot be used raise an error, instead of being left out and counted.

    **Returns** the table, with an account of what was left out and what has to be told.

    **Raises** `InvalidInputError` if a file cannot be read, if columns that were named are not there, if files do not
    belong together, or if no two completions of any prompt can be compared.

    >>> table = read_scored({"prompt": ["a", "a", "b", "b"], "rm": [1.0, 0.0, 0.5, None]})
    >>> table.frame["group"].to_list(), table.rewards, table.group_key
    ([0, 0, 1, 1], ('rm',), ('prompt',))
    >>> table.warnings
    ('rm: 1 of 4 completions are unscored, which is not a score of 0.',)
    """
    account = Account("paths_or_frames", strict=strict)
    given = overrides(mapping, rewards, truth)
    chosen = find_format(format) if format is not None else None
    tables = open_tables(paths_or_frames, account)
    if chosen is None:
        found = detected(tables, account)
        chosen = FLAT if is_flat(mapping) else found
    lazy = combined(tables, chosen, given.get("group_size"), account)
    names = ", ".join(table.name for table in tables[:3]) + (", ..." if len(tables) > 3 else "")
    sample = collected(lazy.head(SAMPLE), names, account.argument)
    if not sample.height:
        raise InvalidInputError(account.argument, f"{names}, which has no rows", "Give scored completions.")
    layout = resolved(sample, Layout() if chosen is FLAT else chosen.layout, given, account)
    used = [c for c in (*layout.columns, CUT_OFF) if c in sample.columns]
    frame = _whole(collected(lazy.select(used), names, account.argument), account)
    return _table(frame, layout, chosen, account)


def _whole(frame: pl.DataFrame, account: Account) -> pl.DataFrame:
    """The rows that have something in them, and that no end of a file cuts off."""
    texts = [c for c, dtype in frame.schema.items() if dtype == pl.String]
    if len(texts) == len(frame.columns) - (CUT_OFF in frame.columns):
        # A blank line among lines of values.
        blank = frame.select(pl.all_horizontal(pl.col(texts).is_null() | (pl.col(texts) == ""))).to_series()
        account.exclude("a blank line", [], int(blank.sum()), expected=True)
        frame = frame.filter(~blank) if blank.any() else frame
    if CUT_OFF not in frame.columns:
        return frame
    # Of several files only some have the column.
    cut = frame[CUT_OFF].fill_null(False)
    short = frame.filter(cut).drop(CUT_OFF)
    account.exclude("the last row of a file, which is cut off", short.head(3).to_dicts(), short.height)
    return frame.filter(~cut).drop(CUT_OFF)


def _table(frame: pl.DataFrame, layout: Layout, format: Format, account: Account) -> ScoredTable:
    shape = "long, " if layout.reward_model else ""
    frame, layout = pivoted(frame, layout, account)
    height = frame.height
    frame, layout = exploded(frame, layout, account)
    shape += "wide, " if frame.height > height else ""
    frame, layout = without_repeats(frame, layout, account)
    named = tuple(shown_name(column) for column in layout.rewards)
    _check_names(named)
    frame = grouped(_canonical(frame, layout, account), _keys(layout), account).drop(_keys(layout))
    _check_comparable(frame, named, layout.group, account)
    for note in format.notes:
        account.warn(note)
    tell_symptoms(frame, named, account)
    first = ["group", "prompt", "completion", *named]
    return ScoredTable(
        frame=frame.select(*first, *(c for c in frame.columns if c not in first)),
        rewards=named,
        format=f"{format.title} ({shape}{len(named)} reward model{'s' if len(named) > 1 else ''})",
        group_key=layout.group,
        exclusions=account.exclusions,
        warnings=account.warnings,
        rows_read=frame.height + account.rows_dropped,
    )


def _keys(layout: Layout) -> list[str]:
    return [f"{KEY}{column}" for column in layout.group]


def _canonical(frame: pl.DataFrame, layout: Layout, account: Account) -> pl.DataFrame:
    """The columns of a table of scores, with those that key its groups."""
    columns = [frame[column].alias(f"{KEY}{column}") for column in layout.group]
    columns += [_text(frame, layout.texts.get(role), role) for role in ("prompt", "completion")]
    columns += [_text(frame, column, role) for role, column in layout.texts.items() if role == "policy"]
    failed = not_run(frame[layout.error]) if layout.error else None
    for column in layout.rewards:
        name = shown_name(column)
        scores = as_numbers(frame[column], name, frame, account, layout.letters).alias(name)
        if failed is not None:
            scores = without(scores, failed & scores.is_not_null(), f"{name}: {NOT_RUN}", frame, account)
        columns.append(scores)
    columns += [as_numbers(frame[c], role, frame, account).alias(role) for role, c in layout.numbers.items()]
    return pl.DataFrame(columns)


def _text(frame: pl.DataFrame, column: str | None, name: str) -> pl.Series:
    if column is None:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)
    values = frame[column]
    if values.dtype == pl.Binary:
        raise InvalidInputError(column, "a column of bytes", "Give it as text.")
    if isinstance(values.dtype, pl.List | pl.Struct | pl.Array):
        return pl.Series(name, [text_of(value) for value in values.to_list()], dtype=pl.String)
    return values.cast(pl.String).alias(name)


def _check_names(rewards: tuple[str, ...]) -> None:
    for name in rewards:
        if name in RESERVED or name.startswith(KEY) or name == ROW:
            raise InvalidInputError("rewards", repr(name), f"Rename the column: {', '.join(RESERVED)} are roles.")
    twice = sorted({name for name in rewards if rewards.count(name) > 1})
    if twice:
        raise InvalidInputError("rewards", ", ".join(twice), "Rename a column: two reward models have this name.")


def _check_comparable(frame: pl.DataFrame, rewards: tuple[str, ...], group: tuple[str, ...], account: Account) -> None:
    """**Raises** `InvalidInputError` unless some group has two completions that one reward model has scored."""
    left_out = "".join(f"; left out: {e.reason}, {e.count} times" for e in account.exclusions)
    if not frame.height:
        raise InvalidInputError(account.argument, f"no row that can be used{left_out}", "Give scored completions.")
    if all(frame[name].null_count() == frame.height for name in rewards):
        raise InvalidInputError(
            ", ".join(rewards), f"no score in any row{left_out}", "Give completions that a reward model has scored."
        )
    counts = frame.group_by("group").agg(pl.col(rewards).count())
    if counts.select(pl.max_horizontal(pl.col(rewards).max())).item() < 2:
        raise InvalidInputError(
            account.argument,
            f"one scored completion in each group (by {', '.join(group)}){left_out}",
            'Two or more of a prompt are compared: name what they share, as mapping={"group": "COLUMN"}.',
        )
