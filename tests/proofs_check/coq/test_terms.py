"""Terms: numbers that are written out, constants, parts, and types in words."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from proofs_check.coq.grammar import parse_term
from proofs_check.coq.terms import Apply, Name, children, constants, literal, natural, rational, rewritten, type_name


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Rdefinitions.IZR BinNums.Z0", 0),
        ("IZR (Zpos (xO (xO xH)))", 4),
        ("IZR (Zneg (xI (xI xH)))", -7),
        ("S (S O)", 2),
        ("O", 0),
        ("S n", None),
        ("IZR z", None),
        ("Rmult a b", None),
    ],
)
def test_numbers_that_are_written_out(text, number):
    assert literal(parse_term(text)) == number


def test_constants_stand_in_files():
    assert constants(parse_term("fun n : nat => Statements.total n (FiniteSum.rsum nat l)")) == {
        "Statements.total",
        "FiniteSum.rsum",
    }


def test_every_part_is_reached_and_can_be_replaced():
    inside = "match d return R with | O => fix f (n : nat) : nat := e | S m => fun z : g => h end"
    text = f"forall x : a, let y : b := c in {inside}"
    term = parse_term(text)
    names = {"a", "b", "c", "d", "e", "g", "h"}

    def reached(part) -> set[str]:
        own = {part.name} if isinstance(part, Name) else set()
        return own.union(*(reached(child) for child in children(part)))

    assert reached(term) == names
    changed = rewritten(term, lambda part: Name(part.name * 2) if isinstance(part, Name) else None)
    assert reached(changed) == {name * 2 for name in names}


def test_types_in_words():
    assert type_name(parse_term("forall (_ : list nat) (_ : forall _ : nat, R), R")) == "list nat -> (nat -> R) -> R"
    assert type_name(parse_term("list (list nat)")) == "list (list nat)"


@pytest.mark.parametrize("number", [F(0), F(1), F(404, 100), F(-7, 3)])
def test_numbers_are_written_out(number):
    written = rational(number)
    assert isinstance(written, Apply)
    assert [literal(part) for part in written.arguments] == [number.numerator, number.denominator]


def test_natural_numbers_are_written_out():
    assert [literal(natural(k)) for k in range(4)] == [0, 1, 2, 3]
