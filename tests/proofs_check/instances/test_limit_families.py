"""Batches at the limits: each part goes up to its own limit, and is whole after joining."""

from __future__ import annotations

import jax
import numpy as np

from proofs_check.instances import limit_families
from proofs_check.instances.limit_families import joined, limits_with_kl, limits_without_kl, with_kl_share
from proofs_check.instances.tabular_families import arbitrary_problems, theorem_6_problems
from theory.instances.tabular import HittingTimeInstance
from theory.statements.register import find_statement
from theory.statements.tabular.hitting_time_hypotheses import theorem_6_kl_limit

COUNT = 150


def test_with_kl_share():
    family = theorem_6_problems(np.random.default_rng(0), COUNT, 4)
    limit = np.asarray(theorem_6_kl_limit(HittingTimeInstance(problem=family.problem, increase=family.increase)))
    share = with_kl_share(np.random.default_rng(1), family, theorem_6_kl_limit).problem.kl_coefficient / limit
    assert share.min() > 9e-4
    assert 1 < share.max() < 1.11
    assert np.mean(share > 0.9) > 0.3


def test_every_statement_that_limits_the_coefficient_is_at_its_limit():
    family = limits_with_kl(np.random.default_rng(2), COUNT, 5)
    assert 5 * COUNT < len(family.increase) <= 6 * COUNT
    assert (family.problem.kl_coefficient > 0).all()
    assert family.problem.initial_log_probabilities.shape == family.good_set.shape == (len(family.increase), 5)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase, good_set=family.good_set)
    for id in ("thm5-fast", "s-thm5-fast", "thm6-fast", "s-thm6-fast", "prop4", "s-prop4"):
        hypothesis = next(h for h in find_statement(id).hypotheses if h.name in ("small-kl-coefficient", "small-loss"))
        holds, margin = map(np.asarray, jax.jit(lambda i, h=hypothesis: (h.holds(i), h.margin(i)))(instance))
        for side in (holds, ~holds):
            assert (side & (np.abs(margin) < 0.1)).sum() >= 10, id


def test_without_kl():
    family = limits_without_kl(np.random.default_rng(3), 50, 4, others=30)
    assert len(family.increase) == 130
    assert (family.problem.kl_coefficient == 0).all()
    assert not family.good_set[100:].any()
    assert family.good_set[:100].any(axis=-1).sum() > 50


def test_joining_keeps_rows():
    parts = [arbitrary_problems(np.random.default_rng(k), 3, 4) for k in range(2)]
    whole = joined("both", parts)
    assert whole.name == "both"
    for k, part in enumerate(parts):
        rows = slice(3 * k, 3 * k + 3)
        np.testing.assert_array_equal(whole.problem.proxy_reward[rows], part.problem.proxy_reward)
        np.testing.assert_array_equal(whole.increase[rows], part.increase)
    assert not whole.good_set.any()


def test_the_linear_losses_are_one_at_what_is_allowed():
    family = theorem_6_problems(np.random.default_rng(4), COUNT, 4)
    instance = HittingTimeInstance(problem=family.problem, increase=family.increase)
    for allowed, id in ((limit_families._allowed_alone, "s-thm5-fast"), (limit_families._allowed_one, "s-thm6-fast")):
        at = with_kl_share(np.random.default_rng(5), family, lambda i, a=allowed: 1e3 * a(i))
        loss = find_statement(id).hypotheses[-1]
        share = at.problem.kl_coefficient / np.asarray(allowed(instance))
        margin = np.asarray(loss.margin(HittingTimeInstance(problem=at.problem, increase=at.increase)))
        wanted = (1 - share) / np.maximum(1, share)
        usable = np.isfinite(share) & (share > 0)
        np.testing.assert_allclose(margin[usable], wanted[usable], rtol=1e-9, atol=1e-12)
