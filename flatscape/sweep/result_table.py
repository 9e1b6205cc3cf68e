"""The results of a part of a sweep as Parquet: a row for each problem, in the order of the problems."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from flatscape.sweep.given_rows import GivenRows
from flatscape.sweep.outcomes import UNDERFLOW, Outcomes, outcomes_of
from sims.hitting import OPEN_ENDED, Status
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS

ABOUT = {
    "row": pl.Int64,
    "name": pl.String,
    "gamma": pl.Float64,
    "status": pl.String,
    "t_gamma": pl.Float64,
    "error_estimate": pl.Float64,
    "stopped_at": pl.Float64,
    "reward_variance": pl.Float64,
    "accuracy": pl.Float64,
    "notes": pl.String,
}
"""The columns and their types, before those of the bounds, which are float64 and named after the statements."""

COMPRESSION: Final = "zstd"
COMPRESSION_LEVEL = 3


def simulated(horizon: float, given: GivenRows) -> bytes:
    """The results of some rows, as the bytes of a Parquet file. The same rows give the same bytes.

    **Arguments**: `horizon`: as in `sims.hitting_times`.
    """
    found: list[pl.DataFrame] = []
    for batch in given.batches:
        outcomes = outcomes_of(batch.problem, batch.increase, horizon)
        found.append(_results(batch.places, batch.increase, outcomes))
    # Of texts and of the rows' numbers there is one for each row, whatever batch it is in.
    table = pl.concat(found).sort("row")
    notes = [_note(own, more) for own, more in zip(given.notes, table["underflow"].to_list(), strict=True)]
    table = table.with_columns(
        (pl.col("row") + given.first).alias("row"),
        pl.Series("name", given.names, dtype=pl.String),
        pl.Series("notes", notes, dtype=pl.String),
    ).select(*ABOUT, *(statement.id for statement in HITTING_TIME_STATEMENTS))
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression=COMPRESSION, compression_level=COMPRESSION_LEVEL)
    return buffer.getvalue()


def _results(places: np.ndarray, increase: np.ndarray, outcomes: Outcomes) -> pl.DataFrame:
    time, error, code = (
        np.asarray(a) for a in (outcomes.hitting.time, outcomes.hitting.relative_error, outcomes.hitting.status)
    )
    columns: dict[str, Any] = {
        "row": places,
        "gamma": increase,
        "status": pl.Series([Status(k).label for k in code.tolist()], dtype=pl.String),
        "t_gamma": _only(time, code == Status.REACHED),
        "error_estimate": _only(error, np.isfinite(error)),
        "stopped_at": _only(time, np.isin(code, OPEN_ENDED) & np.isfinite(time)),
        "reward_variance": np.asarray(outcomes.bounds.reward_variance, np.float64),
        "accuracy": outcomes.accuracy,
        "underflow": outcomes.underflow,
    }
    for statement, value, holds in zip(
        HITTING_TIME_STATEMENTS, outcomes.bounds.value, outcomes.bounds.holds, strict=True
    ):
        columns[statement.id] = _only(np.asarray(value), np.asarray(holds).all(axis=0) & np.isfinite(value))
    return pl.DataFrame(columns)


def _only(values: np.ndarray, kept: np.ndarray) -> pl.Series:
    """Numbers, and nothing in the place of those that are not kept."""
    return pl.select(pl.when(pl.Series(kept)).then(pl.Series(values, dtype=pl.Float64))).to_series()


def _note(*parts: str | bool | None) -> str | None:
    said: Sequence[str] = [UNDERFLOW if part is True else str(part) for part in parts if part]
    return " ".join(said) or None
