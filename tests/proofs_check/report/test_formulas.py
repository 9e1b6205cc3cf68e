"""Formulas for readers: every claim can be set, the plain line means the same, and hostile texts do no harm."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.report.formulas import LONGEST, MathematicsError, mathml, mathml_pieces, plain
from theory.statements.register import STATEMENTS


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"t_\gamma \ge 2|S|(1-e^{-\gamma/2})\,T", "t_γ ≥ 2|S|(1 − e^(−γ/2)) T"),
        (r"\frac{a+b}{c+d}", "(a + b)/(c + d)"),
        (r"\frac{4|S|}{(1-\rho)^4}\left(\frac{1}{x} - \frac{1}{\rho}\right)", "(4|S|/((1 − ρ)⁴))(1/x − 1/ρ)"),
        (r"\frac{q(y)^2}{2e}", "q(y)²/(2e)"),
        (r"\frac{1}{q(1-q)}", "1/(q(1 − q))"),
        (r"\tfrac12\sqrt{\mathrm{Var}_\pi[r_{KL}]}", "½√(Var_π[r_KL])"),
        (r"\sqrt{q(1-q)}", "√(q(1 − q))"),
        (r"2\ln x", "2 ln x"),
        (r"\ln\frac{p}{q}", "ln (p/q)"),
        (r"\tfrac{d}{dt}V", "(d/dt)V"),
        (r"x^{3/2} y^{-1} z^2 J^{\pm} w'_\gamma", "x^(3/2)y⁻¹z²J^±w_γ′"),
        (r"\dot\theta = -\lambda", "θ̇ = −λ"),
        (r"E_\pi r_{KL}", "E_π r_KL"),
        (r"\sum_{y'} p", "∑_{y′}p"),
        ("r_{RM} + c gives the same velocity", "r_RM + c gives the same velocity"),
        (
            r"\mathrm{Var} = 4q for +1 on an output of probability q, -1 elsewhere",
            "Var = 4q for +1 on an output of probability q, −1 elsewhere",
        ),
        ("h = g^(1-p) has h' <= -c (p-1), x >= 0", "h = g^(1-p) has h' ≤ -c (p-1), x ≥ 0"),
        ("no mathematics", "no mathematics"),
    ],
)
def test_plain_lines(latex: str, line: str) -> None:
    assert plain(latex) == line


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        ("r_{RM}", "RM"),
        ("r_{KL} = 0", "KL"),
        (r"KL(\pi|\pi_0)", "KL"),
        (r"\pi_{ref}(y)", "ref"),
        ("p_{min}", "min"),
        (r"\min\pi_{ref}", "min"),
        ("r_{BoN}", "BoN"),
        (r"Var_\pi[r]", "Var"),
        (r"\mathrm{Var}[r]", "Var"),
        (r"a_{opt} \le 1", "opt"),
    ],
)
def test_a_name_of_several_letters_is_one_identifier(latex: str, name: str) -> None:
    """Which is set upright; letters beside each other would be a product, in italics."""
    found = [element.text for element in ElementTree.fromstring(mathml(latex)).iter() if element.text]
    assert name in found
    assert name[0] not in found


@pytest.mark.parametrize(("latex", "letters"), [("L J", "LJ"), ("LJ^2", "LJ"), ("n b", "nb"), (r"a_i b_{j,k}", "ijk")])
def test_a_product_stays_one(latex: str, letters: str) -> None:
    found = [element.text for element in ElementTree.fromstring(mathml(latex)).iter() if element.text]
    assert set(letters) <= set(found)


def _texts(markup: str) -> str:
    return "".join(ElementTree.fromstring(markup).itertext())


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.id)
def test_the_pieces_of_a_formula_are_all_of_it(statement) -> None:
    for latex in (statement.latex, *(h.latex for h in statement.hypotheses)):
        pieces = mathml_pieces(latex)
        assert "".join(map(_texts, pieces)) == _texts(mathml(latex))
        for piece in pieces[1:]:
            first = ElementTree.fromstring(piece)[0]
            first = first[0] if first.tag == "mstyle" else first
            assert (first.tag, first.get("form")) == ("mo", "infix")


def test_only_long_formulas_are_cut_and_never_after_a_bracket_or_before_a_sign() -> None:
    assert len(mathml_pieces(r"a + b \le c")) == 1
    long = r"f(-x_{ref}) + \textstyle\sum_y (-\pi(y) + a_{ref}) \ge -\frac{a + b + c + d}{e + f + g + h}"
    assert [_texts(piece) for piece in mathml_pieces(long)] == [
        "f(−xref)",
        "+∑y(−π(y)",
        "+aref)",
        "≥−a+b+c+de+f+g+h",
    ]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.id)
def test_every_claim_and_hypothesis_reads(statement) -> None:
    for latex in (statement.latex, *(h.latex for h in statement.hypotheses)):
        line = plain(latex)
        assert "\\" not in line
        assert "\0" not in line
        assert line.isprintable()
        for opening, closing in ("()", "[]", "{}"):
            # The half-open bracket of an interval would be the only exception, and no claim has one.
            assert line.count(opening) == line.count(closing), line
        assert ElementTree.fromstring(mathml(latex)).tag == "math"


@pytest.mark.parametrize(
    "latex",
    [
        r"\nosuchcommand{x}",
        r"\frac{",
        "x^",
        r"\left(",
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:red}{x}",
        "{" * 3000,
        "x" * (LONGEST + 1),
        "\x1b[31m\\le",
    ],
)
def test_what_cannot_be_set_is_refused_and_shown_as_it_is(latex: str) -> None:
    with pytest.raises(MathematicsError):
        mathml(latex)
    assert plain(latex) in (latex, latex.replace("<=", "≤"))


def test_markup_in_a_formula_is_escaped() -> None:
    assert "<script" not in mathml(r"\text{<script>alert(1)</script>} \le x")
    assert "<script" not in mathml("<script>x</script>")


@given(st.text(max_size=60))
def test_any_text_is_shown(text: str) -> None:
    assert isinstance(plain(text), str)
    try:
        root = ElementTree.fromstring(mathml(text))
    except MathematicsError:
        return
    assert root.tag == "math"
