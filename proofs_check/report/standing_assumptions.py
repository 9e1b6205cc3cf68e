"""Standing assumptions: what statements do not name among their hypotheses is said once, for each kind of statement."""

from __future__ import annotations

from typing import Any

from theory.statement import Statement, Subject

TABULAR_FLOW = (
    "gradient flow of a table",
    "the flow starts at the reference policy, exists at every time and is unique: its velocity is a smooth function of "
    "the logits, which stay finite (flatscape explain probabilities)",
)
ANY_REFERENCE = (
    "gradient flow of a table, any reference",
    "the reference gives every output a positive probability; the flow starts at any policy, exists at every time and "
    "is unique, as towards the reference the start is",
)
SMOOTH_LOGITS = ("smooth logits", "f_theta is differentiable at the parameters in question")
PARAMETRIC_FLOW = (
    "gradient flow in parameter space",
    "f_theta is twice continuously differentiable, so that the flow from the reference policy is unique; it exists up "
    "to the time in question, and the norms of the Jacobian are finite on the path so far",
)
FINITE = ("finite sets", "prompts, tokens and outputs are finite in number, and every probability is positive")

SCORED = ("scored groups", "every completion of a group has a finite reward, and a group has two or more of them")
INDEPENDENT = ("independent draws", "the completions of a prompt are drawn independently from one policy")

_OF_A_SUBJECT: dict[Subject, tuple[tuple[str, str], ...]] = {
    Subject.HITTING_TIME: (FINITE, TABULAR_FLOW),
    Subject.POLICY: (FINITE,),
    Subject.PATH: (FINITE, TABULAR_FLOW),
    Subject.BEST_OF_N: (FINITE,),
    Subject.RUN: (FINITE,),
    Subject.GROUP_TRAINING: (FINITE,),
    Subject.PARAMETRIC_POLICY: (FINITE, SMOOTH_LOGITS),
    Subject.PARAMETRIC_PATH: (FINITE, PARAMETRIC_FLOW),
    Subject.PARAMETRIC_HITTING_TIME: (FINITE, PARAMETRIC_FLOW),
    Subject.GROUP: (SCORED,),
    Subject.PROMPTS: (SCORED,),
    Subject.DRAWS: (FINITE, INDEPENDENT),
    Subject.FUNCTION: (FINITE, TABULAR_FLOW),
    Subject.REFERENCE: (FINITE, ANY_REFERENCE),
}
_OF_ONE: dict[str, tuple[tuple[str, str], ...]] = {
    # Functions that are no policies.
    "lem1": (),
    "lem2": (),
    # It is what shows that the flow never ends.
    "probabilities": (FINITE,),
    "s5": (FINITE, TABULAR_FLOW),
}


def standing_assumptions(statement: Statement[Any]) -> tuple[tuple[str, str], ...]:
    """The name of each assumption behind a statement, and what it says."""
    return _OF_ONE.get(statement.id, _OF_A_SUBJECT[statement.subject])
