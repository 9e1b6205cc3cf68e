"""Groups: completions of one prompt, numbered in the order in which they first occur, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flatscape.audit.files.account import Account

ROW = "row of the table"


def grouped(frame: pl.DataFrame, keys: Sequence[str], account: Account) -> pl.DataFrame:
    """The table sorted by groups, with a column `group`, which counts them from 0. Rows without a key are excluded.

    **Arguments**: `keys`, columns that are equal in two rows of one group, and in no others.
    """
    keyed = pl.all_horizontal(pl.col(keys).is_not_null())
    unkeyed = frame.filter(~keyed)
    if unkeyed.height:
        account.exclude("a row without the key of its group", unkeyed.head(3).to_dicts(), unkeyed.height)
        frame = frame.filter(keyed)
    first = pl.col(ROW).min().over(list(keys))
    frame = frame.with_row_index(ROW).with_columns(first.alias("group"))
    if not frame["group"].is_sorted():
        frame = frame.sort("group", maintain_order=True)
    return frame.drop(ROW).with_columns(pl.col("group").rle_id().cast(pl.UInt32))
