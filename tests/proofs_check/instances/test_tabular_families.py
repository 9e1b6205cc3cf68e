"""Each family meets the hypotheses that it was made for, inside the ranges it promises."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest

from proofs_check.instances import tabular_families as families
from theory.instances.tabular import HittingTimeInstance
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS

COUNT = 200
STATEMENTS = {s.id: s for s in HITTING_TIME_STATEMENTS}

# Which statements each family is for, and the share of its problems that must meet their hypotheses.
MADE_FOR = {
    "arbitrary": (families.arbitrary_problems, ("prop3", "s3"), 0.8),
    "regularized": (partial(families.arbitrary_problems, regularized=True), ("prop3", "s3"), 0.8),
    "nearly extremal": (families.nearly_extremal_problems, ("prop3", "s3"), 1.0),
    "slow": (partial(families.theorem_5_problems, fast=False), ("thm5-slow", "s-thm5"), 1.0),
    "fast": (partial(families.theorem_5_problems, fast=True), ("thm5-fast", "s-thm5-fast"), 1.0),
    "fast, kl": (partial(families.theorem_5_problems, fast=True, regularized=True), ("thm5-fast", "s-thm5-fast"), 1.0),
    "theorem 6": (families.theorem_6_problems, ("thm6-fast", "s-thm6-fast", "thm6-slow", "s-thm6"), 0.95),
    "theorem 6, kl": (partial(families.theorem_6_problems, regularized=True), ("thm6-fast", "thm6-slow"), 0.95),
    "proposition 4": (families.proposition_4_problems, ("prop4", "s-prop4"), 0.8),
    "proposition 4, kl": (partial(families.proposition_4_problems, regularized=True), ("prop4", "s-prop4"), 0.8),
}
cases = pytest.mark.parametrize("name", MADE_FOR)


@cases
@pytest.mark.parametrize("outputs", [2, 3, 5, 16])
def test_ranges(name, outputs):
    if name.startswith("theorem 6") and outputs == 2:
        pytest.skip("two good outputs and a bad one are needed")
    make = MADE_FOR[name][0]
    family = make(np.random.default_rng(outputs), COUNT, outputs)
    problem = family.problem
    assert problem.initial_log_probabilities.shape == problem.proxy_reward.shape == (COUNT, outputs)
    assert problem.kl_coefficient.shape == problem.prompts.shape == family.increase.shape == (COUNT,)
    np.testing.assert_allclose(np.exp(problem.initial_log_probabilities).sum(axis=-1), 1, rtol=1e-12)
    assert problem.initial_log_probabilities.min() >= np.log(1e-13)
    assert np.abs(problem.proxy_reward).max() <= 1
    assert np.abs(problem.ground_truth_reward).max() <= 1
    assert (family.increase > 0).all()
    assert ((problem.kl_coefficient > 0) == ("kl" in name or name == "regularized")).mean() > 0.7
    assert problem.prompts.min() >= 1
    assert len(np.unique(problem.prompts)) > 3


@cases
@pytest.mark.parametrize("outputs", [3, 16])
def test_hypotheses(name, outputs):
    make, ids, share = MADE_FOR[name]
    family = make(np.random.default_rng(7), COUNT, outputs)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase)
    for id in ids:
        met = np.asarray(jax.jit(STATEMENTS[id].applies)(instance))
        assert met.mean() >= share, (id, met.mean())


@cases
def test_the_same_seed_gives_the_same_problems(name):
    make = MADE_FOR[name][0]
    one, two, other = (make(np.random.default_rng(seed), 5, 3) for seed in (4, 4, 5))
    for first, second in zip(jax.tree.leaves(one[1:]), jax.tree.leaves(two[1:]), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(one.problem.initial_log_probabilities, other.problem.initial_log_probabilities)


def test_random_rewards_span_many_orders_of_variance():
    spread = np.ptp(families.random_rewards(np.random.default_rng(0), 2000, 5), axis=-1)
    assert spread[spread > 0].min() < 1e-9
    assert spread.max() == 2
    policies = families.random_log_policies(np.random.default_rng(0), 2000, 5)
    assert np.exp(policies).max(axis=-1).min() < 0.3
    assert policies.min() == pytest.approx(np.log(1e-12))


def test_most_increases_of_arbitrary_problems_are_attained_in_the_end():
    family = families.arbitrary_problems(np.random.default_rng(1), 2000, 5)
    problem = family.problem
    final = np.take_along_axis(
        problem.ground_truth_reward, problem.proxy_reward.argmax(axis=-1, keepdims=True), axis=-1
    )[:, 0]
    start = np.sum(np.exp(problem.initial_log_probabilities) * problem.ground_truth_reward, axis=-1)
    assert (final > start + family.increase).mean() > 0.5
