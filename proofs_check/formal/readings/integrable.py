"""S5's conclusion read: there are a clock and a common function, of which it says how fast they move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from proofs_check.coq.evaluation import CannotCompute, Evaluator, Later, Scope
from proofs_check.coq.numbers import Dual
from proofs_check.coq.reading import Pairs
from proofs_check.coq.terms import Apply, Forall, Fun, Let, Name, Term


def integrable(evaluator: Evaluator, conclusion: Term, scope: Scope) -> Pairs:
    """The velocities of both sides of the equation between the logits and the functions that S5 says there are.

    **Arguments**: `scope` has the time `t` and the output `i` at which the equation is taken.

    **Raises** `CannotCompute` if a part of the conclusion is false, or of another form.
    """
    slopes: dict[str, Any] = {}
    scope, term = dict(scope), conclusion
    while True:
        match term:
            case Apply(Name("ex"), (_, Fun(name, _, body))):
                scope[name], term = _zero_at_first(name, slopes), body
            case Let(name, _, value, body):
                scope[name], term = _later(evaluator, value, dict(scope)), body
            case _:
                break
    pairs: Pairs = []
    for part in _conjuncts(term):
        match _without_premises(evaluator, part, scope):
            case Apply(Name("is_derive"), (_, _, Name(name), _, slope)):
                slopes[name] = evaluator.value(slope, scope)
            case Apply(Name("eq"), (_, left, right)) if isinstance(part, Forall):
                if evaluator.value(Apply(Name("eq"), (Name("R"), left, right)), {**scope, "t": 0}) is not True:
                    raise CannotCompute("the equation does not hold at the start")
                moving = {**scope, "t": Dual(scope["t"], 1)}
                pairs.append((evaluator.value(left, moving).slope, evaluator.value(right, moving).slope))
            case other:
                if evaluator.value(other, scope) is not True:
                    raise CannotCompute("a part of the conclusion does not hold")
    return pairs


def _zero_at_first(name: str, slopes: dict[str, Any]) -> Callable[[Any], Any]:
    """A function of time that is zero at the start, and of which nothing is known but its slope."""
    return lambda t: Dual(0, t.slope * slopes[name]) if isinstance(t, Dual) else 0 if t == 0 else 1


def _later(evaluator: Evaluator, value: Term, scope: Scope) -> Later:
    return Later(lambda: evaluator.value(value, scope))


def _conjuncts(term: Term) -> Iterator[Term]:
    if isinstance(term, Apply) and term.function == Name("and"):
        for part in term.arguments:
            yield from _conjuncts(part)
    else:
        yield term


def _without_premises(evaluator: Evaluator, term: Term, scope: Scope) -> Term:
    """What a part says of the time and the output in the scope, for which its premises hold."""
    while isinstance(term, Forall):
        if term.name == "_" and evaluator.value(term.type, scope) is not True:
            raise CannotCompute("a premise does not hold")
        term = term.body
    return term
