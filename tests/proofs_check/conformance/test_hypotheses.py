"""The hypotheses of the register are those that are printed: each is compared at its limit, and an edit is noticed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from proofs_check.conformance import hypotheses as hypothesis_agreement
from proofs_check.conformance import parametric as parametric_conformance
from proofs_check.conformance.hypotheses import (
    expected,
    found_hypotheses,
    hypothesis_disagreement,
    points_and_sides,
    register_hypotheses,
)
from proofs_check.conformance.hypotheses import (
    hypothesis_agreement as sentence,
)
from proofs_check.conformance.hypothesis_points import hypothesis_points
from proofs_check.conformance.parametric import parametric_disagreement, register_values
from proofs_check.conformance.parametric_points import edge_points, parametric_instance_of, parametric_points
from proofs_check.conformance.printed_good_sets import above_average
from proofs_check.conformance.printed_hypotheses import STATED_HYPOTHESES
from proofs_check.conformance.printed_tabular import STATED
from proofs_check.evidence.verdict import Verdict
from proofs_check.proofs import prover
from proofs_check.proofs.register import PROOFS
from tests.proofs_check.conformance.hypothesis_mutants import CHAINS, concerns, mutants_of, reached_by, register_with
from tests.proofs_check.proofs.test_register import Agreeable, Alone, agreed
from theory.bounds import upper_bounds
from theory.instances import upper_bounds as instance_upper_bounds
from theory.statement import Hypothesis, Statement
from theory.statements.register import STATEMENTS, find_statement
from theory.statements.tabular import hitting_time_hypotheses
from tools.mutation.operators import Mutant

WITH_HYPOTHESES = [s for s in STATEMENTS if s.hypotheses]
TABULAR = [s.id for s in WITH_HYPOTHESES if not s.subject.parametric]


def disagreement(statement: Statement) -> str | None:
    """What the comparison says of a statement that stands in the place of the registered one of its id."""
    if statement.subject.parametric:
        with jax.enable_x64(True):
            instance = jax.tree.map(
                jnp.asarray, parametric_instance_of((*parametric_points(), *edge_points()), statement.subject)
            )
            return parametric_disagreement(statement.id, register_values(statement, instance))
    return hypothesis_disagreement(statement.id, found_hypotheses(statement))


def test_every_hypothesis_of_the_register_is_restated():
    registered = {s.id: [h.name for h in s.hypotheses] for s in WITH_HYPOTHESES if not s.subject.parametric}
    assert {id: list(stated) for id, stated in STATED_HYPOTHESES.items()} == registered


def test_controls_ask_for_no_other_hypotheses():
    """They are compared with the statements', of which they may leave some out."""
    assert all(set(s.control.hypotheses) <= set(s.hypotheses) for s in STATEMENTS)


@pytest.mark.parametrize("id", TABULAR)
def test_the_register_agrees(id):
    assert hypothesis_disagreement(id) is None
    assert "its hypotheses at" in sentence(id)


