"""Trials: statements survive, controls are refuted, recorded instances are replayed, edited constants fail."""

from __future__ import annotations

import pytest

from flatscape.notebook.evidence import view
from flatscape.notebook.evidence.replay import replayed
from flatscape.notebook.evidence.trial import compare, recorded_instance, try_statement
from theory.errors import InvalidInputError
from theory.statements.register import find_statement

KINDS = ("lem7", "lem8", "lem10", "prop1", "prop3", "thm6-fast", "s2")
"""Identities, inequalities, paths, Best-of-N, hitting times from both sides, and policies with parameters."""


@pytest.mark.parametrize("id", KINDS)
def test_statements_survive_and_controls_do_not(id: str) -> None:
    trial = try_statement(id)
    assert len(trial.ratios) > 0
    assert trial.evidence.violations == 0
    assert trial.evidence.control.refuted
    assert trial.tightest is not None
    assert trial.refuted is not None
    if trial.statement.relation.value == "<=":
        assert trial.refuted.smaller > trial.refuted.larger
        assert trial.tightest.smaller <= trial.tightest.larger * (1 + 1e-9)
        assert trial.tightest.larger / trial.tightest.smaller == pytest.approx(trial.ratios[0], rel=1e-6)
    else:
        assert trial.tightest.smaller == pytest.approx(trial.tightest.larger, rel=1e-9, abs=1e-12)


def test_a_statement_about_functions_has_no_instances() -> None:
    with pytest.raises(InvalidInputError, match="no instances"):
        try_statement("lem1")


def test_an_unknown_statement() -> None:
    with pytest.raises(InvalidInputError, match="Did you mean prop3"):
        try_statement("prop33")


@pytest.mark.parametrize("record", [{}, {"problem": None}, {"problem": {"proxy_reward": [1, 0]}}])
def test_what_is_no_instance_is_refused(record: dict) -> None:
    with pytest.raises(InvalidInputError):
        recorded_instance(find_statement("prop3"), record)


def test_an_instance_is_replayed_to_the_same_sides() -> None:
    trial = try_statement("prop3")
    assert trial.instance is not None
    again = compare(trial.statement, trial.instance)
    assert again == trial.tightest
    # What the record says of the time is not believed.
    assert compare(trial.statement, trial.instance | {"hitting_time": 1e9}) == trial.tightest


def test_an_edited_constant_fails() -> None:
    trial = try_statement("prop3")
    assert "It holds on all" in view.edited(trial, 1.0)
    assert view.failures(trial, 1.0) == 0
    # The paper's constant 2 may be doubled and no more.
    assert view.failures(trial, 1.99) == 0
    assert view.failures(trial, 2.05) > 0
    assert "It FAILS on" in view.edited(trial, 2.05)
    # What the page watches is there before and after.
    assert all('data-note="edited"' in view.edited(trial, factor) for factor in (1.0, 2.05))
    assert "<svg" in view.draw_ratios(trial, 2.05)


def test_an_edited_identity_fails() -> None:
    trial = try_statement("lem7")
    assert "It holds" in view.edited(trial, 1.0)
    assert "It FAILS" in view.edited(trial, 1.01)


def test_the_page() -> None:
    trial = try_statement("prop3")
    assert "3,331 instances" in view.tightest(trial)
    assert "refuted" in view.control(trial)
    assert "<svg" in replayed(trial)
    assert "<svg" not in replayed(try_statement("lem8"))
    assert "<math" in view.claim(trial.statement)


def test_every_statement_can_be_chosen_and_has_a_claim() -> None:
    for id in view.choices().values():
        assert "formula" in view.claim(find_statement(id))


def test_a_proof_is_shown_step_by_step() -> None:
    proof = view.checked_proof("lem8")
    assert proof is not None
    assert proof.steps is not None
    shown = view.proof(proof)
    assert shown.count("<details>") == len(proof.steps)
    assert "proved, checked now" in shown
    assert "No proof is registered" in view.proof(None)
