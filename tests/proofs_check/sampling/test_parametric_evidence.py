"""Evidence about policies of any kind: sampling refutes what is false, and ascent comes closer than chance."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.instances.parametric_families import KINDS, policy_family
from proofs_check.ledger.ledger import make_ledger
from proofs_check.report.tightness import SHARPENED, tightness_rows
from proofs_check.sampling.parametric import LEVELS, ParametricSettings, measured_policies, sample_parametric
from proofs_check.search.parametric import TARGETS, SearchSettings, worst_problems
from theory.statements.register import STATEMENTS, find_statement

PARAMETRIC = [s for s in STATEMENTS if s.subject.parametric]
ONE = "log-linear, one token"
SMALL = ParametricSettings({ONE: KINDS[ONE]}, policies={ONE: 64}, flows={ONE: 8})


@pytest.fixture(scope="module")
def evidence():
    return {e.statement: e for e in sample_parametric(PARAMETRIC, settings=SMALL, seed=0)}


def test_every_statement_survives_and_every_control_is_refuted(evidence) -> None:
    assert list(evidence) == [s.id for s in PARAMETRIC]
    for item in evidence.values():
        assert item.verdict is Verdict.SURVIVED, item
        assert item.control.refuted, item
        assert item.tightness >= 1 - 1e-12 or item.statement == "martingale"


def test_a_false_statement_is_violated() -> None:
    false = [replace(find_statement(id), sides=find_statement(id).control.sides) for id in ("s2", "s6-var-rate", "s4")]
    for item in sample_parametric(false, settings=SMALL, seed=0):
        assert item.verdict is Verdict.VIOLATED


def test_ours_are_tighter_than_the_papers(evidence) -> None:
    ledger = make_ledger(list(evidence.values()), level="quick", seed=0, seconds=1.0)
    rows = tightness_rows(ledger)
    assert {row.paper for row in rows} == {"prop2", "lem5-var-rate", "lem5", "thm4"}
    assert all(row.gain > 1 for row in rows)
    ids = {s.id for s in STATEMENTS}
    assert set(SHARPENED) | {own for sharper in SHARPENED.values() for own in sharper} <= ids


def test_the_levels_are_as_large_as_they_say() -> None:
    for settings in LEVELS.values():
        assert sum(settings.policies[kind] * policy.prompts for kind, policy in settings.kinds.items()) >= 10_000
        assert sum(settings.flows.values()) >= 500


@pytest.mark.parametrize("name", ["table", "log-linear"])
def test_families_are_policies_with_rewards_that_may_be(name: str) -> None:
    with jax.enable_x64(True):
        family = policy_family(np.random.default_rng(0), 20, name, KINDS[name], own_reference=False)
    problem = family.problem
    np.testing.assert_allclose(np.exp(problem.log_reference).sum(axis=-1), 1, rtol=1e-12)
    for reward in (problem.proxy_reward, problem.ground_truth_reward):
        assert np.abs(reward).max() <= 1
    assert (family.increase > 0).all()
    assert 0 < (np.asarray(problem.kl_coefficient) == 0).mean() < 1
    measured = measured_policies(problem)
    assert measured.batch_shape == (20 * KINDS[name].prompts,)


def test_ascent_comes_close_to_what_is_attained() -> None:
    """S2 is attained for any length, by features that all prefixes share: ascent finds them, sampling hardly does."""
    with jax.enable_x64(True):
        settings = SearchSettings(("log-linear",), restarts=2, steps=150)
        _, target, ratio = worst_problems(np.random.default_rng(0), "log-linear", settings)
    assert (ratio <= 1 + 1e-9).all()
    for id, least in (("s0", 0.99), ("s2", 0.95), ("s6-var-rate", 0.5)):
        assert ratio[target == TARGETS.index(id)].max() > least, id
