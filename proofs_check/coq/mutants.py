"""False twins of a theorem: each number that it names, changed by a hundredth, and each inequality the other way."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from proofs_check.coq.terms import Apply, Forall, Let, Name, Term, literal, natural, rational, rewritten

FACTOR = Fraction(101, 100)


class Mutant(NamedTuple):
    """A changed theorem, with words on what was changed."""

    description: str
    term: Term


def number_mutants(theorem: Term) -> Iterator[Mutant]:
    """The theorem with one of its numbers changed; exponents that are natural numbers grow by one, zeros by a
    hundredth. Natural zeros, which only begin a range, stay."""
    for place, (number, is_natural) in enumerate(_numbers(theorem)):
        new = number + 1 if is_natural else number * FACTOR if number else Fraction(1, 100)
        term = natural(int(new)) if is_natural else rational(Fraction(new))
        yield Mutant(f"{float(new):g} for {number}, number {place + 1}", _with_number(theorem, place, term))


def reversed_conclusion(theorem: Term) -> Mutant | None:
    """The theorem with its last inequality the other way; None if it has none. (An equation is the same both ways.)"""
    heads = {"Rle", "Rlt", "Rbar_le"}
    found: list[Term] = []

    def find(term: Term) -> Term | None:
        if isinstance(term, Apply) and isinstance(term.function, Name) and term.function.name in heads:
            found.append(term)
        return None

    rewritten(theorem, find)
    if not found:
        return None
    last = found[-1]

    def exchanged(term: Term) -> Term | None:
        if term is last and isinstance(term, Apply):
            return Apply(term.function, term.arguments[::-1])
        return None

    return Mutant("the sides exchanged", rewritten(theorem, exchanged))


def doubled_bound(theorem: Term) -> Mutant:
    """The theorem with the last argument of its conclusion, such as the bound of a norm, doubled."""

    def doubled(term: Term) -> Term:
        match term:
            case Forall(name, type, body):
                return Forall(name, type, doubled(body))
            case Let(name, type, value, body):
                return Let(name, type, value, doubled(body))
            case Apply(function, (*others, bound)):
                return Apply(function, (*others, Apply(Name("Rplus"), (bound, bound))))
        return term

    return Mutant("the last argument doubled", doubled(theorem))


def _is_number(term: Term) -> tuple[int, bool] | None:
    """A number that is written out, and whether it is a natural one."""
    value = literal(term)
    if value is None or not isinstance(term, Apply) or not isinstance(term.function, Name):
        return None
    return value, term.function.name == "S"


def _numbers(theorem: Term) -> list[tuple[int, bool]]:
    found: list[tuple[int, bool]] = []

    def count(term: Term) -> Term | None:
        number = _is_number(term)
        if number is None:
            return None
        found.append(number)
        return term

    rewritten(theorem, count)
    return found


def _with_number(theorem: Term, place: int, new: Term) -> Term:
    seen = -1

    def change(term: Term) -> Term | None:
        nonlocal seen
        if _is_number(term) is None:
            return None
        seen += 1
        return new if seen == place else term

    return rewritten(theorem, change)
