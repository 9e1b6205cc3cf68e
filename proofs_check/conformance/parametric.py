"""Comparison of the code of a statement about policies of any kind with the formula that is proved.

As `conformance.tabular`, at points that are numbers rather than policies; the hypotheses are compared as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import theory.statement
from proofs_check.conformance.parametric_points import edge_points, parametric_instance_of, parametric_points
from proofs_check.conformance.printed_parametric import PARAMETRIC_STATED
from proofs_check.conformance.tabular import TOLERANCE, difference
from theory.arrays import AnyArray
from theory.instances.parametric import ParametricInstance
from theory.statement import Statement
from theory.statements.register import find_statement


class RegisterValues(NamedTuple):
    """What the register computes at its points and then at the edge points: `sides`, whether it `applies`, and
    by name whether each hypothesis `holds`."""

    sides: theory.statement.Sides
    applies: AnyArray
    holds: Mapping[str, AnyArray]


def parametric_values(statements: Sequence[str]) -> dict[str, RegisterValues]:
    """What the register computes, by id.

    Operation by operation: they are few and small, and compiling them as one program takes longer.
    """
    chosen = [find_statement(statement) for statement in statements]
    with jax.enable_x64(True):
        points = (*parametric_points(), *edge_points())
        instances = {
            subject: jax.tree.map(jnp.asarray, parametric_instance_of(points, subject))
            for subject in {s.subject for s in chosen}
        }
        return {s.id: register_values(s, instances[s.subject]) for s in chosen}


def register_values(statement: Statement[Any], instance: ParametricInstance) -> RegisterValues:
    """What a statement's code says of a batch."""
    holds = {h.name: jnp.broadcast_to(h.holds(instance), instance.batch_shape) for h in statement.hypotheses}
    return RegisterValues(statement.sides(instance), statement.applies(instance), holds)


def parametric_disagreement(statement: str, found: RegisterValues) -> str | None:
    """Where a registered statement differs from the proved one, in its sides or its hypotheses; None if it agrees."""
    stated, conditions = PARAMETRIC_STATED[statement]
    points = parametric_points()
    for which, side, place in (("smaller", found.sides.smaller, 0), ("larger", found.sides.larger, 1)):
        for number, point in zip(np.asarray(side), points, strict=False):
            problem = difference(number, stated(point)[place])
            if problem is not None:
                return f"the {which} side of {statement} in the register is not the proved one: {problem} at {point}"
    if list(found.holds) != list(conditions):
        return (
            f"the hypotheses of {statement} in the register are {list(found.holds)}, and {list(conditions)} are those "
            "of the proof"
        )
    everywhere = (*points, *edge_points())
    expected = {name: [condition(point) for point in everywhere] for name, condition in conditions.items()}
    applies = [all(values[k] for values in expected.values()) for k in range(len(everywhere))]
    for name, actual, wanted in (
        *((f"{name} is", found.holds[name], expected[name]) for name in conditions),
        ("together they are", found.applies, applies),
    ):
        for holds, right, point in zip(np.asarray(actual), wanted, everywhere, strict=True):
            if bool(holds) != right:
                return (
                    f"the hypotheses of {statement} in the register are not those of the proof: {name} {bool(holds)} "
                    f"at {point}"
                )
    return None


def parametric_agreement(statement: str) -> str:
    """The sentence that a step carries about this comparison."""
    return (
        f"both sides of {statement} in the register, at {len(parametric_points())} points, to {TOLERANCE:g}, and its "
        f"hypotheses there and at {len(edge_points())} points at their limits"
    )
