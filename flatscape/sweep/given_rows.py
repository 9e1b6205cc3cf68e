"""Rows of a table as batches of problems, checked; what is wrong with one is told with its file, row and column."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64, Int64

from flatscape.input.problem_file import ROUNDED, rounding_note
from flatscape.sweep.problem_table import INITIAL, NAME, REWARDS, ProblemTable, place_of
from theory.arguments.checks import check_normal, check_positive
from theory.errors import InvalidInputError
from theory.tabular.padding import pad_outputs, shared_outputs
from theory.tabular.problem import Problem, make_problem, stack_problems
from theory.tabular.problem_record import name_from_record, problem_from_record


@dataclass(frozen=True)
class GivenBatch:
    """Problems of about equally many outputs, padded to one number of them.

    **Fields**: `places` of the problems among the rows; the batch `problem`; the `increase` to wait for, of each.
    """

    places: Int64[np.ndarray, " batch"]
    problem: Problem
    increase: Float64[np.ndarray, " batch"]


@dataclass(frozen=True)
class GivenRows:
    """Some rows of a table as problems: the `first` row and the number of `rows`; their `batches`; of each row its name
    (`names`), if any, and in `notes` what a reader has to be told about how it was read."""

    first: int
    rows: int
    batches: tuple[GivenBatch, ...]
    names: Sequence[str | None]
    notes: Sequence[str | None]


def given_rows(table: ProblemTable, frame: pl.DataFrame, first: int, gamma: float | None) -> GivenRows:
    """The problems in a frame that `table` has read from its row `first` on.

    **Arguments**: `gamma`: the increase of all of them, instead of the table's.

    **Raises** `InvalidInputError` naming the file, the first row that is no problem, the column and the remedy.
    """
    try:
        return _all_rows(frame, first, gamma)
    except InvalidInputError as error:
        _refuse_first(table, frame, first, gamma)
        raise InvalidInputError(
            f"{table.path}: rows {first} to {first + frame.height - 1}: {error.argument}", error.value, error.remedy
        ) from None


def _all_rows(frame: pl.DataFrame, first: int, gamma: float | None) -> GivenRows:
    numbers = {name: _numbers(frame, name, missing) for name, missing in (("kl_coefficient", 0.0), ("prompts", 1.0))}
    increase = np.full(frame.height, np.nan if gamma is None else gamma)
    if gamma is None and "gamma" in frame.columns:
        increase = frame["gamma"].to_numpy()
    check_positive("gamma", increase)
    check_normal("gamma", increase)
    notes: list[str | None] = [None] * frame.height
    batches: dict[int, list[GivenBatch]] = {}
    sizes = np.stack([_sizes(frame, name) for name in (*INITIAL, *REWARDS)])
    given = sizes[:2] >= 0
    if (given[0] == given[1]).any() or (sizes[2:] != sizes[:2].max(axis=0)).any():
        raise InvalidInputError("problem", "lists that do not fit each other", "Give one number per output.")
    for kind, size in itertools.product((0, 1), np.unique(sizes[2]).tolist()):
        places = np.flatnonzero(given[kind] & (sizes[2] == size))
        if not places.size:
            continue
        lists = {name: _matrix(frame, name, places, size) for name in (INITIAL[kind], *REWARDS)}
        own = {name: values[places] for name, values in numbers.items()}
        problem = make_problem(**lists, **own)
        if kind == 0:
            # Sums of long rows are rounded in another order than the note's own, which decides.
            for k in np.flatnonzero(np.abs(lists[INITIAL[0]].sum(axis=-1) - 1) > ROUNDED / 2):
                notes[places[k]] = rounding_note(lists[INITIAL[0]][k].tolist())
        shared = shared_outputs(size)
        batches.setdefault(shared, []).append(GivenBatch(places, pad_outputs(problem, shared), increase[places]))
    names = frame[NAME].cast(pl.String).to_list() if NAME in frame.columns else [None] * frame.height
    for name in names:
        name_from_record({NAME: name})
    joined = tuple(_joined(batches[shared]) for shared in sorted(batches))
    return GivenRows(first, frame.height, joined, names, notes)


def _numbers(frame: pl.DataFrame, name: str, missing: float) -> Float64[np.ndarray, " rows"]:
    if name not in frame.columns:
        return np.full(frame.height, missing)
    return frame[name].fill_null(missing).to_numpy()


def _sizes(frame: pl.DataFrame, name: str) -> Int64[np.ndarray, " rows"]:
    """How many numbers a column's lists have; -1 for none at all."""
    if name not in frame.columns:
        return np.full(frame.height, -1)
    return frame[name].list.len().cast(pl.Int64).fill_null(-1).to_numpy()


def _matrix(
    frame: pl.DataFrame, name: str, places: Int64[np.ndarray, " batch"], size: int
) -> Float64[np.ndarray, "batch outputs"]:
    # A list without numbers would become one that has a missing number.
    flat = frame[name].gather(places).explode() if size else pl.Series([], dtype=pl.Float64)
    if flat.null_count():
        raise InvalidInputError(name, "a missing number", "Give one number per output.")
    return flat.to_numpy().reshape(len(places), size)


def _joined(batches: Sequence[GivenBatch]) -> GivenBatch:
    return GivenBatch(
        np.concatenate([b.places for b in batches]),
        stack_problems([b.problem for b in batches]),
        np.concatenate([b.increase for b in batches]),
    )


def _refuse_first(table: ProblemTable, frame: pl.DataFrame, first: int, gamma: float | None) -> None:
    """Raises the error of the first row that is no problem, by the rules for one problem alone."""
    for place, row in enumerate(frame.iter_rows(named=True)):
        record = {name: value for name, value in row.items() if value is not None}
        try:
            _, own = problem_from_record(record)
            if gamma is None and own is None:
                raise InvalidInputError("gamma", "nothing", "Give it in the file, or as --gamma.")
        except InvalidInputError as error:
            raise InvalidInputError(
                place_of(table.path, first + place, error.argument), error.value, error.remedy
            ) from None
