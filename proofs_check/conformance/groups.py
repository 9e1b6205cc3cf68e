"""Comparison of the code of a statement about sampled completions with what is printed, in exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from proofs_check.conformance.printed_groups import (
    DRAWS_POINTS,
    GROUP_HYPOTHESES,
    GROUP_POINTS,
    GROUP_STATED,
    PROMPTS_POINTS,
    DrawsPoint,
    GroupPoint,
    PromptsPoint,
)
from proofs_check.conformance.tabular import TOLERANCE, difference
from proofs_check.instances.group_families import batched
from theory.instances.sampled_groups import (
    DrawnGroupInstance,
    GroupInstance,
    ScoredGroupInstance,
    ScoredPromptsInstance,
)
from theory.statement import Statement, Subject
from theory.statements.register import find_statement

_POINTS: dict[Subject, Sequence[Any]] = {
    Subject.GROUP: GROUP_POINTS,
    Subject.PROMPTS: PROMPTS_POINTS,
    Subject.DRAWS: DRAWS_POINTS,
}


def instance_of(point: GroupPoint | PromptsPoint | DrawsPoint) -> GroupInstance:
    """A point as a single instance."""

    def floats(values: object) -> np.ndarray:
        return np.array(values, dtype=np.float64)

    match point:
        case GroupPoint():
            return ScoredGroupInstance(
                rewards=floats(point.rewards),
                truth=floats(point.truth),
                constant=floats(point.constant),
                kept=np.array(point.kept),
            )
        case PromptsPoint():
            return ScoredPromptsInstance(rewards=floats(point.rewards), shift=floats(point.shift))
    return DrawnGroupInstance(
        probabilities=floats(point.probabilities),
        rewards=floats(point.rewards),
        draws=point.draws,
        size=point.size,
    )


def group_disagreement(statement: str) -> str | None:
    """Where the registered statement is not the printed one, in its sides or its hypotheses; None if it is."""
    return disagreement_of(find_statement(statement))


def disagreement_of(statement: Statement[Any]) -> str | None:
    """The same for a statement that need not be the registered one of its id."""
    hypotheses = GROUP_HYPOTHESES.get(statement.id, {})
    if [h.name for h in statement.hypotheses] != list(hypotheses):
        return f"the hypotheses of {statement.id} in the register are not {list(hypotheses)}, those of the proof"
    with jax.enable_x64(True):
        for point in _POINTS[statement.subject]:
            instance = batched(instance_of(point))
            for hypothesis in statement.hypotheses:
                if bool(np.all(hypothesis.holds(instance))) != hypotheses[hypothesis.name](point):
                    return f"the hypothesis {hypothesis.name} of {statement.id} is not that of the proof at {point}"
            if not np.all(statement.applies(instance)):
                continue
            sides, wanted = statement.sides(instance), GROUP_STATED[statement.id](point)
            for which, found, claimed in zip(("smaller", "larger"), sides[:2], wanted, strict=True):
                problem = difference(np.asarray(found)[0], np.array(claimed))
                if problem is not None:
                    return f"the {which} side of {statement.id} in the register is not the proved one: {problem}"
    return None


def group_agreement(statement: str) -> str:
    """The sentence that a step carries about this comparison."""
    points = len(_POINTS[find_statement(statement).subject])
    return f"both sides of {statement} in the register, at {points} rational points, to {TOLERANCE:g}"
