"""A Parquet file of problems: the columns that it may have, and its rows, of which a part at a time is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from theory.errors import InvalidInputError, did_you_mean

INITIAL = ("initial_probabilities", "initial_logits")
REWARDS = ("proxy_reward", "ground_truth_reward")
NUMBERS = ("kl_coefficient", "prompts", "gamma")
NAME = "name"
KNOWN = (*INITIAL, *REWARDS, *NUMBERS, NAME)
"""The columns, which are the keys of a problem in JSON."""

PART_ROWS = 8192
"""Problems of a part at most: enough that the longest ones do not keep the others waiting."""

PART_OUTPUTS = 2**20
"""Outputs of a part's problems at most, all of them together, unless a single problem has more."""

COUNTED_ROWS = 2**16
"""Rows whose outputs are counted at once."""


@dataclass(frozen=True)
class ProblemTable:
    """A file of problems whose columns are fit to be read: its `path`, its `rows`, and its `columns` by name."""

    path: Path
    rows: int
    columns: tuple[str, ...]

    def read(self, first: int, count: int) -> pl.DataFrame:
        """`count` rows from `first` on: numbers as float64, lists of them as lists.

        **Raises** `InvalidInputError` if the file turns out to be damaged there.
        """
        try:
            frame = self._lazy().slice(first, count).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _damaged(self.path, error, f"rows {first} to {first + count - 1}") from None
        lists = [name for name in self.columns if name in INITIAL + REWARDS]
        numbers = [name for name in self.columns if name in NUMBERS]
        return frame.with_columns(pl.col(lists).cast(pl.List(pl.Float64)), pl.col(numbers).cast(pl.Float64))

    def parts(self) -> Iterator[tuple[int, int]]:
        """First row and number of rows of each part, in order; they follow from the file alone."""
        first = rows = outputs = 0
        for start in range(0, self.rows, COUNTED_ROWS):
            for more in self._outputs(start):
                if rows and (rows == PART_ROWS or outputs + more > PART_OUTPUTS):
                    yield first, rows
                    first, rows, outputs = first + rows, 0, 0
                rows, outputs = rows + 1, outputs + more
        if rows:
            yield first, rows

    def _outputs(self, start: int) -> list[int]:
        column = pl.col(REWARDS[0]).cast(pl.List(pl.Float64)).list.len().fill_null(0)
        try:
            counted = self._lazy().slice(start, COUNTED_ROWS).select(column).collect(engine="streaming")
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _damaged(self.path, error, f"rows from {start} on") from None
        return counted.to_series().to_list()

    def _lazy(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path, glob=False).select(self.columns)


def open_problem_table(path: Path) -> ProblemTable:
    """The table in a file, its columns checked and none of its rows.

    **Raises** `InvalidInputError` naming the file and the column.
    """
    if path.is_dir():
        raise InvalidInputError("FILE", str(path), "It is a folder: name a file.")
    try:
        with path.open("rb"):
            pass
        lazy = pl.scan_parquet(path, glob=False)
        schema = lazy.collect_schema()
        rows = int(lazy.select(pl.len()).collect().item())
    except FileNotFoundError:
        raise InvalidInputError("FILE", str(path), "There is no such file.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error, "") from None
    for name, kind in schema.items():
        if name not in KNOWN:
            meant = did_you_mean(name, KNOWN)
            raise _bad_column(path, name, "a column that no problem has", f"{meant}Known: {', '.join(KNOWN)}.")
        wanted = _wanted(name, kind)
        if wanted is not None:
            raise _bad_column(path, name, f"values of type {kind}", wanted)
    if not set(INITIAL) & set(schema):
        raise _bad_column(path, " or ".join(INITIAL), "nothing", "Every problem needs one of the two.")
    for name in REWARDS:
        if name not in schema:
            raise _bad_column(path, name, "nothing", "Every problem needs this column.")
    if not rows:
        raise InvalidInputError("FILE", f"{path}, which has no rows", "Give at least one problem.")
    return ProblemTable(path, rows, tuple(schema))


def place_of(path: Path, row: int, column: str) -> str:
    """What an error calls a value of the table."""
    return f"{path}: row {row} (counted from 0), column {column}"


def _wanted(name: str, kind: Any) -> str | None:
    """What a column of a type of polars must hold, where it holds something else."""
    if kind == pl.Null:
        return None
    if name == NAME:
        return None if kind in (pl.String, pl.Categorical) else "Give texts."
    if name in NUMBERS:
        return None if kind.is_float() or kind.is_integer() else "Give numbers."
    inner = kind.inner if isinstance(kind, pl.List | pl.Array) else None
    fits = isinstance(inner, pl.DataType) and (inner.is_float() or inner.is_integer() or inner == pl.Null)
    # Correct or not is a reward of one or zero.
    if fits or (name in REWARDS and inner == pl.Boolean):
        return None
    return "Give lists of numbers, one number per output."


def _bad_column(path: Path, column: str, value: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(f"{path}: column {column}", value, remedy)


def _damaged(path: Path, error: Exception, where: str) -> InvalidInputError:
    reason = str(error).split("\n", 1)[0].rstrip(".")
    named = f"{path}, {where}" if where else str(path)
    return InvalidInputError("FILE", named, f"It is no Parquet file, or is cut off or damaged ({reason}).")
