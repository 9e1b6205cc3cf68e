"""False twins of theorems."""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.coq.evaluation import Evaluator
from proofs_check.coq.grammar import parse_term
from proofs_check.coq.mutants import doubled_bound, number_mutants, reversed_conclusion
from proofs_check.coq.reading import read

THEOREM = parse_term(
    "forall (x : R) (_ : Rlt (IZR Z0) x), "
    "Rle (Rmult (IZR (Zpos (xO (xO xH)))) (pow x (S (S O)))) (Statements.total O x)"
)


def test_each_number_is_changed_by_itself():
    evaluator = Evaluator({"Statements.total": THEOREM}, {"total": lambda n: lambda x: x})
    mutants = list(number_mutants(THEOREM))
    assert [m.description for m in mutants] == ["0.01 for 0, number 1", "4.04 for 4, number 2", "3 for 2, number 3"]
    pairs = [read(m.term, {"x": 3}, evaluator).pairs for m in mutants]
    assert pairs == [[(36, 3)], [(F(909, 25), 3)], [(108, 3)]]
    assert not read(mutants[0].term, {"x": F(1, 200)}, evaluator).applies


def test_the_inequality_the_other_way():
    mutant = reversed_conclusion(parse_term("forall (x : R) (_ : @eq R x x), Rle x (IZR Z0)"))
    assert mutant is not None
    assert read(mutant.term, {"x": 3}, Evaluator({})).pairs == [(0, 3)]
    assert reversed_conclusion(parse_term("forall x : R, @eq R x x")) is None


def test_the_bound_doubled():
    mutant = doubled_bound(parse_term("forall x : R, let y : R := x in Rle (IZR Z0) y"))
    assert read(mutant.term, {"x": 3}, Evaluator({})).pairs == [(0, 6)]
