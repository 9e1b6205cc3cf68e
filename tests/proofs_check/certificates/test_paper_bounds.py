"""Bounds and hypotheses in balls are those of the register."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from proofs_check.certificates.claim import agrees
from proofs_check.certificates.paper_bounds import CLAIMS
from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.problem import ball_problem
from proofs_check.instances import tabular_families as families
from proofs_check.instances.good_set_families import good_set_problems
from theory.bounds import lower_bounds, upper_bounds
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Direction
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS

STATEMENTS = {s.id: s for s in HITTING_TIME_STATEMENTS}
FAMILIES = [
    families.nearly_extremal_problems,
    lambda rng, count, outputs: families.theorem_5_problems(rng, count, outputs, fast=False),
    lambda rng, count, outputs: families.theorem_5_problems(rng, count, outputs, fast=True, regularized=True),
    lambda rng, count, outputs: families.theorem_6_problems(rng, count, outputs, regularized=True),
    lambda rng, count, outputs: families.proposition_4_problems(rng, count, outputs, regularized=True),
    lambda rng, count, outputs: good_set_problems(rng, count, outputs, regularized=True),
    lambda rng, count, outputs: good_set_problems(rng, count, outputs, sharpened=True, regularized=True),
]


def claim(id, problem, increase, good_set=()):
    with working_precision(256):
        return CLAIMS[id](ball_problem(problem, increase)._replace(good_set=tuple(good_set)))


def test_every_statement_about_a_hitting_time_has_a_claim():
    assert set(CLAIMS) == set(STATEMENTS)


@pytest.mark.parametrize("id", CLAIMS)
def test_the_register_says_the_same(id):
    statement, met = STATEMENTS[id], 0
    evaluate = jax.jit(lambda i: (statement.sides(i), [h.holds(i) for h in statement.hypotheses]))
    for make in FAMILIES:
        family = make(np.random.default_rng(3), 12, 4)
        times = np.zeros(12)
        sets = np.zeros((12, 4), bool) if family.good_set is None else family.good_set
        instance = HittingTimeInstance(
            problem=family.problem, increase=family.increase, hitting_time=times, good_set=sets
        )
        sides, holds = evaluate(instance)
        values = np.asarray(sides.smaller if statement.direction is Direction.LOWER else sides.larger)
        for k in range(12):
            ball = claim(id, family.problem[k], float(family.increase[k]), np.flatnonzero(sets[k]).tolist())
            expected = {h.name: bool(np.asarray(x)[k]) for h, x in zip(statement.hypotheses, holds, strict=True)}
            if id in ("prop4", "s-prop4") and not all(expected.values()) and not sets[k].any():
                # Where no set will do, which of the failing ones is shown is a matter of taste.
                assert not all(ball.hypotheses.values())
                continue
            if ball.bound.is_finite():
                assert ball.hypotheses == expected
            else:
                # A reward of -1 where the best should be: nothing about such an output is certain.
                assert not all(expected.values())
            if all(expected.values()):
                met += 1
                assert agrees(ball.bound, float(values[k]))
                assert agrees(ball.bound, ball.float_bound)
    assert met >= 6


@pytest.mark.parametrize(
    ("id", "constant"),
    [
        ("s3", "SHARPENED_PROPOSITION_3_CONSTANT"),
        ("thm6-slow", "THEOREM_6_SLOW_DIVISOR"),
        ("thm5-fast", "THEOREM_5_FAST_CONSTANT"),
        ("prop4", "PROPOSITION_4_CONSTANT"),
    ],
)
def test_constants_come_from_the_theory(id, constant, monkeypatch):
    witness = STATEMENTS[id].control.witness()
    before = claim(id, witness.problem, float(witness.increase)).bound
    module = lower_bounds if hasattr(lower_bounds, constant) else upper_bounds
    monkeypatch.setattr(module, constant, 3 * getattr(module, constant))
    ratio = float(claim(id, witness.problem, float(witness.increase)).bound / before)
    assert ratio == pytest.approx(1 / 3 if "DIVISOR" in constant else 3, rel=1e-14)


def test_another_formula_does_not_agree(monkeypatch):
    witness = STATEMENTS["s3"].control.witness()
    monkeypatch.setattr(lower_bounds, "sharpened_proposition_3", lambda *q: 1.001 * lower_bounds.proposition_3(*q))
    wrong = claim("s3", witness.problem, float(witness.increase))
    assert not agrees(wrong.bound, wrong.float_bound)
    assert not agrees(wrong.bound, float("nan"))


def test_a_tie_is_not_certain():
    """A range of exactly one meets `<= 1`; the bound on the mean that equals a reward meets nothing strict."""
    from theory.tabular.problem import make_problem

    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[0.5, -0.5], ground_truth_reward=[1.0, 0.0])
    assert claim("thm5-slow", problem, 0.25).hypotheses == {"narrow-rewards": True}
    # r_G(y) = 1 against V_G(0) + gamma = 0.5 + 0.5.
    assert not claim("thm5-fast", problem, 0.5).hypotheses["best-output-is-good"]
