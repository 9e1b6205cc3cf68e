"""Statements about policies of any kind: the register is what is proved, in its sides and its hypotheses."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest

from proofs_check.conformance.parametric import parametric_disagreement, parametric_values
from proofs_check.conformance.parametric_points import edge_points, parametric_instance_of, parametric_points
from proofs_check.conformance.printed_parametric import PARAMETRIC_STATED
from theory.bounds import fisher_time, parameter_space
from theory.statement import Subject
from theory.statements.register import STATEMENTS


@pytest.fixture(scope="module")
def values():
    return parametric_values(list(PARAMETRIC_STATED))


def test_every_parametric_statement_has_its_sides_written_out():
    assert set(PARAMETRIC_STATED) == {s.id for s in STATEMENTS if s.subject.parametric}


@pytest.mark.parametrize("id", PARAMETRIC_STATED)
def test_the_register_agrees(values, id):
    assert parametric_disagreement(id, values[id]) is None


@pytest.mark.parametrize("id", PARAMETRIC_STATED)
def test_a_deviation_of_a_billionth_is_noticed_at_any_point(values, id):
    for which in ("smaller", "larger"):
        side = np.asarray(getattr(values[id].sides, which))
        for place in np.flatnonzero(np.isfinite(side[: len(parametric_points())])):
            moved = side.copy()
            moved[place] += 1e-9 * (1 + abs(moved[place]))
            edited = values[id]._replace(sides=values[id].sides._replace(**{which: moved}))
            assert f"the {which} side of {id}" in parametric_disagreement(id, edited)


@pytest.mark.parametrize("id", PARAMETRIC_STATED)
def test_a_hypothesis_more_or_less_is_noticed_at_any_point(values, id):
    for place in range(len(parametric_points()) + len(edge_points())):
        applies = np.array(values[id].applies)
        applies[place] = ~applies[place]
        edited = values[id]._replace(applies=applies)
        assert f"the hypotheses of {id}" in parametric_disagreement(id, edited)


@pytest.mark.parametrize("id", [s.id for s in STATEMENTS if s.subject.parametric and s.hypotheses])
def test_each_hypothesis_is_compared_on_its_own(values, id):
    for name, holds in values[id].holds.items():
        edited = np.array(holds)
        edited[-1] = ~edited[-1]
        found = parametric_disagreement(id, values[id]._replace(holds={**values[id].holds, name: edited}))
        assert f"the hypotheses of {id}" in found
        assert f"{name} is" in found
        without = {other: value for other, value in values[id].holds.items() if other != name}
        for changed in (without, values[id].holds | {"more": holds}):
            assert "are those of the proof" in parametric_disagreement(id, values[id]._replace(holds=changed))


@pytest.mark.parametrize(
    ("name", "edited", "ids"),
    [
        ("arcsine_rise", lambda increase, start: jnp.asarray(increase), {"s7", "s8", "s8-over-s4"}),
        (
            "arcsine_rise",
            lambda increase, start: jnp.arcsin(start + increase) - jnp.arcsin(start),
            {"s7", "s8", "s8-over-s4"},
        ),
        ("fisher_time_by_advantage", lambda g, v, s, many, one, top: g / jnp.sqrt(s * many * one), {"s7"}),
        ("fisher_time_by_score", lambda g, v, s, many, one, top: g / jnp.sqrt(s * many * one), {"s8", "s8-over-s4"}),
    ],
)
def test_an_edit_of_the_fisher_form_in_time_is_noticed(monkeypatch, name, edited, ids):
    monkeypatch.setattr(fisher_time, name, edited)
    values = parametric_values(["s7", "s8", "s8-over-s4"])
    assert {id for id in values if parametric_disagreement(id, values[id]) is not None} == ids


@pytest.mark.parametrize(
    ("name", "edited", "ids"),
    [
        # The other term of Theorem 4's minimum, each left out.
        ("lemma_6_share_limit", lambda coefficient: jnp.ones_like(coefficient), {"lem6", "thm4", "s4-over-thm4"}),
        ("THEOREM_4_INCREASE_DIVISOR", 1e9, {"thm4", "s4-over-thm4"}),
        ("sharpened_proposition_2", lambda v, j, length: j * length * jnp.sqrt(v / 2), {"s2", "s6-gradient"}),
        ("LEMMA_6_REWARD_LIMIT", 8.0 * (1 + 1e-8), {"lem5-var-rate", "lem5"}),
        ("LEMMA_6_KL_EXPONENT", 7 / 3 * (1 + 1e-8), {"lem6", "thm4", "s4-over-thm4"}),
        ("LEMMA_5_CLOCK", 8.0 * (1 + 1e-8), {"lem5", "lem6"}),
        ("LARGEST_INCREASE", 2.0 * (1 + 1e-8), {"s4-over-thm4"}),
        ("LARGEST_INCREASE", 2.0 * (1 - 1e-8), {"s4-over-thm4"}),
    ],
)
def test_an_edit_of_the_code_is_noticed(monkeypatch, name, edited, ids):
    monkeypatch.setattr(parameter_space, name, edited)
    values = parametric_values(list(PARAMETRIC_STATED))
    assert {id for id in PARAMETRIC_STATED if parametric_disagreement(id, values[id]) is not None} == ids


def test_the_points_tell_all_branches_apart():
    points = parametric_points()
    first = [1 - math.exp(-p.increase / 9) for p in points]
    second = [-math.expm1(-7 / (3 * p.kl_coefficient)) if p.kl_coefficient else 1.0 for p in points]
    assert {0.0} < {p.kl_coefficient for p in points}
    assert {a < b for a, b in zip(first, second, strict=True)} == {True, False}
    assert {p.variance_rate > 0 for p in points} == {True, False}
    assert {p.largest_reward > 1 for p in points} == {p.largest_reward > 8 for p in points} == {True, False}
    assert len({p.length for p in points}) > 2
    assert {p.initial_truth + p.increase > 1 for p in points} == {True, False}
    for subject in (s for s in Subject if s.parametric):
        assert parametric_instance_of(points, subject).batch_shape == (len(points),)


@pytest.mark.parametrize("id", [s.id for s in STATEMENTS if s.subject.parametric and s.hypotheses])
def test_every_hypothesis_fails_somewhere_alone_and_holds_somewhere(id):
    _, conditions = PARAMETRIC_STATED[id]
    for name, condition in conditions.items():
        rest = [other for key, other in conditions.items() if key != name]
        points = [p for p in (*parametric_points(), *edge_points()) if all(other(p) for other in rest)]
        assert {condition(point) for point in points} == {True, False}, name


def test_limits_are_met_exactly():
    """Strict inequalities differ from the others there, and only there."""
    at_share, at_reward = edge_points()[-1], edge_points()[-2]
    assert PARAMETRIC_STATED["lem5"][1]["early"](at_share) is False
    assert PARAMETRIC_STATED["lem5"][1]["moderate-reward"](at_reward) is True
    assert 2.0 in {point.increase for point in edge_points()}
    assert 1.0 in {point.initial_truth + point.increase for point in edge_points()}
