"""Comparison of the hypotheses of a statement about tables with those that are printed, one by one, and of its sides.

A hypothesis that is too wide makes a statement false, one that is too narrow hides its violations; the proof speaks of
neither. So what the register says is compared with `conformance.printed_hypotheses` at `conformance.hypothesis_points`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import theory.statement
from proofs_check.conformance.hypothesis_points import hypothesis_points
from proofs_check.conformance.printed_hypotheses import STATED_HYPOTHESES, StatedHypothesis
from proofs_check.conformance.printed_tabular import STATED
from proofs_check.conformance.tabular import Point, instance_of, register_disagreement
from theory.compilation import compiled_for_one_run
from theory.instances.upper_bounds import with_timed_quantities
from theory.statement import Statement, Subject
from theory.statements.register import find_statement

WELL_INSIDE = 1e-6
"""Sides are not compared nearer to the limit of a hypothesis: bounds have poles there, which take all digits."""


class FoundHypotheses(NamedTuple):
    """What the register computes at the hypothesis points, of each number of outputs in turn.

    **Fields**: `holds`, boolean, by the name of the hypothesis; `applies`, boolean; `sides`, one for each number of
    outputs.
    """

    holds: Mapping[str, np.ndarray]
    applies: np.ndarray
    sides: tuple[theory.statement.Sides, ...]


class Expected(NamedTuple):
    """What is printed, at the hypothesis points.

    **Fields**: `holds`, by name, None where a hypothesis has no meaning; `applies`; `compared`, whether the sides are.
    """

    holds: Mapping[str, tuple[bool | None, ...]]
    applies: tuple[bool, ...]
    compared: tuple[bool, ...]


@cache
def batches(subject: Subject) -> tuple[Any, ...]:
    """The points as batches, one for each number of outputs."""
    groups = groupby(hypothesis_points(), key=lambda point: len(point.proxy))
    with jax.enable_x64(True):
        return tuple(jax.tree.map(jnp.asarray, instance_of(list(points), subject)) for _, points in groups)


@cache
def expected(statement: str) -> Expected:
    """What is printed of the statement's hypotheses."""
    stated = STATED_HYPOTHESES.get(statement, {})
    points = hypothesis_points()
    holds = {name: tuple(hypothesis.holds(point) for point in points) for name, hypothesis in stated.items()}
    applies = tuple(all(values[k] is True for values in holds.values()) for k in range(len(points)))
    inside = (all(_well_inside(hypothesis, point) for hypothesis in stated.values()) for point in points)
    return Expected(holds, applies, tuple(a and i for a, i in zip(applies, inside, strict=True)))


def _well_inside(hypothesis: StatedHypothesis, point: Point) -> bool:
    slack = hypothesis.slack(point)
    return slack is not None and (slack >= WELL_INSIDE or slack == 0)


def found_hypotheses(statement: Statement[Any]) -> FoundHypotheses:
    """What a statement's code says at the points, operation by operation: compiling it takes longer."""
    instances = batches(statement.subject)
    with jax.enable_x64(True):
        return _joined(statement, _evaluated(statement, instances))


def register_hypotheses(statements: Sequence[str]) -> dict[str, FoundHypotheses]:
    """What the code of registered statements says at the points, by id, compiled as one program for all of them."""
    chosen = [find_statement(statement) for statement in statements]
    instances = {s.subject.name: batches(s.subject) for s in chosen}

    def evaluated(instances: dict[str, Any]) -> dict[str, Any]:
        sharing = {name: [with_timed_quantities(one) for one in batch] for name, batch in instances.items()}
        return {s.id: _evaluated(s, sharing[s.subject.name]) for s in chosen}

    with jax.enable_x64(True):
        found = compiled_for_one_run()(evaluated)(instances)
        return {s.id: _joined(s, found[s.id]) for s in chosen}


_Evaluated = tuple[list[list[Any]], list[Any], list[theory.statement.Sides]]
"""What each hypothesis is, whether the statement applies, and its sides, each for every batch of points."""


def _evaluated(statement: Statement[Any], instances: Sequence[Any]) -> _Evaluated:
    # Not by name: names would come back from a compiled program in alphabetical order.
    holds = [[hypothesis.holds(instance) for instance in instances] for hypothesis in statement.hypotheses]
    return holds, [statement.applies(i) for i in instances], [statement.sides(i) for i in instances]


def _joined(statement: Statement[Any], evaluated: _Evaluated) -> FoundHypotheses:
    shapes = [instance.batch_shape for instance in batches(statement.subject)]

    def joined(parts: list[Any]) -> np.ndarray:
        return np.concatenate([np.broadcast_to(part, shape) for part, shape in zip(parts, shapes, strict=True)])

    holds, applies, sides = evaluated
    names = [hypothesis.name for hypothesis in statement.hypotheses]
    return FoundHypotheses(dict(zip(names, map(joined, holds), strict=True)), joined(applies), tuple(sides))


def hypothesis_disagreement(statement: str, found: FoundHypotheses | None = None) -> str | None:
    """Where the statement of that id in the register is not the printed one; None if it is.

    A statement without hypotheses applies everywhere; then there is nothing to compare.

    **Arguments**: `found`: what its code says, found out unless given.
    """
    registered = find_statement(statement)
    stated = expected(statement)
    if not (stated.holds or registered.hypotheses):
        return None
    found = found_hypotheses(registered) if found is None else found
    if list(found.holds) != list(stated.holds):
        return (
            f"the hypotheses of {statement} in the register are {list(found.holds)}, and {list(stated.holds)} are "
            "those of the proof"
        )
    points = hypothesis_points()
    for name, wanted in stated.holds.items():
        for holds, expected_here, point in zip(found.holds[name], wanted, points, strict=True):
            if expected_here is not None and bool(holds) != expected_here:
                return _wrong(statement, f"its hypothesis {name} is {bool(holds)}", point)
    for applies, expected_here, point in zip(found.applies, stated.applies, points, strict=True):
        if bool(applies) != expected_here:
            return _wrong(statement, f"{bool(applies)}", point)
    problems = (
        register_disagreement(statement, sides, STATED[statement], these)
        for these, sides in points_and_sides(registered, found)
    )
    return next((problem for problem in problems if problem is not None), None)


def _wrong(statement: str, what: str, point: object) -> str:
    return f"the hypotheses of {statement} in the register are not those of the proof: {what} at {point}"


def points_and_sides(
    statement: Statement[Any], found: FoundHypotheses | None = None
) -> list[tuple[list[Point], theory.statement.Sides]]:
    """The points at which the sides are compared, and the sides there, for each number of outputs."""
    found = found_hypotheses(statement) if found is None else found
    compared, start = expected(statement.id).compared, 0
    parts = []
    for instance, sides in zip(batches(statement.subject), found.sides, strict=True):
        (size,) = instance.batch_shape
        kept = np.array(compared[start : start + size])
        points = [p for p, keep in zip(hypothesis_points()[start : start + size], kept, strict=True) if keep]
        parts.append((points, theory.statement.Sides(*(_rows(side, size)[kept] for side in sides))))
        start += size
    return parts


def _rows(side: object, size: int) -> np.ndarray:
    values = np.asarray(side)
    return np.broadcast_to(values, (size, *values.shape[1:]))


def hypothesis_agreement(statement: str) -> str:
    """The part of a step's sentence that is about this comparison; empty for a statement without hypotheses."""
    stated = expected(statement)
    if not stated.holds:
        return ""
    return f"; its hypotheses at {len(stated.applies)} points, and both sides at {sum(stated.compared)} of them"
