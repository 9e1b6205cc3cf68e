"""Families at the limits of Proposition 4 and S-P4: bad masses and KL coefficients are the shares asked for."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from proofs_check.instances.good_set_draft import dimension, draft_of
from proofs_check.instances.good_set_families import LEAST_BAD_MASS, at_the_limits, good_set_problems
from theory.instances.lower_bounds import good_set_of, proposition_4_kl_limit, proposition_4_mass_limit
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import chosen_set
from theory.statements.register import find_statement

COUNT = 300


def drafted(outputs: int, *, sharpened: bool):
    numbers = np.random.default_rng(3).random((COUNT, dimension(outputs)))
    return draft_of(numbers, outputs, sharpened=sharpened)


@pytest.mark.parametrize(("kl", "bad"), [(0.0, 0.95), (0.5, 1.0), (1.05, 0.92)])
def test_shares_of_proposition_4s_limits(kl, bad):
    draft = drafted(5, sharpened=False)
    instance = at_the_limits(draft, np.full(COUNT, kl), np.full(COUNT, bad), sharpened=False)
    compute = jax.jit(lambda i: (good_set_of(i), proposition_4_kl_limit(i), proposition_4_mass_limit(i)))
    good, kl_limit, mass_limit = jax.tree.map(np.asarray, compute(instance))
    usable = good.margin > 0
    assert usable.mean() > 0.8
    np.testing.assert_allclose(instance.problem.kl_coefficient[usable], kl * kl_limit[usable], rtol=5e-2)
    with_bad = usable & draft.any_bad & (mass_limit > 1e-200)
    assert with_bad.sum() > 50
    # A few limits depend so much on what they limit that they have not settled.
    assert np.mean(np.abs(good.bad_mass[with_bad] / (bad * mass_limit[with_bad]) - 1) < 2e-2) > 0.9
    assert (good.bad_mass[usable & ~draft.any_bad] == 0).all()


@pytest.mark.parametrize(("kl", "bad"), [(0.0, 0.95), (0.5, 1.0), (0.7, 0.92)])
def test_shares_of_s_p4s_loss(kl, bad):
    draft = drafted(5, sharpened=True)
    instance = at_the_limits(draft, np.full(COUNT, kl), np.full(COUNT, bad), sharpened=True)
    chosen = jax.tree.map(np.asarray, jax.jit(chosen_set)(instance))
    usable = (chosen.good.margin > 0) & (chosen.good.shortfall > 0)
    with_bad = usable & draft.any_bad
    assert with_bad.sum() > 50
    assert np.mean(np.abs(chosen.loss / (bad / 2) - 1)[with_bad] < 2e-2) > 0.8
    np.testing.assert_allclose(chosen.loss[usable & ~draft.any_bad], kl, rtol=1e-6)


def test_small_bad_masses_are_spread_over_orders_of_magnitude():
    family = good_set_problems(np.random.default_rng(0), 2000, 6, sharpened=True)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase, good_set=family.good_set)
    bad = np.asarray(jax.jit(chosen_set)(instance).good.bad_mass)
    bad = bad[bad > 0]
    for low, high in ((1e-14, 1e-11), (1e-11, 1e-8), (1e-8, 1e-5), (1e-5, 1e-2)):
        assert np.mean((bad > low) & (bad < high)) > 0.03, low
    assert np.mean(bad < LEAST_BAD_MASS) < 0.2


@pytest.mark.parametrize("sharpened", [False, True])
@pytest.mark.parametrize("outputs", [3, 8, 20])
def test_most_problems_meet_the_hypotheses(outputs, sharpened):
    family = good_set_problems(np.random.default_rng(4), COUNT, outputs, sharpened=sharpened, regularized=True)
    assert family.problem.initial_log_probabilities.shape == (COUNT, outputs)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase, good_set=family.good_set)
    statement = find_statement("s-prop4" if sharpened else "prop4")
    applies = np.asarray(jax.jit(statement.applies)(instance))
    assert applies.mean() > 0.6
    # A quarter leaves the choice to the statement; that is always at least as often possible as with a set given.
    given = family.good_set.any(axis=-1)
    assert given.mean() == pytest.approx(0.75, abs=0.08)
    left = np.asarray(jax.jit(statement.applies)(replace(instance, good_set=None)))
    assert (left[~given] == applies[~given]).all()


def test_the_same_seed_gives_the_same_problems():
    one, two = (good_set_problems(np.random.default_rng(5), 20, 4) for _ in range(2))
    for first, second in zip(jax.tree.leaves(one[1:]), jax.tree.leaves(two[1:]), strict=True):
        np.testing.assert_array_equal(first, second)
