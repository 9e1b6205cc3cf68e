"""Definitions that theorems take as given: each is compared, and an edit of any of them shows."""

from __future__ import annotations

import pytest

from proofs_check.coq.mutants import number_mutants
from proofs_check.coq.terms import Fun, Name, rewritten
from proofs_check.formal.definitions import COMPARISONS, definition_disagreement, used
from proofs_check.formal.printed import kept_printed

PRINTED = kept_printed()
assert PRINTED is not None
DEFINITIONS = PRINTED.definitions


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_definition_is_what_it_is_taken_for(name):
    assert definition_disagreement(name, DEFINITIONS) is None


@pytest.mark.parametrize("name", COMPARISONS)
def test_an_edit_shows(name):
    term = DEFINITIONS[f"Statements.{name}"]
    for mutant in number_mutants(term):
        edited = {**DEFINITIONS, f"Statements.{name}": mutant.term}
        assert definition_disagreement(name, edited) is not None, mutant.description


@pytest.mark.parametrize(
    ("name", "inside", "with_"),
    [
        ("gradient_flow", "Statements.joint_objective", "Statements.other"),
        ("model_flow", "Statements.training_objective", "Statements.other"),
        ("hitting_time", "Statements.expectation", "Statements.variance"),
        ("differentiable", "Rabs", "Ropp"),
    ],
)
def test_another_definition_inside_shows(name, inside, with_):
    term = rewritten(DEFINITIONS[f"Statements.{name}"], lambda t: Name(with_) if t == Name(inside) else None)
    assert definition_disagreement(name, {**DEFINITIONS, f"Statements.{name}": term}) is not None


def test_what_a_theorem_uses_through_other_definitions():
    assert PRINTED is not None
    assert used(PRINTED.theorems["s3"], DEFINITIONS) == ["gradient_flow", "hitting_time"]
    assert used(PRINTED.theorems["s4"], DEFINITIONS) == ["model_flow", "differentiable"]
    assert used(PRINTED.theorems["lem4"], DEFINITIONS) == []
    assert used(Fun("x", Name("R"), Name("x")), DEFINITIONS) == []
