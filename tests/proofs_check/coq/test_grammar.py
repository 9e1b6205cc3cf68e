"""The grammar of what Coq prints."""

from __future__ import annotations

import pytest

from proofs_check.coq.grammar import UnreadableTerm, parse_printed, parse_term
from proofs_check.coq.terms import Apply, Branch, Fix, Forall, Fun, Let, Match, Name


def test_every_form_of_a_term():
    assert parse_term("Rdefinitions.IZR BinNums.Z0") == Apply(Name("IZR"), (Name("Z0"),))
    assert parse_term("FiniteSum.rsum") == Name("FiniteSum.rsum")
    assert parse_term("Flat.Statements.total n") == Apply(Name("Statements.total"), (Name("n"),))
    assert parse_term("fun (x y : nat) (_ : R) => x") == Fun(
        "x", Name("nat"), Fun("y", Name("nat"), Fun("_", Name("R"), Name("x")))
    )
    assert parse_term("forall _ : lt x n, P") == Forall("_", Apply(Name("lt"), (Name("x"), Name("n"))), Name("P"))
    assert parse_term("let p : R := q in p") == Let("p", Name("R"), Name("q"), Name("p"))
    assert parse_term("match n return R with\n| O => a\n | S n' => b\n end") == Match(
        Name("n"), (Branch("O", (), Name("a")), Branch("S", ("n'",), Name("b")))
    )
    assert parse_term("fix f (n : nat) {struct n} : nat := f n") == Fix("f", ("n",), Apply(Name("f"), (Name("n"),)))
    assert parse_term("@eq nat (f x) y") == Apply(Name("eq"), (Name("nat"), Apply(Name("f"), (Name("x"),)), Name("y")))


def test_names_that_begin_like_words_of_the_language():
    assert parse_term("inside initial format") == Apply(Name("inside"), (Name("initial"), Name("format")))


@pytest.mark.parametrize("text", ["", "(", "fun x => x", "a + b", "let x := y in z"])
def test_anything_else_is_refused(text):
    with pytest.raises(UnreadableTerm, match="cannot be read"):
        parse_term(text)


def test_what_check_and_print_say():
    text = (
        "Statements.s3\n     : forall n : nat, P n\n"
        "Statements.total = fun n : nat => match n return R with\n     | O => a\n   | S _ => b\n end\n"
        "     : forall _ : nat, R\n\nArguments Statements.total n%nat_scope\n"
    )
    found = parse_printed(text)
    assert set(found) == {"Statements.s3", "Statements.total"}
    assert isinstance(found["Statements.s3"], Forall)
    assert isinstance(found["Statements.total"], Fun)
