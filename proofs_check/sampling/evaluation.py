"""Evaluates many statements and their controls on one batch of instances, compiled once per shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from proofs_check.evidence.exercise import Flags, flags_of
from proofs_check.instances.chunks import in_chunks
from proofs_check.sampling.judging import Judgement, judge, judge_hitting_time
from proofs_check.sampling.tally import Tally
from sims.hitting import Hitting
from theory.arrays import AnyArray
from theory.compilation import compiled_sooner
from theory.instances.parametric import ParametricInstance
from theory.instances.tabular import HittingTimeInstance, ReferenceInstance, TabularInstance
from theory.instances.upper_bounds import with_timed_quantities
from theory.statement import Direction, Sides, Statement, hold_all
from theory.tabular.problem_record import problem_to_record


class Evaluation(NamedTuple):
    """A statement and its control on a batch of instances.

    **Fields**: `applies`, `control_applies`: whether the hypotheses hold; `sides`, `control_sides`; `flags`: which
    hypotheses are exercised.
    """

    applies: AnyArray
    sides: Sides
    control_applies: AnyArray
    control_sides: Sides
    flags: Flags


@lru_cache(maxsize=64)
def _compiled(statements: tuple[Statement, ...]) -> Callable[[Any], Any]:
    def evaluate(instance: Any) -> Any:
        instance = with_timed_quantities(instance)
        return [
            Evaluation(
                s.applies(instance),
                s.sides(instance),
                hold_all(s.control.hypotheses, instance),
                s.control.sides(instance),
                flags_of(s, instance),
            )
            for s in statements
        ]

    return compiled_sooner()(evaluate)


EVALUATED_AT_ONCE = 4096
"""Instances of a batch that one compiled computation takes: batches of any larger size share its compilation."""

SMALL_BATCH = 256
"""Up to so many instances a batch is evaluated as it is: tests' batches, and those of very many outputs."""


def _evaluated(statements: Sequence[Statement], instance: TabularInstance | ParametricInstance) -> list[Evaluation]:
    """An `Evaluation` for each statement; large batches are taken in chunks of one size."""
    (count,) = instance.batch_shape
    compiled = _compiled(tuple(statements))
    return list(compiled(instance) if count <= SMALL_BATCH else in_chunks(compiled, instance, count, EVALUATED_AT_ONCE))


def instance_record(instance: TabularInstance, place: int) -> dict[str, Any]:
    """One instance of a batch as a record; its problem part is what `flatscape simulate` reads.

    A hitting time that is infinite is None, as JSON knows no infinity.
    """

    def at(field: object) -> Any:
        return np.asarray(field)[place]

    increase = None
    if isinstance(instance, HittingTimeInstance | ReferenceInstance):
        increase = float(at(instance.increase))
    record = problem_to_record(instance.problem[place], increase)
    own = {
        f.name: getattr(instance, f.name) for f in fields(instance) if f.name not in ("problem", "shared", "increase")
    }
    given = {name: at(field).tolist() for name, field in own.items() if field is not None}
    # A set without members is none: the statement chooses its own.
    if not any(given.get("good_set", ())):
        given.pop("good_set", None)
    if not np.isfinite(given.get("hitting_time", 0.0)):
        given["hitting_time"] = None
    return {"problem": record} | given


def parametric_record(instance: ParametricInstance, place: int, family: str | None) -> dict[str, Any]:
    """One instance in parameter space as a record: the family and the place that make it again, and what was measured.

    Numbers that are not finite are None, as JSON knows no others.
    """
    numbers = {name: float(np.asarray(field)[place]) for name, field in vars(instance).items() if field is not None}
    measured = {name: number if np.isfinite(number) else None for name, number in numbers.items()}
    return {"family": family, "place": place, "measured": measured}


def evaluate_batch(
    tallies: Mapping[str, Tally],
    statements: Sequence[Statement],
    instance: TabularInstance | ParametricInstance,
    *,
    hitting: Hitting | None = None,
    family: str | None = None,
    largest_record: int = 1000,
    unresolved: np.ndarray | None = None,
) -> dict[str, Evaluation]:
    """Adds a batch of instances to the tallies of all `statements`.

    **Arguments**

    - `tallies`: by statement id; changed in place.
    - `instance`: a batch, shape `(count,)`; with hitting times filled in where `hitting` is given.
    - `hitting`: the simulator's answer, for statements about `t_gamma`.
    - `family`: the name of the batch, for its records.
    - `unresolved`: instances whose measurement is not good enough to decide anything, shape `(count,)`.
    - `largest_record`: instances of more outputs than this are recorded by their family and place in it, not number by
      number.

    **Returns** what was compared, by statement id.
    """
    (count,) = instance.batch_shape

    def record(place: int) -> dict[str, Any]:
        if isinstance(instance, ParametricInstance):
            return parametric_record(instance, place, family)
        if instance.problem.outputs > largest_record:
            return {"family": family, "place": place, "outputs": instance.problem.outputs}
        return instance_record(instance, place)

    def judged(statement: Statement, sides: Sides) -> Judgement:
        if statement.direction is not Direction.NONE:
            assert hitting is not None
            return judge_hitting_time(sides, statement.direction, hitting)
        verdict = judge(sides, statement.relation, count)
        return verdict if unresolved is None else verdict.without(unresolved)

    results = _evaluated(statements, instance)
    for statement, found in zip(statements, results, strict=True):
        tally = tallies[statement.id]
        tally.add(np.broadcast_to(found.applies, (count,)), judged(statement, found.sides), record)
        tally.add_exercise(found.flags)
        control_applies = np.broadcast_to(found.control_applies, (count,))
        tally.add_control(control_applies, judged(statement, found.control_sides), record)
    return {statement.id: found for statement, found in zip(statements, results, strict=True)}
