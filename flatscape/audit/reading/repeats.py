"""Rows that stand for a completion that another row has already."""

from __future__ import annotations

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.formats.layout import Layout
from flatscape.audit.formats.trainers import OUTPUT, SAMPLE, SESSION

FURTHER = "a further output of one session (verl repeats the session's score)"


def without_repeats(frame: pl.DataFrame, layout: Layout, account: Account) -> tuple[pl.DataFrame, Layout]:
    """The table with one row for a completion, and its layout."""
    if SESSION in layout.identifier:
        return _one_output(frame, layout, account)
    if not layout.identifier:
        return frame, layout
    key = pl.struct(layout.identifier)
    first = frame.select(key.is_first_distinct() | pl.any_horizontal(pl.col(layout.identifier).is_null())).to_series()
    repeated = frame.filter(~first)
    # A column of which most values occur several times names something else than rows.
    if 2 * repeated.height >= frame.height:
        return frame, layout
    account.exclude("an identifier that an earlier row has", repeated.head(3).to_dicts(), repeated.height)
    return frame.filter(first), layout


def _one_output(frame: pl.DataFrame, layout: Layout, account: Account) -> tuple[pl.DataFrame, Layout]:
    """Of each session the last output."""
    by_step = "step" in frame.columns
    unique = frame.select(pl.struct(SESSION, OUTPUT).is_first_distinct().all()).item()
    if by_step and not unique:
        # Samples are numbered anew in every epoch.
        layout = layout.overridden({"group": ("step", SAMPLE)})
    session = ["step", SESSION] if by_step else [SESSION]
    again = frame.filter(~pl.struct(*session, OUTPUT).is_first_distinct())
    account.exclude("a uid that an earlier row of the step has", again.head(3).to_dicts(), again.height)
    frame = frame.filter(pl.struct(*session, OUTPUT).is_first_distinct())
    last = frame.select((pl.col(OUTPUT) == pl.col(OUTPUT).max().over(session)).fill_null(True)).to_series()
    further = frame.filter(~last)
    account.exclude(FURTHER, further.head(3).to_dicts(), further.height, expected=True)
    return frame.filter(last), layout
