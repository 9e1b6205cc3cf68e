"""Margins: their signs are those of the hypotheses, and their sizes are relative distances to the limits."""

from __future__ import annotations

import math
from dataclasses import replace

import jax
import numpy as np
import pytest

from proofs_check.instances import tabular_families as families
from proofs_check.instances.limit_families import limits_with_kl, limits_without_kl
from proofs_check.instances.references import with_references
from theory.instances import hypothesis_margins
from theory.instances.lower_bounds import proposition_4_kl_limit, proposition_4_mass_limit
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Hypothesis, Subject
from theory.statements.register import STATEMENTS, find_statement
from theory.statements.tabular import hitting_time_hypotheses
from theory.tabular.problem import make_problem

TIMED = {s.id: s for s in STATEMENTS if s.direction.value != "none" and not s.subject.parametric}


@pytest.fixture(scope="module")
def batches():
    """Problems on both sides of every hypothesis: arbitrary ones, and those at the limits."""
    rng = np.random.default_rng(2)
    makers = (families.arbitrary_problems, limits_without_kl, limits_with_kl)
    found = [make(rng, 400, 5) for make in makers]
    return [HittingTimeInstance(problem=f.problem, increase=f.increase, good_set=f.good_set) for f in found]


@pytest.fixture(scope="module")
def references():
    """Uniform references and others, and a flow that stands still: a constant reward model, and no move from it."""
    rng = np.random.default_rng(3)
    drawn = with_references(rng, families.arbitrary_problems(rng, 400, 5))
    still = replace(
        drawn,
        problem=replace(drawn.problem, proxy_reward=np.zeros((400, 5))),
        reference=drawn.problem.initial_log_probabilities,
    )
    return [drawn, still]


@pytest.mark.parametrize("id", TIMED)
def test_signs_are_those_of_the_hypotheses(batches, references, id):
    measured = [h for h in TIMED[id].hypotheses if h.margin is not None]
    assert measured
    compute = jax.jit(lambda i: [(h.holds(i), h.margin(i)) for h in measured])
    for instance in references if TIMED[id].subject is Subject.REFERENCE else batches:
        for hypothesis, (holds, margin) in zip(measured, compute(instance), strict=True):
            holds, margin = np.asarray(holds), np.asarray(margin)
            assert np.isfinite(margin).all(), hypothesis.name
            assert (margin[holds] >= 0).all(), hypothesis.name
            assert (margin[~holds] <= 0).all(), hypothesis.name


def test_distances_are_relative():
    value = np.array([0.0, 0.9, 1.0, 2.0, np.inf, 0.0, np.nan, 1.0, 1.0, -4.0, -4.0, 4.0])
    limit = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, np.nan, np.inf, 1.0, -3.0, -2.0])
    np.testing.assert_allclose(
        np.asarray(hypothesis_margins.headroom(value, limit)), [1, 0.1, 0, -0.5, -1, 1, -1, -1, 1, 1.25, 0.25, -1.5]
    )


def bad_output(bad: float, coefficient: float = 0.0, increase: float = 0.01) -> HittingTimeInstance:
    problem = make_problem(
        initial_logits=np.log([0.5, 0.5 - bad, bad]),
        proxy_reward=[0.9, -1.0, 1.0],
        ground_truth_reward=[1.0, -1.0, -1.0],
        kl_coefficient=coefficient,
    )
    return HittingTimeInstance(problem=problem, increase=increase)


@pytest.mark.parametrize(("share", "margin"), [(0.5, 0.5), (0.95, 0.05), (1.25, -0.2)])
def test_proposition_4s_limits(share, margin):
    at = bad_output(1e-12)
    kl = share * float(proposition_4_kl_limit(at))
    assert float(margin_of(hitting_time_hypotheses.PROPOSITION_4_KL, regularized(at, kl))) == pytest.approx(
        margin, rel=1e-6
    )
    # What the limit is depends on the mass a little.
    mass = share * float(proposition_4_mass_limit(at))
    limit = float(proposition_4_mass_limit(bad_output(mass)))
    exact = (limit - mass) / max(limit, mass)
    assert float(margin_of(hitting_time_hypotheses.PROPOSITION_4_MASS, bad_output(mass))) == pytest.approx(
        exact, rel=1e-9
    )
    assert exact == pytest.approx(margin, abs=0.02)


