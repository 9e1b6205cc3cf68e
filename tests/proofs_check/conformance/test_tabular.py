"""The code of the register against the sides that are proved: they agree, and an edit is noticed."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest

from proofs_check.conformance.printed_tabular import STATED
from proofs_check.conformance.tabular import (
    WITH_A_GOOD_SET,
    constant_disagreement,
    difference,
    function_disagreement,
    rational_points,
    register_disagreement,
    register_sides,
)
from theory.bounds import lemmas, lower_bounds, upper_bounds
from theory.statements.register import STATEMENTS

ANYWHERE = [id for id in STATED if id not in WITH_A_GOOD_SET]


@pytest.fixture(scope="module")
def sides():
    return register_sides(ANYWHERE)


def test_every_tabular_statement_has_its_sides_written_out():
    assert set(STATED) == {s.id for s in STATEMENTS if not s.subject.parametric}
    assert set(STATED) >= WITH_A_GOOD_SET


@pytest.mark.parametrize("id", ANYWHERE)
def test_the_register_agrees(sides, id):
    assert register_disagreement(id, sides[id], STATED[id]) is None


@pytest.mark.parametrize("id", ANYWHERE)
def test_a_deviation_of_a_billionth_is_noticed(sides, id):
    for which in ("smaller", "larger"):
        value = getattr(sides[id], which)
        edited = sides[id]._replace(**{which: value + 1e-9 * (1 + jnp.abs(value))})
        assert f"the {which} side of {id}" in register_disagreement(id, edited, STATED[id])


@pytest.mark.parametrize(
    ("id", "module", "name", "value"),
    [
        ("s3", lower_bounds, "travelled", lambda increase: -jnp.expm1(-jnp.asarray(increase))),
        ("s3", lower_bounds, "SHARPENED_PROPOSITION_3_CONSTANT", 4.0000001),
        ("thm5-fast", upper_bounds, "required_share", lambda i, v, b: (v + i) / (b + 1)),
        ("lem10", lemmas, "LEMMA_10_KL_RATE", 2.0001),
        ("lem11", lemmas, "LEMMA_11_CONSTANT", 0.184),
        ("lem9", lemmas, "_lemma_9_part", lambda p, c: p * (p * c - jnp.sum(p * c, axis=-1, keepdims=True))),
    ],
)
def test_an_edit_of_the_code_is_noticed(monkeypatch, id, module, name, value):
    monkeypatch.setattr(module, name, value)
    assert register_disagreement(id, register_sides([id])[id], STATED[id]) is not None


def test_points_are_rational_policies():
    for point in rational_points():
        assert sum(point.policy) == sum(point.reference) == 1
        assert len(set(point.proxy)) == len(point.proxy)
        assert any(point.subset)
    assert rational_points() == rational_points()


def test_differences():
    assert difference(1.0, 1.0 + 1e-14) is None
    assert "proved" in difference(1.0, 1.0 + 1e-10)
    assert "shape" in difference(np.zeros(2), 0.0)
    assert difference(math.nan, math.nan) is not None
    assert difference(math.inf, math.inf) is None
    assert difference(math.inf, -math.inf) is not None
    assert difference(1.0, math.inf) is not None
    assert constant_disagreement("C", 4.0, 4.0) is None
    assert "the statement says 4" in constant_disagreement("C", 4.01, 4.0)
    assert function_disagreement("log", jnp.log, math.exp, [(2.0,)]) is not None
    assert function_disagreement("exp", jnp.exp, math.exp, [(2.0,)]) is None