def test_compiled_together_the_code_says_the_same():
    for id, together in register_hypotheses(TABULAR).items():
        alone = found_hypotheses(find_statement(id))
        assert list(together.holds) == list(alone.holds)
        for name, holds in alone.holds.items():
            np.testing.assert_array_equal(together.holds[name], holds)
        np.testing.assert_array_equal(together.applies, alone.applies)
        statement = find_statement(id)
        for (_, found), (_, wanted) in zip(
            points_and_sides(statement, together), points_and_sides(statement, alone), strict=True
        ):
            for side, own in zip(found, wanted, strict=True):
                np.testing.assert_allclose(side, own, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("id", TABULAR)
def test_each_hypothesis_holds_fails_alone_and_is_at_its_limit_on_both_sides(id):
    points = hypothesis_points()
    stated = expected(id)
    for name, hypothesis in STATED_HYPOTHESES[id].items():
        others = [values for other, values in stated.holds.items() if other != name]
        # One that has no meaning there is taken along: it speaks of what the failing one rules out.
        alone = [h for k, h in enumerate(stated.holds[name]) if all(values[k] is not False for values in others)]
        assert {True, False} <= set(alone), name
        slacks = [float(s) for s in map(hypothesis.slack, points) if s is not None]
        assert any(0 < s < 1e-8 for s in slacks) or name in (
            "one-output-rewarded",
            "no-kl-term",
            "uniform-reference",
        ), name
        if name != "reward-varies":
            assert any(-1e-8 < s < 0 for s in slacks), name
        else:
            assert 0.0 in slacks
    assert sum(stated.compared) >= 5


def test_what_has_no_meaning_is_ruled_out_by_another_hypothesis():
    for id in TABULAR:
        values = expected(id).holds.values()
        for k in range(len(hypothesis_points())):
            here = [holds[k] for holds in values]
            assert None not in here or False in here


def test_the_points_have_what_is_hard():
    applicable = {
        id: [p for p, a in zip(hypothesis_points(), expected(id).applies, strict=True) if a]
        for id in ("prop4", "s-prop4")
    }
    for points in applicable.values():
        several = [p for p in points if len(p.truth) - p.truth.count(min(p.truth)) >= 2]
        assert any(p.coefficient > 0 and len(above_average(p)) > 2 for p in several)
        assert any(p.good_set and p.coefficient > 0 for p in points)
        assert len({p.prompts for p in points}) > 3
        assert {max(range(len(p.proxy)), key=lambda k: p.proxy[k]) for p in points} >= {0, 1, 2, 3}


def always(value: bool) -> Callable[[Hypothesis], Hypothesis]:
    return lambda h: replace(h, holds=lambda i: jnp.full(i.batch_shape, value))


EDITS: dict[str, Callable[[Hypothesis], Hypothesis]] = {
    "always": always(True),
    "never": always(False),
    "the other way round": lambda h: replace(h, holds=lambda i: ~jnp.asarray(h.holds(i))),
    "another name": lambda h: replace(h, name=f"{h.name}-too"),
}


def remembered(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, computed once for each instance: what is edited beside it does not change it."""
    known: dict[int, tuple[Any, Any]] = {}

    def value(instance: Any) -> Any:
        if id(instance) not in known:
            # The instance is kept, so that no other one gets its number.
            known[id(instance)] = (instance, function(instance))
        return known[id(instance)][1]

    return value


@pytest.mark.parametrize("statement", WITH_HYPOTHESES, ids=lambda s: s.id)
def test_an_edited_hypothesis_is_noticed(statement):
    hypotheses = tuple(replace(h, holds=remembered(h.holds)) for h in statement.hypotheses)
    statement = replace(statement, hypotheses=hypotheses, sides=remembered(statement.sides))
    for place in range(len(hypotheses)):
        for what, edit in EDITS.items():
            edited = (*hypotheses[:place], edit(hypotheses[place]), *hypotheses[place + 1 :])
            assert disagreement(replace(statement, hypotheses=edited)) is not None, what
        assert disagreement(replace(statement, hypotheses=hypotheses[:place] + hypotheses[place + 1 :])) is not None
    one_more = (*hypotheses, Hypothesis("one-more", "", lambda i: jnp.ones(i.batch_shape, bool)))
    assert disagreement(replace(statement, hypotheses=one_more)) is not None
    assert disagreement(statement) is None


@pytest.mark.parametrize("statement", [s for s in WITH_HYPOTHESES if s.id in PROOFS], ids=lambda s: s.id)
def test_an_edited_hypothesis_undoes_the_proof(monkeypatch, statement):
    """What holds most often is narrowed: that hides violations, and is an edit like any other."""
    edited = replace(statement, hypotheses=tuple(always(True)(h) for h in statement.hypotheses))

    def find(id: str) -> Statement:
        return edited if id == statement.id else find_statement(id)

    for module in (parametric_conformance, hypothesis_agreement):
        monkeypatch.setattr(module, "find_statement", find)
    # An identity takes seconds to check, and is not what is asked here.
    monkeypatch.setattr(prover, "identity_step", agreed)
    proof = Alone(Agreeable(), PROOFS).proof(statement.id)
    assert proof.verdict is Verdict.VIOLATED
    assert any("hypotheses of" in (step.reason or "") for step in proof.steps)


_KL_LIMIT, _MASS_LIMIT = upper_bounds.proposition_4_kl_limit, upper_bounds.proposition_4_mass_limit
_THEOREM_5_LIMIT, _THEOREM_6_LIMIT = upper_bounds.theorem_5_fast_kl_limit, upper_bounds.theorem_6_fast_kl_limit


@pytest.mark.parametrize(
    ("id", "module", "name", "value"),
    [
        ("prop4", upper_bounds, "proposition_4_kl_limit", lambda *q: 2 * _KL_LIMIT(*q)),
        ("prop4", upper_bounds, "proposition_4_mass_limit", lambda *q: 0.99 * _MASS_LIMIT(*q)),
        ("prop4", upper_bounds, "PROPOSITION_4_CONSTANT", 4.0001),
        ("thm5-fast", upper_bounds, "theorem_5_fast_kl_limit", lambda *q: 1.01 * _THEOREM_5_LIMIT(*q)),
        ("thm6-fast", upper_bounds, "theorem_6_fast_kl_limit", lambda *q: 0.99 * _THEOREM_6_LIMIT(*q)),
        ("s-prop4", upper_bounds, "LARGEST_LOSS", 0.9),
        ("s-prop4", upper_bounds, "LARGEST_LOSS", 0.4999),
        ("s-prop4", upper_bounds, "BAD_GROWTH_RATE", 16 / 27 * 0.99),
        ("s-prop4", upper_bounds, "kl_loss", lambda c, m, p, q, k, n: 2 * n * c * m / (k * p * q**2)),
        ("s-thm5-fast", upper_bounds, "logistic_span", lambda mass, remaining, shortfall: remaining / mass),
        ("s-thm6-fast", upper_bounds, "one_rewarded_margin", lambda outputs: 2.0),
        ("s-prop4", instance_upper_bounds, "eligible_outputs", lambda i: jnp.ones_like(i.problem.proxy_reward, bool)),
    ],
)
def test_an_edit_of_the_code_is_noticed(monkeypatch, id, module, name, value):
    monkeypatch.setattr(module, name, value)
    assert hypothesis_disagreement(id) is not None


@pytest.mark.parametrize("allowed", [0.2, 0.99, 1.01])
@pytest.mark.parametrize("id", ["s-thm5-fast", "s-thm6-fast"])
def test_a_loss_cut_short_is_noticed_as_one_too_large(id, allowed):
    """Narrower hypotheses are as bad as wider ones: what they leave out is never checked."""
    good = {"s-thm5-fast": instance_upper_bounds.best_alone, "s-thm6-fast": hitting_time_hypotheses.one_rewarded}[id]
    statement = find_statement(id)
    *others, last = statement.hypotheses
    edited = replace(last, holds=lambda i: jnp.asarray(instance_upper_bounds.kl_loss(i, good(i))) < allowed)
    assert "small-kl-coefficient is" in disagreement(replace(statement, hypotheses=(*others, edited)))


@pytest.mark.parametrize("id", TABULAR)
def test_any_difference_at_any_point_is_noticed(id):
    found = found_hypotheses(find_statement(id))
    places = range(0, len(hypothesis_points()), 7)
    for place in places:
        applies = found.applies.copy()
        applies[place] = ~applies[place]
        assert "not those of the proof" in hypothesis_disagreement(id, found._replace(applies=applies))
    for name, values in expected(id).holds.items():
        for place in places:
            if values[place] is not None:
                holds = found.holds[name].copy()
                holds[place] = ~holds[place]
                changed = found._replace(holds={**found.holds, name: holds})
                assert f"its hypothesis {name}" in hypothesis_disagreement(id, changed)


@pytest.mark.parametrize("id", TABULAR)
def test_sides_are_compared_where_the_statement_applies(id):
    found = found_hypotheses(find_statement(id))
    for which in ("smaller", "larger"):
        moved = tuple(s._replace(**{which: np.asarray(getattr(s, which)) * (1 + 1e-9) + 1e-9}) for s in found.sides)
        assert f"the {which} side of {id}" in hypothesis_disagreement(id, found._replace(sides=moved))
    assert id in STATED


SHARE = 6
"""Of the faults in what hypotheses call, every so manieth is tried; of those in hypotheses, all."""

EQUIVALENT = {
    # Limits that no float64 number meets: the logarithm of a probability is in them.
    "theory.statements.tabular.hitting_time_hypotheses": (
        ("boundary", "theorem_5_kl_limit(i)"),
        ("boundary", "theorem_6_kl_limit(i)"),
        ("boundary", "proposition_4_kl_limit(i)"),
        ("boundary", "best_alone(i))) < 1"),
        ("boundary", "one_rewarded(i))) < 1"),
    ),
    # The same; and the hyperbolic cosine and a fourth power are even.
    "theory.bounds.upper_bounds": (
        ("boundary", "jnp.asarray(loss) <"),
        ("swap", "jnp.log(mass) - jnp.log(remaining"),
        ("swap", "1 - share -> (share - 1)"),
    ),
    # Not used by the statements about one output; an index past the end of an axis of length one.
    "theory.instances.upper_bounds": (("function", "zeros_like -> ones_like"),),
    "theory.instances.lower_bounds": (("constant", "0 -> 1"),),
}
"""The faults that change nothing, by module: the operator, and a part of what it does."""

CHOOSING = ("_best_prefix", "choose_good_set", "hypotheses_hold", "mass_left_out", "describe_good_set")
"""What picks a set of good outputs. Statements hold for every set, so that another choice is no fault of theirs; most
are noticed all the same."""

PLACES = [(part, module) for part, chain in CHAINS.items() for module in chain]


@pytest.mark.slow
@pytest.mark.parametrize(("part", "module"), PLACES)
def test_faults_in_the_code_of_hypotheses_are_noticed(part, module):
    statements = [s for s in WITH_HYPOTHESES if s in getattr(importlib.import_module(CHAINS[part][-1]), part)]
    subject = statements[0].subject
    instance = (
        parametric_instance_of((*parametric_points(), *edge_points()), subject)
        if subject.parametric
        else hypothesis_agreement.batches(subject)[0]
    )
    reached = {s.id: reached_by(s, instance) for s in statements}
    tried, survivors = 0, []
    for place, mutant in enumerate(mutants_of(module)):
        ids = [id for id, reach in reached.items() if concerns(mutant, reach)]
        whole = module.endswith(("statements", "hypotheses"))
        if not ids or (place % SHARE and not whole):
            continue
        tried += 1
        if not noticed(part, mutant, ids) and not changes_nothing(mutant):
            survivors.append(mutant)
    assert [m.id for m in survivors if m.scope not in CHOOSING] == []
    assert len(survivors) <= 0.25 * tried


def changes_nothing(mutant: Mutant) -> bool:
    known = EQUIVALENT.get(mutant.module, ())
    return any(operator == mutant.operator and text in mutant.difference for operator, text in known)


def noticed(part: str, mutant: Mutant, ids: list[str]) -> bool:
    try:
        with register_with(part, mutant) as register:
            return any(disagreement(register[id]) is not None for id in ids)
    except (ArithmeticError, AssertionError, IndexError, KeyError, TypeError, ValueError):
        # What breaks down is noticed.
        return True
