"""Coq's terms computed: closed terms as numbers and functions, propositions as true, false or unknown.

What a quantifier ranges over is infinite in Coq and here a few values of each type, which whoever asks gives: a
proposition that is false here is false, and one that is true here holds for these values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from proofs_check.coq.primitives import PRIMITIVES, Constructed
from proofs_check.coq.terms import Apply, Branch, Fix, Forall, Fun, Let, Match, Name, Term, last, literal, type_name

Value: TypeAlias = Any
Scope: TypeAlias = Mapping[str, Value]
Compiled: TypeAlias = Callable[[Scope], Value]


class CannotCompute(ValueError):
    """A term that has no meaning here: a constant that is neither defined nor known, or a type without values."""


class Later:
    """A value that is computed when it is asked for, once: what a name stands for may never be needed."""

    def __init__(self, compute: Callable[[], Value]) -> None:
        self._compute: Callable[[], Value] | None = compute
        self._value: Value = None

    def get(self) -> Value:
        """The value."""
        if self._compute is not None:
            self._value, self._compute = self._compute(), None
        return self._value


class Evaluator:
    """Computes terms.

    **Arguments**

    - `definitions`: the bodies of the constants that are defined in files, by name.
    - `given`: values that replace constants, by name without the file: functions of one argument at a time.
    - `ranges`: what a variable of each type takes in turn under a quantifier, by `type_name`.
    """

    def __init__(
        self,
        definitions: Mapping[str, Term],
        given: Mapping[str, Value] | None = None,
        ranges: Mapping[str, Sequence[Value]] | None = None,
    ) -> None:
        self._definitions = definitions
        self._given = dict(given or {})
        self._ranges = dict(ranges or {})
        self._constants: dict[str, Value] = {}
        self._compiled: dict[int, tuple[Term, Compiled]] = {}

    def value(self, term: Term, scope: Scope) -> Value:
        """The value of a term in which the names of `scope` stand for values."""
        return self._compile(term)(scope)

    def range(self, type: Term) -> Sequence[Value]:
        """The values of a type that quantifiers go through. **Raises** `CannotCompute` if nobody gave any."""
        name = type_name(type)
        if name not in self._ranges:
            raise CannotCompute(f"a variable of the type {name}")
        return self._ranges[name]

    def _compile(self, term: Term) -> Compiled:
        # The term is kept with what was made of it, so that no other one can take its identity.
        if id(term) not in self._compiled:
            self._compiled[id(term)] = term, self._made(term)
        return self._compiled[id(term)][1]

    def _made(self, term: Term) -> Compiled:
        number = literal(term)
        if number is not None:
            return lambda scope: number
        match term:
            case Name(name):
                return lambda scope: self._named(name, scope)
            case Fun(name, _, body):
                inner = self._compile(body)
                return lambda scope: lambda value: inner({**scope, name: value})
            case Let(name, _, value, body):
                bound, inner = self._compile(value), self._compile(body)
                return lambda scope: inner({**scope, name: Later(lambda: bound(scope))})
            case Forall():
                return self._quantified(term)
            case Match(subject, branches):
                return self._taken_apart(subject, branches)
            case Fix(name, parameters, body):
                return self._recursive(name, parameters, body)
            case Apply(function, arguments):
                return self._applied(function, arguments)
        raise CannotCompute(f"a term of the kind {type(term).__name__}")

    def _named(self, name: str, scope: Scope) -> Value:
        if name in scope:
            value = scope[name]
            return value.get() if isinstance(value, Later) else value
        if name not in self._constants:
            self._constants[name] = self._constant(name)
        return self._constants[name]

    def _constant(self, name: str) -> Value:
        if last(name) in self._given and (name in self._definitions or name not in PRIMITIVES):
            return self._given[last(name)]
        if name in PRIMITIVES:
            return PRIMITIVES[name].curried
        if name in self._definitions:
            return self.value(self._definitions[name], {})
        raise CannotCompute(f"the constant {name}")

    def _quantified(self, term: Forall) -> Compiled:
        kind, inner = self._compile(term.type), self._compile(term.body)
        if term.name == "_":

            def implied(scope: Scope) -> Value:
                premise = kind(scope)
                return True if premise is False else inner(scope)

            return implied
        return lambda scope: all_of(inner({**scope, term.name: value}) for value in self.range(term.type))

    def _taken_apart(self, subject: Term, branches: tuple[Branch, ...]) -> Compiled:
        of = self._compile(subject)
        inner = [(branch, self._compile(branch.body)) for branch in branches]

        def chosen(scope: Scope) -> Value:
            constructed = Constructed.of(of(scope))
            for branch, body in inner:
                if branch.constructor == constructed.constructor:
                    return body({**scope, **dict(zip(branch.names, constructed.arguments, strict=False))})
            raise CannotCompute(f"a match without {constructed.constructor}")

        return chosen

    def _recursive(self, name: str, parameters: tuple[str, ...], body: Term) -> Compiled:
        inner = self._compile(body)

        def made(scope: Scope) -> Value:
            def call(values: tuple[Value, ...]) -> Value:
                if len(values) == len(parameters):
                    return inner({**scope, name: call(()), **dict(zip(parameters, values, strict=True))})
                return lambda value: call((*values, value))

            return call(())

        return made

    def _applied(self, function: Term, arguments: tuple[Term, ...]) -> Compiled:
        inner = [self._compile(argument) for argument in arguments]
        if isinstance(function, Name):
            name = function.name
            if name == "and":
                return lambda scope: all_of(part(scope) for part in inner)
            if name == "or":
                return lambda scope: any_of(part(scope) for part in inner)
            if name == "ex":
                return lambda scope: any_of(inner[1](scope)(value) for value in self.range(arguments[0]))
            primitive = PRIMITIVES.get(name)
            if primitive is not None and primitive.arity == len(inner) and name not in self._given:
                # A local variable of that name would be another thing.
                return lambda scope: (
                    _called(self._named(name, scope), inner, scope)
                    if name in scope
                    else primitive.function(*[part(scope) for part in inner])
                )
        head = self._compile(function)
        return lambda scope: _called(head(scope), inner, scope)


def _called(function: Value, arguments: Sequence[Compiled], scope: Scope) -> Value:
    for argument in arguments:
        function = function(argument(scope))
    return function


def all_of(parts: Iterable[bool | None]) -> bool | None:
    """Whether all hold: false if one is false, unknown if one is unknown and none false."""
    result: bool | None = True
    for part in parts:
        if part is False:
            return False
        result = None if part is None else result
    return result


def any_of(parts: Iterable[bool | None]) -> bool | None:
    """Whether one holds: unknown if one is unknown and none true."""
    result: bool | None = False
    for part in parts:
        if part is True:
            return True
        result = None if part is None else result
    return result
