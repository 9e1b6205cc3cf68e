"""Functions of one variable: what vanishes, what does not, and what is not settled."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities.parametric import curves, growth_potential
from proofs_check.symbolic import vanishing
from theory.bounds import lemmas, lower_bounds, upper_bounds

CLAIMS = [
    vanishing.comparison(1),
    vanishing.comparison(-1),
    vanishing.logarithm(),
    vanishing.growth(),
    vanishing.lower_bound_integral(),
    vanishing.upper_bound_integral(),
    curves.path_length(1.0),
    curves.path_length(0.5),
    curves.hitting_time(1.0),
    curves.hitting_time(0.5),
    curves.lemma_5(),
    curves.lemma_6_share(),
    curves.exponential(),
    growth_potential.convexity(),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.name)
def test_claims(claim):
    step = vanishing.vanishing_step(claim)
    assert step.verdict is Verdict.PROVED
    assert step.control.refuted
    assert " = " in step.text


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.name)
def test_a_planted_error_is_rejected(claim):
    step = vanishing.vanishing_step(replace(claim, expressions=claim.expressions | {"planted": claim.wrong}))
    assert step.verdict is Verdict.VIOLATED
    assert step.reason.startswith("planted")


def test_what_is_not_settled_is_unknown():
    """Zero, but not by any rule that is applied; the numbers cannot tell."""
    x = vanishing.x
    hidden = sp.Piecewise((0, x < 10), (x - 10, True))
    assert vanishing.vanishes(hidden)[0] is Verdict.UNKNOWN
    assert vanishing.vanishes(hidden + 1)[0] is Verdict.VIOLATED


def test_a_control_that_is_true_stands():
    claim = vanishing.logarithm()
    assert not vanishing.vanishing_step(replace(claim, wrong=claim.expressions["value at 1"][0])).control.refuted
    assert not vanishing.vanishing_step(replace(claim, realised=False)).control.refuted


@pytest.mark.parametrize(
    ("module", "name", "value", "claim"),
    [
        (lower_bounds, "SHARPENED_PROPOSITION_3_CONSTANT", 4.02, vanishing.lower_bound_integral),
        (lower_bounds, "SHARPENED_PROPOSITION_3_CONSTANT", 3.98, vanishing.lower_bound_integral),
        (lemmas, "SHARPENED_VARIANCE_RATE_CONSTANT", 0.51, vanishing.lower_bound_integral),
        (lemmas, "SHARPENED_VALUE_RATE_CONSTANT", 0.51, vanishing.lower_bound_integral),
        (upper_bounds, "PROPOSITION_4_CONSTANT", 3.9, vanishing.upper_bound_integral),
    ],
)
def test_an_edited_constant_is_rejected(monkeypatch, module, name, value, claim):
    monkeypatch.setattr(module, name, value)
    assert vanishing.vanishing_step(claim()).verdict is Verdict.VIOLATED
