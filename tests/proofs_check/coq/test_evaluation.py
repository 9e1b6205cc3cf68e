"""Terms computed: functions, recursion, matches, quantifiers, and what has no meaning."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from proofs_check.coq.evaluation import CannotCompute, Evaluator, all_of, any_of
from proofs_check.coq.grammar import parse_term

TWICE = parse_term("fun x : R => Rplus x x")
LENGTH = parse_term(
    "fix f (n : nat) : R := match n return R with | O => IZR Z0 | S m => Rplus (f m) (IZR (Zpos xH)) end"
)


def value(text, scope=None, **more):
    definitions = {"Statements.twice": TWICE, "Statements.count": LENGTH}
    return Evaluator(definitions, **more).value(parse_term(text), scope or {})


def test_functions_definitions_and_names():
    assert value("Statements.twice (Rdiv x (IZR (Zpos (xI xH))))", {"x": 1}) == F(2, 3)
    assert value("(fun f : forall _ : R, R => f (f x)) Statements.twice", {"x": 5}) == 20
    assert value("let y : R := Statements.twice x in Rmult y y", {"x": 3}) == 36
    assert value("let y : R := unknown in x", {"x": 3}) == 3
    assert value("Statements.count (S (S n))", {"n": 5}) == 7


def test_a_variable_hides_a_constant_of_the_same_name():
    assert value("sqrt x", {"x": 4, "sqrt": lambda x: x + 1}) == 5


def test_given_values_replace_definitions():
    assert value("Statements.twice x", {"x": 4}, given={"twice": lambda x: 7}) == 7


def test_lists_and_matches():
    assert value("@map nat nat S (seq O (S (S O)))") == (1, 2)
    assert value("@fold_right R nat (fun (a : nat) (b : R) => Rplus (INR a) b) (IZR Z0) (seq O n)", {"n": 4}) == 6
    assert value("match Req_EM_T x x return R with | left _ => x | right _ => y end", {"x": 2, "y": 3}) == 2
    assert value("match eqb i i return R with | true => x | false => y end", {"x": 2, "y": 3, "i": 1}) == 2


def test_quantifiers_go_through_what_is_given():
    ranges = {"nat": range(4)}
    below = "forall (i : nat) (_ : lt i n), Rlt (INR i) x"
    assert value(below, {"n": 3, "x": F(5, 2)}, ranges=ranges) is True
    assert value(below, {"n": 4, "x": F(5, 2)}, ranges=ranges) is False
    some = "@ex nat (fun i : nat => and (lt i n) (@eq nat i (S (S O))))"
    assert (value(some, {"n": 3}, ranges=ranges), value(some, {"n": 2}, ranges=ranges)) == (True, False)
    assert value("or (lt x y) (not (lt x y))", {"x": 1, "y": 1}) is True


@pytest.mark.parametrize("text", ["Statements.other", "forall b : bool, @eq bool b b", "Type"])
def test_what_has_no_meaning_is_said(text):
    with pytest.raises(CannotCompute):
        value(text)


def test_the_unknown_is_neither_true_nor_false():
    assert (all_of([True, None]), all_of([None, False]), all_of([])) == (None, False, True)
    assert (any_of([False, None]), any_of([None, True]), any_of([])) == (None, True, False)
