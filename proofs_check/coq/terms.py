"""Terms of Coq as they are printed with all notations off, and what a reader asks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True)
class Name:
    """A variable or a constant; a constant of a file keeps the file's name, as in `Statements.total`."""

    name: str


@dataclass(frozen=True)
class Apply:
    """A function applied to all arguments that stand beside it."""

    function: Term
    arguments: tuple[Term, ...]


@dataclass(frozen=True)
class Fun:
    """A function of one variable."""

    name: str
    type: Term
    body: Term


@dataclass(frozen=True)
class Forall:
    """A product over one variable; `name` is `_` for an implication, and for the type of a function."""

    name: str
    type: Term
    body: Term


@dataclass(frozen=True)
class Let:
    """A body in which a name stands for a value."""

    name: str
    type: Term
    value: Term
    body: Term


@dataclass(frozen=True)
class Branch:
    """One case of a match: a constructor, the names of its arguments, and the value."""

    constructor: str
    names: tuple[str, ...]
    body: Term


@dataclass(frozen=True)
class Match:
    """A value, and what it is taken apart into."""

    subject: Term
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Fix:
    """A recursive function: its own name, its parameters, and its body."""

    name: str
    parameters: tuple[str, ...]
    body: Term


Term: TypeAlias = Name | Apply | Fun | Forall | Let | Match | Fix


def last(name: str) -> str:
    """A name without the files and modules that it stands in."""
    return name.rpartition(".")[2]


def literal(term: Term) -> int | None:
    """The number that a term writes out, such as `IZR (Zpos (xO xH))` or `S (S O)`; None if it is none."""
    match term:
        case Name(name):
            return {"Z0": 0, "O": 0, "xH": 1}.get(last(name))
        case Apply(Name(name), (argument,)):
            inner = literal(argument)
            if inner is None:
                return None
            match last(name):
                case "IZR" | "Zpos":
                    return inner
                case "Zneg":
                    return -inner
                case "xO":
                    return 2 * inner
                case "xI":
                    return 2 * inner + 1
                case "S":
                    return inner + 1
    return None


def natural(number: int) -> Term:
    """A natural number written out."""
    return Apply(Name("S"), (natural(number - 1),)) if number else Name("O")


def rational(number: Fraction) -> Term:
    """A rational number written out, as the quotient of two integers."""
    return Apply(Name("Rdiv"), (_integer(number.numerator), _integer(number.denominator)))


def _integer(number: int) -> Term:
    inner = Apply(Name("Zpos" if number > 0 else "Zneg"), (_positive(abs(number)),)) if number else Name("Z0")
    return Apply(Name("IZR"), (inner,))


def _positive(number: int) -> Term:
    if number == 1:
        return Name("xH")
    return Apply(Name("xI" if number % 2 else "xO"), (_positive(number // 2),))


def children(term: Term) -> Iterator[Term]:
    """The terms that a term is made of."""
    match term:
        case Apply(function, arguments):
            yield function
            yield from arguments
        case Fun(_, type, body) | Forall(_, type, body):
            yield from (type, body)
        case Let(_, type, value, body):
            yield from (type, value, body)
        case Match(subject, branches):
            yield subject
            yield from (branch.body for branch in branches)
        case Fix(_, _, body):
            yield body


def constants(term: Term) -> set[str]:
    """The names in a term that stand in a file, as `Statements.total`."""
    found = {term.name} if isinstance(term, Name) and "." in term.name else set()
    return found.union(*(constants(child) for child in children(term)))


def rewritten(term: Term, change: Callable[[Term], Term | None]) -> Term:
    """The term with every part for which `change` gives another replaced by it; what is replaced is not entered."""
    new = change(term)
    if new is not None:
        return new
    match term:
        case Apply(function, arguments):
            return Apply(rewritten(function, change), tuple(rewritten(a, change) for a in arguments))
        case Match(subject, branches):
            cases = tuple(replace(branch, body=rewritten(branch.body, change)) for branch in branches)
            return Match(rewritten(subject, change), cases)
        case Fun(name, type, body):
            return Fun(name, rewritten(type, change), rewritten(body, change))
        case Forall(name, type, body):
            return Forall(name, rewritten(type, change), rewritten(body, change))
        case Let(name, type, value, body):
            return Let(name, *(rewritten(part, change) for part in (type, value, body)))
        case Fix(name, parameters, body):
            return Fix(name, parameters, rewritten(body, change))
    return term


def type_name(term: Term) -> str:
    """A type in a few words, such as `list nat` or `nat -> R`."""
    match term:
        case Name(name):
            return last(name)
        case Apply(function, arguments):
            return " ".join([type_name(function), *(_in_brackets(a) for a in arguments)])
        case Forall(_, type, body):
            return f"{_in_brackets(type) if isinstance(type, Forall) else type_name(type)} -> {type_name(body)}"
    return "?"


def _in_brackets(term: Term) -> str:
    return type_name(term) if isinstance(term, Name) else f"({type_name(term)})"
