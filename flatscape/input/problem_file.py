"""A person's own problems, read from a JSON file or from standard input."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from theory.tabular.problem import Problem

STANDARD_INPUT = "-"

ROUNDED = 1e-9
"""Probabilities whose sum is farther from one than this were renormalised, which is said."""


@dataclass(frozen=True)
class GivenProblem:
    """A problem as it was given: `problem`, the `increase` to wait for, its `name` ("" for none), and `notes`, what a
    reader has to be told about how it was read."""

    problem: Problem
    increase: float
    name: str
    notes: tuple[str, ...]


def read_problems(file: Path, gamma: float | None) -> tuple[list[GivenProblem], bool]:
    """Problems from a file (`-` for standard input), and whether it held a single problem rather than a list.

    **Arguments**: `gamma`: the increase of all of them, instead of the file's.

    **Raises** `InvalidInputError` naming the problem's place in the list, the key and the remedy.
    """
    from flatscape.input.paths import read_text

    check_gamma(gamma)
    shown = "standard input" if str(file) == STANDARD_INPUT else str(file)
    try:
        data = json.loads(read_text("FILE", file), object_pairs_hook=_object)
    except InvalidInputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("FILE", shown, f"It is not JSON ({error}).") from None
    single = not isinstance(data, list)
    records = [data] if single else data
    if not records:
        raise InvalidInputError("FILE", "an empty list", "Give at least one problem.")
    given = []
    for place, record in enumerate(records):
        try:
            given.append(_given(record, gamma))
        except InvalidInputError as error:
            if single:
                raise
            raise InvalidInputError(f"problem {place}: {error.argument}", error.value, error.remedy) from None
    return given, single


def check_gamma(gamma: float | None) -> None:
    """**Raises** `InvalidInputError` unless the option is left out or a number greater than zero."""
    if gamma is not None and not (math.isfinite(gamma) and gamma > 0):
        raise InvalidInputError("--gamma", gamma, "It must be a number greater than zero.")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Of a key that is given twice JSON's readers take the last, silently."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInputError("FILE", f"the key {key!r} twice in one problem", "Give each key once.")
        found[key] = value
    return found


def _given(record: object, gamma: float | None) -> GivenProblem:
    from theory.tabular.problem_record import name_from_record, problem_from_record

    problem, own = problem_from_record(record)
    assert isinstance(record, Mapping)
    increase = own if gamma is None else gamma
    if increase is None:
        raise InvalidInputError("gamma", "nothing", "Give it in the file, or as --gamma.")
    probabilities = record.get("initial_probabilities") if isinstance(record, dict) else None
    note = None if probabilities is None else rounding_note(probabilities)
    return GivenProblem(problem, increase, name_from_record(record), () if note is None else (note,))


def rounding_note(probabilities: Sequence[float]) -> str | None:
    """What a reader has to be told of probabilities that were divided by their sum, if it is not one."""
    total = math.fsum(probabilities)
    if abs(total - 1) <= ROUNDED:
        return None
    return f"initial_probabilities sum to {total!r}, as rounded numbers do: they were divided by that."
