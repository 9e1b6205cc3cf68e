"""Theorems read at numbers: hypotheses in turn, then the sides."""

from __future__ import annotations

import pytest

from proofs_check.coq.evaluation import CannotCompute, Evaluator
from proofs_check.coq.grammar import parse_term
from proofs_check.coq.reading import read

ROOT = parse_term(
    "forall (x y : R) (_ : Rlt (IZR Z0) x), let s : R := Rdiv y x in forall _ : Rlt s (IZR (Zpos xH)), Rle s (sqrt s)"
)


def test_hypotheses_and_sides():
    evaluator = Evaluator({})
    assert read(ROOT, {"x": 4, "y": 1}, evaluator).pairs == [(0.25, 0.5)]
    assert read(ROOT, {"x": 4, "y": 5}, evaluator) == (False, [], 1)
    # The quotient has no meaning here, and is not asked for.
    assert read(ROOT, {"x": 0, "y": 5}, evaluator) == (False, [], 0)


def test_what_is_known_of_hypotheses_is_not_computed_again():
    asked, evaluator = [], Evaluator({})

    def positive(number):
        asked.append(number)
        return number > 0

    theorem = "forall (x : R) (_ : P x), let s : R := {} in forall _ : P s, Rle s x"
    values, known = {"x": 4, "P": positive}, {}
    first = read(parse_term(theorem.format("x")), values, evaluator, known=known)
    assert (first.applies, asked, len(known)) == (True, [4, 4], 1)
    # The same words about `s` say another thing where `s` stands for another number.
    assert read(parse_term(theorem.format("Ropp x")), values, evaluator, known=known) == (False, [], 1)
    assert asked == [4, 4, -4]


def test_derivatives_equations_and_several_of_them():
    moving = "@is_derive R_AbsRing R_NormedModule (fun t : R => Rmult t t) x (IZR (Zpos xH))"
    found = read(parse_term(f"forall x : R, and ({moving}) (@eq R x x)"), {"x": 3}, Evaluator({}))
    assert found.pairs == [(6, 1), (3, 3)]


@pytest.mark.parametrize("text", ["forall x : R, Rlt z x", "forall y : R, Rle y y", "forall x : R, P x"])
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(CannotCompute):
        read(parse_term(text), {"x": 3, "P": lambda x: True}, Evaluator({}))
