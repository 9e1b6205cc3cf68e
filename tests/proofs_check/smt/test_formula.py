"""Formulas: the same meaning for people, for SMT-LIB and at numbers."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from proofs_check.smt.formula import FormulaError, holds, script, substitute, to_smtlib, value, variables


@pytest.mark.parametrize(
    ("formula", "term"),
    [
        ("X**2 <= W*Q", "(<= (* X X) (* W Q))"),
        ("0 < p <= 1", "(and (< 0 p) (<= p 1))"),
        ("-x + 3/4", "(+ (- x) (/ 3 4))"),
        ("not (a == b or a > 2)", "(not (or (= a b) (> a 2)))"),
        ("abs(x)", "(ite (>= x 0) x (- x))"),
        ("max(x, y)", "(ite (>= x y) x y)"),
        ("min(x, y)", "(ite (<= x y) x y)"),
        ("x**1", "x"),
    ],
)
def test_terms(formula, term):
    assert to_smtlib(formula) == term


@pytest.mark.parametrize(
    "formula", ["x ** y", "x ** -1", "0.5", "x if y else z", "f(x)", "abs(x, y)", "x != y", "True", "x <"]
)
def test_what_is_no_formula(formula):
    with pytest.raises(FormulaError, match="formula: got"):
        to_smtlib(formula)


def test_values_are_exact():
    assert value("x/3 + max(x, -1)*abs(-2) - 1", {"x": F(1, 2)}) == F(1, 6)
    assert holds("3*x == 1 and not x > 1", {"x": F(1, 3)})
    assert not holds("x < 1 or x >= 2", {"x": F(1)})
    assert holds("x**2 == 2", {"x": 2**0.5}, tolerance=1e-9)
    assert not holds("x**2 == 2", {"x": 2**0.5 + 1e-6}, tolerance=1e-9)


def test_substitution_is_simultaneous():
    assert substitute("D**2 <= U*V", {"D": "U", "U": "V + 1"}) == "U ** 2 <= (V + 1) * V"


def test_a_script_declares_every_variable_and_shows_its_formulas():
    text = script(["p >= 0"], "p <= q")
    assert variables(["p >= 0", "max(p, q) <= 1"]) == ["p", "q"]
    assert "; p >= 0\n; and not: p <= q\n" in text
    assert "(declare-const q Real)" in text
    assert text.endswith("(assert (not (<= p q)))\n")
