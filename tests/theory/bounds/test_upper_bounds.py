"""Our upper bounds: the integral against quadrature, the closed form they attain, and the paper's bounds above them."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from proofs_check.instances import tabular_families as families
from proofs_check.instances.limit_families import limits_with_kl
from theory.bounds import upper_bounds
from theory.instances import upper_bounds as instance_upper_bounds
from theory.instances.tabular import HittingTimeInstance
from theory.statements.register import find_statement
from theory.tabular.exact_solutions import one_against_equals_policy, one_against_equals_time
from theory.tabular.problem import make_problem

shares = st.floats(1e-6, 0.999)


@given(shares, shares)
def test_the_span_is_the_integral(one, other):
    start, end = sorted((one, other))
    expected, _ = quad(lambda z: 2 + 2 * np.cosh(z), np.log(start / (1 - start)), np.log(end / (1 - end)), epsrel=1e-11)
    found = upper_bounds.logistic_span(start, end - start, 1 - end)
    assert float(found) == pytest.approx(expected, rel=1e-8, abs=1e-300)


def test_a_tiny_span_keeps_its_digits():
    assert float(upper_bounds.logistic_span(0.5, 1e-14, 0.5)) == pytest.approx(16e-14, rel=1e-12)
    assert float(upper_bounds.logistic_span(1e-300, 0.5, 0.5)) == pytest.approx(1e300, rel=1e-12)


@pytest.mark.parametrize(("start", "outputs", "worst"), [(0.3, 2, -1.0), (0.05, 7, -0.25), (1e-4, 40, 0.5)])
def test_theorem_6_attains_ours(start, outputs, worst):
    """One output worth more than the others, which are all at the worst, whatever that is."""
    policy, proxy = one_against_equals_policy(start, outputs)
    end = start + 0.4
    truth = np.where(proxy > 0, 0.9, worst)
    problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth, prompts=3)
    instance = HittingTimeInstance(problem=problem, increase=(end - start) * (0.9 - worst))
    bound = float(instance_upper_bounds.sharpened_theorem_6_fast_bound(instance))
    assert bound == pytest.approx(float(one_against_equals_time(start, end, outputs, 3.0)), rel=1e-12)


PAIRS = {"thm5-fast": "s-thm5-fast", "thm6-fast": "s-thm6-fast", "prop4": "s-prop4"}


@pytest.mark.parametrize("regularized", [False, True])
@pytest.mark.parametrize("paper", PAIRS)
def test_ours_apply_where_the_papers_do_and_are_at_most_half_as_large(paper, regularized):
    make = {
        "thm5-fast": partial(families.theorem_5_problems, fast=True),
        "thm6-fast": families.theorem_6_problems,
        "prop4": families.proposition_4_problems,
    }[paper]
    one, other = find_statement(paper), find_statement(PAIRS[paper])
    for outputs in (3, 9):
        family = make(np.random.default_rng(5), 500, outputs, regularized=regularized)
        instance = HittingTimeInstance(problem=family.problem, increase=family.increase, hitting_time=np.ones(500))
        evaluate = jax.jit(lambda i: [(s.applies(i), s.sides(i).larger) for s in (one, other)])
        (applies, bound), (ours_apply, ours) = evaluate(instance)
        applies = np.asarray(applies)
        assert applies.sum() > 300
        assert np.asarray(ours_apply)[applies].all()
        assert (np.asarray(ours)[applies] <= np.asarray(bound)[applies] / 2).all()


@pytest.mark.parametrize("outputs", [4, 8])
def test_ours_allows_every_set_that_proposition_4_allows(outputs):
    """Up to its limits, with bad outputs, a KL term and several good outputs; half as large here too."""
    family = limits_with_kl(np.random.default_rng(6), 400, outputs)
    instance = HittingTimeInstance(
        problem=family.problem,
        increase=family.increase,
        good_set=family.good_set,
        hitting_time=np.ones(len(family.increase)),
    )
    one, other = find_statement("prop4"), find_statement("s-prop4")
    evaluate = jax.jit(lambda i: [(s.applies(i), s.sides(i).larger) for s in (one, other)])
    (applies, bound), (ours_apply, ours) = jax.tree.map(np.asarray, evaluate(instance))
    assert applies.sum() > 300
    assert ours_apply[applies].all()
    assert (ours[applies] <= bound[applies] / 2).all()


def test_where_no_output_is_eligible_nothing_is_claimed():
    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1.0, -1.0], ground_truth_reward=[-1.0, 1.0])
    instance = HittingTimeInstance(problem=problem, increase=0.5, hitting_time=1.0)
    for id in PAIRS.values():
        assert not bool(find_statement(id).applies(instance))


@pytest.mark.parametrize(("third_reward", "largest", "largest_is_allowed"), [(0.5, 0.5, True), (-1.0, 1.0, False)])
def test_how_much_may_be_lost(third_reward, largest, largest_is_allowed):
    """At most one half with a bad output, however rare (1e-19), and below one without: two good ones, a KL term."""

    def at(coefficient):
        problem = make_problem(
            initial_logits=np.log([0.3, 0.3, 1e-19, 0.4]),
            kl_coefficient=coefficient,
            proxy_reward=[1.0, 0.99, third_reward, -1.0],
            ground_truth_reward=[1.0, 1.0, -1.0, -1.0],
        )
        return HittingTimeInstance(problem=problem, increase=0.1, hitting_time=1.0)

    def applies(share):
        return bool(find_statement("s-prop4").applies(at(share * largest / loss_at_one)))

    # To within 1e-18 the loss is the KL term's, which is linear.
    loss_at_one = 1e4 * float(instance_upper_bounds.chosen_set(at(1e-4)).loss)
    assert float(instance_upper_bounds.chosen_set(at(1e-4)).good.size) == 2
    assert [applies(share) for share in (0.01, 1 - 1e-12, 1 + 1e-12, 1.9)] == [True, True, False, False]
    losses = np.array([0.0, largest, np.nextafter(largest, 2)])
    bad_mass = 1e-19 if third_reward > 0 else 0.0
    expected = [True, largest_is_allowed, False]
    assert np.asarray(upper_bounds.loss_is_small(losses, bad_mass)).tolist() == expected


def test_bad_outputs_of_tiny_mass_are_allowed():
    """The paper's bound on them is e^(-20 ...); ours lets a bad output have 1e-4 where the paper's would not."""

    def problem(mass):
        return make_problem(
            initial_probabilities=[0.4, mass, 0.6 - mass],
            proxy_reward=[0.9, 1.0, -1.0],
            ground_truth_reward=[1.0, -1.0, -1.0],
        )

    def apply(mass):
        instance = HittingTimeInstance(problem=problem(mass), increase=0.4, hitting_time=1.0)
        return [bool(find_statement(id).applies(instance)) for id in ("prop4", "s-prop4")]

    assert apply(1e-12)[1]
    assert apply(1e-4) == [False, True]
    assert apply(0.1) == [False, False]
