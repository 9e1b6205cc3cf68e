"""Definitions that the theorems take as given at points, each compared on its own: flows, and the hitting time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction as F
from functools import lru_cache
from itertools import chain
from typing import Any

from proofs_check.coq.evaluation import CannotCompute, Evaluator
from proofs_check.coq.terms import Name, Term, constants
from proofs_check.formal.points.cases import measured
from proofs_check.formal.points.models import Path as ModelPath
from proofs_check.formal.points.models import ranges, variables
from proofs_check.formal.points.tables import TIME, Path, column, policy_points, velocity
from proofs_check.formal.points.tables import variables as table_variables

OFF = 1.001
"""A path whose velocity is this many times too large is no flow."""

NOTICEABLE = 1e-3
"""What is slower moves too little for that to be noticed."""


def _applied(evaluator: Evaluator, name: str, *arguments: Any) -> Any:
    value = evaluator.value(Name(f"Statements.{name}"), {})
    for argument in arguments:
        value = value(argument)
    return value


def _tabular_flow(definitions: Mapping[str, Term]) -> Iterator[str]:
    """The velocity of `theory` is that of the flow, at policies of tables; another is not."""
    for point in [point for point in policy_points() if any(point.floats("proxy"))][-8:]:
        values = table_variables(point)
        everywhere = {"nat": range(max(len(point.proxy), point.prompts)), "R": (0, TIME)}
        evaluator = Evaluator(definitions, {}, everywhere)
        arguments = [values[name] for name in ("prompts", "n", "r", "lam")]
        if _applied(evaluator, "gradient_flow", *arguments, Path(point)) is not True:
            yield f"the flow of a table in Coq is not that of theory at {point}"
        moves = max(abs(velocity(point))) > NOTICEABLE
        if moves and _applied(evaluator, "gradient_flow", *arguments, Path(point, OFF)) is not False:
            yield f"the flow of a table in Coq allows another velocity at {point}"


def _parametric_flow(definitions: Mapping[str, Term]) -> Iterator[str]:
    """The same for policies of any kind."""
    for place in (1, 2, 5, 7):
        case = measured(place)
        values = variables(case.model, case.velocity)
        evaluator = Evaluator(definitions, {}, ranges(case.model, (0.0, 1.0)))
        arguments = [values[name] for name in ("prompts", "m", "L", "d", "logits", "r", "lam")]
        if _applied(evaluator, "model_flow", *arguments, values["theta"]) is not True:
            yield f"the flow of a policy in Coq is not that of theory at {case}"
        wrong = ModelPath(case.model, [OFF * v for v in case.velocity])
        if _applied(evaluator, "model_flow", *arguments, wrong) is not False:
            yield f"the flow of a policy in Coq allows another velocity at {case}"


TIMES = tuple(F(k, 2) for k in range(-2, 6))
POLICIES = ((F(0), F(1)), (F(1, 2), F(1, 2)), (F(1), F(0)), (F(1, 4), F(3, 4)))
"""A policy for the time before the start, and for each unit of time from the start on, the last one for ever."""


def _hitting_time(definitions: Mapping[str, Term]) -> Iterator[str]:
    """The first of some times at which an expectation has risen by gamma, and infinity where there is none."""

    def policy(t: Any) -> Callable[[int], Any]:
        if 0 < t < TIMES[3]:
            return column(POLICIES[-1])
        return column(POLICIES[min(math.floor(t) + 1, len(POLICIES) - 1)] if t >= 0 else POLICIES[0])

    def infimum(holds: Callable[[Any], Any]) -> Any:
        return min((t for t in TIMES if holds(t)), default=math.inf)

    evaluator = Evaluator(definitions, {"Glb_Rbar": infimum}, {"nat": range(2)})
    for reward in ((F(1), F(-1)), (F(-1), F(1)), (F(1, 4), F(1, 2))):
        values = {t: sum(reward[i] * policy(t)(i) for i in range(2)) for t in TIMES}
        for gamma in (F(-1), F(0), F(1, 8), F(1, 2), F(1), F(9, 8)):
            wanted = min((t for t in TIMES if t >= 0 and values[t] - values[F(0)] >= gamma), default=math.inf)
            found = _applied(evaluator, "hitting_time", 2, policy, column(reward), gamma)
            if found != wanted:
                yield f"the hitting time in Coq is {found} for gamma = {gamma}, where {wanted} is the first time"


READ_BY_A_PERSON = {
    "differentiable": "3d3bbc4f5bf2efa0",
    "gradient_flow": "0cf2deb32e950fcb",
    "model_flow": "fb3bdb6628ae7034",
}
"""Definitions that have a part which no number shows: differentiability with epsilon and delta, in place of which
gradients are differentiated exactly, and continuity from the right at time zero. Each has the hash of the term that a
person has read, so that another one is noticed."""


def _as_read(name: str, definitions: Mapping[str, Term]) -> Iterator[str]:
    found = digest(definitions[f"Statements.{name}"])
    if found != READ_BY_A_PERSON.get(name, found):
        yield f"the definition of {name} in Coq is not the one that a person has read ({found})"


def digest(term: Term) -> str:
    """A hash of a term."""
    return hashlib.sha256(repr(term).encode()).hexdigest()[:16]


COMPARISONS: Mapping[str, Callable[[Mapping[str, Term]], Iterator[str]]] = {
    "gradient_flow": _tabular_flow,
    "model_flow": _parametric_flow,
    "hitting_time": _hitting_time,
    "differentiable": lambda definitions: iter(()),
}
"""By the name of the definition."""


def definition_disagreement(name: str, definitions: Mapping[str, Term]) -> str | None:
    """Where a definition in Coq is not what it is taken for; None if it is."""
    of_it = reached(Name(f"Statements.{name}"), definitions)
    return _disagreement(name, tuple((each, definitions[each]) for each in sorted(of_it)))


@lru_cache(maxsize=64)
def _disagreement(name: str, of_it: tuple[tuple[str, Term], ...]) -> str | None:
    """The same, once for a definition and all that it uses: many theorems share them."""
    definitions = dict(of_it)
    try:
        return next(chain(COMPARISONS[name](definitions), _as_read(name, definitions)), None)
    except (CannotCompute, ArithmeticError, TypeError, ValueError, KeyError, IndexError) as error:
        return f"the definition {name} in Coq cannot be read: {error}"


def used(term: Term, definitions: Mapping[str, Term]) -> list[str]:
    """The names of `COMPARISONS` that a theorem uses, through other definitions too."""
    of_it = reached(term, definitions)
    return [name for name in COMPARISONS if f"Statements.{name}" in of_it]


def reached(term: Term, definitions: Mapping[str, Term]) -> set[str]:
    """The definitions that a term uses, through others too."""
    found, waiting = set[str](), sorted(constants(term))
    while waiting:
        name = waiting.pop()
        if name not in found and name in definitions:
            found.add(name)
            waiting += sorted(constants(definitions[name]))
    return found