@pytest.mark.parametrize("id", ["s-thm5-fast", "s-thm6-fast", "s-prop4"])
def test_losses(id):
    problem = make_problem(
        initial_probabilities=[0.5, 0.3, 0.2], proxy_reward=[1.0, -1.0, -1.0], ground_truth_reward=[1.0, -1.0, -1.0]
    )
    at, loss = HittingTimeInstance(problem=problem, increase=0.1), find_statement(id).hypotheses[-1]
    unit = 1e-6 / (1 - float(margin_of(loss, regularized(at, 1e-6))))
    for share, expected in ((0.5, 0.5), (0.95, 0.05), (1.25, -0.2)):
        assert float(margin_of(loss, regularized(at, share * unit))) == pytest.approx(expected, rel=1e-6)


def test_rewards_and_gains():
    policy, proxy = [0.25, 0.25, 0.5], np.array([0.9, 0.9 - 0.76, 0.9 - 0.99])
    problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=[1.0, 0.5, -1.0])
    at = HittingTimeInstance(problem=problem, increase=1.0)
    # `V_G` is -1/8: the gains are 9/8 and 5/8.
    assert float(hypothesis_margins.best_is_good(at)) == pytest.approx((9 / 8 - 1) / (9 / 8))
    assert float(hypothesis_margins.two_good(at)) == pytest.approx(5 / 8 - 1)
    # The distances are 0.76 and 0.99, the interval (0.75, 1).
    assert float(hypothesis_margins.best_stands_out(at)) == pytest.approx(0.01 / 0.25)
    assert float(hypothesis_margins.reward_varies(at)) == pytest.approx(0.495)
    assert float(hypothesis_margins.inside_unit_range(at)) == pytest.approx(0.01)
    above = proxy - policy @ proxy
    assert float(hypothesis_margins.others_below_average(at)) == pytest.approx(-above[1] / 0.99)


def test_sets():
    problem = make_problem(
        initial_probabilities=[0.25, 0.25, 0.5], proxy_reward=[1.0, 0.5, -1.0], ground_truth_reward=[1.0, 1.0, -1.0]
    )
    at = HittingTimeInstance(problem=problem, increase=0.5, good_set=np.array([True, True, False]))
    # `V_G = 0`, `V_RM = -1/8`: gains of 1 against 0.5, rewards 9/8 and 5/8 above the average, of a range of 2.
    assert (
        float(hypothesis_margins.paper_good_set(at))
        == float(hypothesis_margins.sharpened_good_set(at))
        == pytest.approx(5 / 16)
    )
    # `rho = 3/4`: `delta = 9/32 - 1/2`; `kappa = 2 - (1/2)/(1/4)`, `h` being -1.
    assert float(hypothesis_margins.positive_margin(at)) == pytest.approx((9 / 32 - 1 / 2) / (1 / 2))
    assert float(hypothesis_margins.sharpened_margin(at)) == pytest.approx(0, abs=1e-15)
    nothing = replace(at, increase=1.25, good_set=None)
    assert float(hypothesis_margins.paper_good_set(nothing)) == pytest.approx(-0.2)
    assert not math.isnan(float(hypothesis_margins.sharpened_margin(nothing)))


def margin_of(hypothesis: Hypothesis, at: HittingTimeInstance):
    assert hypothesis.margin is not None
    return hypothesis.margin(at)


def regularized(at: HittingTimeInstance, coefficient: float) -> HittingTimeInstance:
    return replace(at, problem=replace(at.problem, kl_coefficient=np.float64(coefficient)))
