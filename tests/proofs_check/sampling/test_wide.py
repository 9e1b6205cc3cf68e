"""Wide families are as wide as they say, statements hold on them, and one that is false only there is found false."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.instances.wide_families import SIZES, wide_log_policies, wide_problems, wide_rewards, wide_teachers
from proofs_check.ledger.plan import Wanted, plan
from proofs_check.sampling.wide import (
    WIDE_BATCHES,
    WideSettings,
    compares_bounds,
    sample_wide_bounds,
    sample_wide_part,
    wide_bounds,
)
from theory.instances.tabular import HittingTimeInstance
from theory.moments import variance
from theory.statement import Subject
from theory.statements.register import STATEMENTS, find_statement

FEW = WideSettings((3,), problems=256, regularized=32, policies=256, bounds=20_000)


def test_families_are_wide():
    rng = np.random.default_rng(0)
    family = wide_problems(rng, 4000, 3)
    problem, spread = (
        family.problem,
        np.asarray(variance(np.exp(wide_log_policies(rng, 4000, 3)), wide_rewards(rng, 4000, 3))),
    )
    assert problem.initial_log_probabilities.min() < -650
    assert problem.prompts.min() < 10
    assert problem.prompts.max() > 9e5
    assert family.increase.max() > 9
    assert ((spread > 0) & (spread < 1e-20)).any()
    assert spread.max() > 0.9
    assert {-1.0, 1.0} <= set(problem.proxy_reward.ravel())
    regularized = wide_problems(rng, 4000, 3, regularized=True).problem
    assert regularized.kl_coefficient.max() > 900
    assert regularized.kl_coefficient.min() < 1e-8


@pytest.mark.parametrize("outputs", SIZES)
@pytest.mark.parametrize("regularized", [False, True])
def test_teachers_meet_the_hypotheses_of_upper_bounds(outputs, regularized):
    family = wide_teachers(np.random.default_rng(1), 2000, outputs, regularized=regularized)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase)
    for id in ("thm5-fast", "s-thm5-fast", "thm6-fast", "s-thm6-fast"):
        applies = np.asarray(find_statement(id).applies(instance))
        assert applies.mean() > 0.005, id
        # Theorem 5 places the others within the best one's probability of a distance of one: below 1e-16 none fits.
        rarest = -20 if id == "thm5-fast" else -100
        assert (family.problem.initial_log_probabilities.min(axis=-1) < rarest)[applies].any()


def test_statements_hold_on_wide_families():
    """Controls need not be refuted by a few instances, nor hypotheses be met by them."""
    found = sample_wide_part(STATEMENTS, FEW, seed=3, outputs=3)
    assert {e.statement for e in found} == {s.id for s in STATEMENTS if s.subject in WIDE_BATCHES}
    # Training in steps is tried on the sizes whose groups can all be gone through.
    assert set(WIDE_BATCHES) == {s for s in Subject if s.tabular} - {Subject.RUN, Subject.GROUP_TRAINING}
    assert all(e.violations == 0 for e in found)
    assert sum(e.verdict is Verdict.SURVIVED for e in found) > 25


def test_bounds_are_compared_where_no_policy_is():
    found = sample_wide_bounds(STATEMENTS, FEW, seed=0)
    assert [item.statement for item in found] == ["s8-over-s4", "s4-over-thm4"]
    for item in found:
        assert item.verdict is Verdict.SURVIVED
        assert item.control.refuted
        assert item.tightness < 1.05
    numbers = wide_bounds(np.random.default_rng(0), 4000)
    assert (numbers.length.min(), numbers.length.max()) == (1, 64)
    assert (numbers.kl_coefficient.min(), numbers.initial_variance.max()) == (0.0, 1.0)
    assert numbers.initial_variance.min() < 1e-23
    assert numbers.initial_truth.min() == -1
    assert (numbers.path_fisher_norm <= numbers.length * numbers.path_jacobian_norm**2 / 2).all()
    applies = np.asarray(find_statement("s8-over-s4").applies(numbers))
    assert 0.5 < applies.mean() < 1


def test_s8_over_s4_needs_an_increase_that_can_be():
    """Beyond a reward of one the rise of the arcsine ends, and S4's bound goes on."""
    statement = find_statement("s8-over-s4")
    (found,) = sample_wide_bounds([replace(statement, hypotheses=statement.hypotheses[:1])], FEW, seed=0)
    assert found.verdict is Verdict.VIOLATED


def test_s4_over_theorem_4_is_false_beyond_increases_of_two():
    """What its proof uses, that no expected reward in [-1, 1] rises by more, was no hypothesis once."""
    statement = find_statement("s4-over-thm4")
    assert [h.name for h in statement.hypotheses] == ["reward-varies", "increase-at-most-two"]
    without = replace(statement, hypotheses=statement.hypotheses[:1])
    (found,) = sample_wide_bounds([without], FEW, seed=0)
    assert found.verdict is Verdict.VIOLATED
    assert found.tightest["measured"]["increase"] > 2
    with jax.enable_x64(True):
        at = replace(
            wide_bounds(np.random.default_rng(0), 3),
            length=np.ones(3),
            kl_coefficient=np.zeros(3),
            initial_variance=np.ones(3),
            path_jacobian_norm=np.ones(3),
            increase=np.array([2.0, 2.05, 10.0]),
        )
        smaller, larger, _ = statement.sides(at)
    assert (np.asarray(smaller) <= np.asarray(larger)).tolist() == [True, False, False]
    assert float(larger[2] / smaller[2]) == pytest.approx(16 / 69 * (1 - np.exp(-10)) / (1 - np.exp(-10 / 9)))


def test_the_ledger_looks_there():
    parts = plan(Wanted())
    assert {"wide: 2 outputs", "wide: 3 outputs", "wide: bounds"} <= set(parts)
    assert set(plan(Wanted(ids=("s4-over-thm4",)))) >= {"wide: bounds"}
    assert not any(name.startswith("wide") for name in plan(Wanted(ids=("s0",))))
    assert compares_bounds(find_statement("s4-over-thm4"))
    assert sum(map(compares_bounds, STATEMENTS)) == 2
