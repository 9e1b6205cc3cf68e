"""A theorem of Coq read at numbers: whether its hypotheses hold there, and the two sides of its conclusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from proofs_check.coq import numbers
from proofs_check.coq.evaluation import CannotCompute, Evaluator, Later, Scope
from proofs_check.coq.terms import Apply, Forall, Let, Name, Term

Values: TypeAlias = Mapping[str, Any]
"""What the variables of a theorem are, by name."""

Pairs: TypeAlias = list[tuple[Any, Any]]
"""The sides of each inequality or equation of a conclusion."""

INEQUALITIES = ("Rle", "Rlt", "Rbar_le")


class Found(NamedTuple):
    """A theorem at one choice of its variables.

    **Fields**: `applies`, whether all hypotheses hold; `pairs`, the sides of the conclusion where they do; `failing`,
    the place of the first hypothesis that does not.
    """

    applies: bool
    pairs: Pairs
    failing: int | None = None


def sides_of(evaluator: Evaluator, conclusion: Term, scope: Scope) -> Pairs:
    """The sides of a conclusion that is an inequality, an equation, a derivative, or several of them."""
    match conclusion:
        case Apply(Name("and"), (left, right)):
            return [*sides_of(evaluator, left, scope), *sides_of(evaluator, right, scope)]
        case Apply(Name(name), (left, right)) if name in INEQUALITIES:
            return [(evaluator.value(left, scope), evaluator.value(right, scope))]
        case Apply(Name("eq"), (_, left, right)):
            return [(evaluator.value(left, scope), evaluator.value(right, scope))]
        case Apply(Name("is_derive"), (_, _, function, at, slope)):
            moving = numbers.derivative(evaluator.value(function, scope), evaluator.value(at, scope))
            return [(moving, evaluator.value(slope, scope))]
    raise CannotCompute("a conclusion that is neither an inequality, nor an equation, nor a derivative")


def read(
    theorem: Term,
    values: Values,
    evaluator: Evaluator,
    conclude: Callable[[Evaluator, Term, Scope], Pairs] = sides_of,
    known: dict[Term, Any] | None = None,
) -> Found:
    """A theorem at the values of its variables.

    **Arguments**: `known`, whether hypotheses of this theorem or of others hold at these values, which is added to.

    Hypotheses are tried in turn up to the first that fails, so that none is computed where an earlier one rules out
    that it has a meaning.

    **Raises** `CannotCompute` for a variable without a value, or a hypothesis that has no truth value.
    """
    scope, place, term = dict(values), 0, theorem
    known = {} if known is None else known
    while True:
        match term:
            case Forall("_", hypothesis, body):
                if (holds := known.get(hypothesis)) is None:
                    holds = known[hypothesis] = evaluator.value(hypothesis, scope)
                if not isinstance(holds, bool):
                    raise CannotCompute(f"hypothesis {place}")
                if not holds:
                    return Found(False, [], place)
                place, term = place + 1, body
            case Forall(name, _, body):
                if name not in values:
                    raise CannotCompute(f"the variable {name} has no value")
                term = body
            case Let(name, _, value, body):
                # What a name stands for may differ from theorem to theorem.
                scope, known = {**scope, name: _later(evaluator, value, scope)}, {}
                term = body
            case _:
                return Found(True, conclude(evaluator, term, scope))


def _later(evaluator: Evaluator, value: Term, scope: Scope) -> Later:
    return Later(lambda: evaluator.value(value, scope))


def _as_they_are(pairs: Pairs, values: Values, point: Any) -> tuple[Any, Any]:
    return pairs[0]


@dataclass(frozen=True)
class Reading:
    """How a theorem speaks of the points at which the register is evaluated.

    **Fields**

    - `values`: what its variables are at a point, one choice for each output where the register has a side for each;
      none where the theorem has nothing to say, such as where no set of outputs is good.
    - `sides`: the register's two sides from those of the conclusion, for one choice of values, at a point.
    - `also`: hypotheses of the register that the theorem does not need.
    - `per_output`: whether the register has sides for each output.
    - `conclude`: reads a conclusion of another form.
    - `given`, `ranges`: as an `Evaluator` takes them, at a point.
    - `wider`: in words, what the theorem does not ask for and the register does.
    """

    values: Callable[[Any], Sequence[Values]]
    sides: Callable[[Pairs, Values, Any], tuple[Any, Any]] = _as_they_are
    also: Callable[[Any], bool] = lambda point: True
    per_output: bool = False
    conclude: Callable[[Evaluator, Term, Scope], Pairs] = sides_of
    given: Mapping[str, Any] = field(default_factory=dict)
    ranges: Callable[[Any], Mapping[str, Sequence[Any]]] = lambda point: {}
    wider: str = ""
