"""What the register computes at points of tables: whether a statement applies, and its two sides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.conformance.hypotheses import expected, found_hypotheses
from proofs_check.conformance.hypothesis_points import hypothesis_points
from proofs_check.conformance.tabular import Point, instance_of
from proofs_check.formal.points.tables import policy_points
from theory.statement import Statement
from theory.statements.register import find_statement


class Registered(NamedTuple):
    """A statement at one point.

    **Fields**: `point`; `applies`, whether all its hypotheses hold; `smaller`, `larger`, its sides, None where they
    are not compared: nearer to the limit of a hypothesis than a billionth, a bound may have no digits left.
    """

    point: Any
    applies: bool
    smaller: np.ndarray | None
    larger: np.ndarray | None


def at_limits(statement: Statement[Any]) -> list[Registered]:
    """A statement at the points where hypotheses hold, fail, and hardly do (`conformance.hypothesis_points`)."""
    found = found_hypotheses(statement)
    compared = expected(statement.id).compared
    sizes = [np.shape(s.smaller)[0] if np.ndim(s.smaller) else np.shape(s.larger)[0] for s in found.sides]
    smaller, larger = (
        [np.broadcast_to(s[k], (n,))[j] for s, n in zip(found.sides, sizes, strict=True) for j in range(n)]
        for k in (0, 1)
    )
    return [
        Registered(point, bool(applies), *((a, b) if keep else (None, None)))
        for point, applies, keep, a, b in zip(
            hypothesis_points(), found.applies, compared, smaller, larger, strict=True
        )
    ]


def at_policies(statement: Statement[Any], points: Sequence[Point] | None = None) -> list[Registered]:
    """A statement at `tables.policy_points`, or the points given."""
    points = policy_points() if points is None else points
    result: dict[int, Registered] = {}
    with jax.enable_x64(True):
        for outputs in sorted({len(point.proxy) for point in points}):
            places = [k for k, point in enumerate(points) if len(point.proxy) == outputs]
            instance = jax.tree.map(jnp.asarray, instance_of([points[k] for k in places], statement.subject))
            applies = np.broadcast_to(np.asarray(statement.applies(instance)), (len(places),))
            sides = statement.sides(instance)
            both = [np.asarray(side) for side in (sides.smaller, sides.larger)]
            both = [np.broadcast_to(side, (len(places), *side.shape[1:])) for side in both]
            for row, k in enumerate(places):
                result[k] = Registered(points[k], bool(applies[row]), both[0][row], both[1][row])
    return [result[k] for k in range(len(points))]


@cache
def registered_at_limits(id: str) -> list[Registered]:
    """`at_limits`, once for each statement of the register."""
    return at_limits(find_statement(id))


@cache
def registered_at_policies(id: str, points: tuple[Point, ...] | None = None) -> list[Registered]:
    """`at_policies`, once for each statement of the register."""
    return at_policies(find_statement(id), points)
