"""Proposition 4's quantities against loops over all subsets, and the choice of the set against brute force."""

from __future__ import annotations

import math
from itertools import combinations

import jax
import numpy as np
import pytest

from proofs_check.instances.tabular_families import proposition_4_problems
from theory.bounds import upper_bounds
from theory.bounds.good_set import GoodSet, choose_good_set, describe_good_set, hypotheses_hold, mass_left_out

OUTPUTS = 4
SUBSETS = [list(s) for size in range(1, OUTPUTS + 1) for s in combinations(range(OUTPUTS), size)]


def textbook(policy, proxy, truth, gamma, coefficient, members):
    """The description of one set, whether the hypotheses hold for it, and the bound (paper, Proposition 4)."""
    value, proxy_value = policy @ truth, policy @ proxy
    lowest = float(min(truth[k] for k in members))
    rho = (value + gamma + 1) / (lowest + 1) if lowest > -1 else math.inf
    best, worst = max(proxy[k] for k in members), min(proxy[k] for k in members)
    delta = (1 - rho) * (best - proxy_value) - (best - worst)
    mass, size = sum(policy[k] for k in members), len(members)
    bad = sum(policy[k] for k in range(len(policy)) if proxy[k] > proxy_value and k not in members)
    valid = all(truth[k] > value + gamma and proxy[k] > proxy_value for k in members)
    described = (valid, rho, delta, mass, size, bad)
    if not (valid and delta > 0):
        return described, False, math.inf
    gap = 1 / mass - 1 / rho
    kl_limit = mass * (1 - rho) * delta / (8 * size * (2 * math.log(1 / policy.min()) + 1 / (2 * math.e)))
    mass_limit = mass**2 * (1 - rho) * delta / (16 * size) * math.exp(-20 * size / ((1 - rho) * delta) * gap)
    holds = coefficient <= kl_limit and bad <= mass_limit
    return described, holds, 4 * size / ((1 - rho) * delta) * gap


@pytest.fixture(scope="module")
def batch():
    """Problems on both sides of every hypothesis, every subset of their outputs, and the textbook's opinion."""
    rng = np.random.default_rng(3)
    family = proposition_4_problems(rng, 60, OUTPUTS, regularized=True)
    problem = family.problem
    policy, proxy = np.exp(problem.initial_log_probabilities), problem.proxy_reward.copy()
    truth = problem.ground_truth_reward.copy()
    coefficient = problem.kl_coefficient * rng.choice([0.0, 1.0, 3.0, 100.0], 60)
    spoilt = rng.random(60) < 0.4
    proxy[spoilt] = rng.uniform(-1, 1, (spoilt.sum(), OUTPUTS))
    expected = [
        [textbook(policy[k], proxy[k], truth[k], family.increase[k], coefficient[k], s) for s in SUBSETS]
        for k in range(60)
    ]
    return policy, proxy, truth, family.increase, coefficient, expected


def masks(subsets):
    return np.array([[k in s for k in range(OUTPUTS)] for s in subsets])


def test_descriptions_and_hypotheses(batch):
    policy, proxy, truth, gamma, coefficient, expected = batch
    verdicts = []
    for place, mask in enumerate(masks(SUBSETS)):
        members = np.broadcast_to(mask, policy.shape)
        good = describe_good_set(policy, proxy, truth, gamma, members)
        holds = np.asarray(hypotheses_hold(good, coefficient, np.log(policy.min(axis=-1))))
        for k in range(len(policy)):
            described, wanted, _ = expected[k][place]
            np.testing.assert_allclose([float(field[k]) for field in good], described, rtol=1e-9, atol=1e-14)
            assert holds[k] == wanted
            verdicts.append(bool(wanted))
    assert 10 < sum(verdicts) < len(verdicts) - 10


def test_the_choice_is_good_where_any_prefix_is(batch):
    policy, proxy, truth, gamma, coefficient, expected = batch
    arguments = (policy, proxy, truth, gamma, coefficient, np.log(policy.min(axis=-1)))
    chosen = np.asarray(choose_good_set(*arguments))
    found = missed = 0
    for k in range(len(policy)):
        members = list(np.flatnonzero(chosen[k]))
        verdicts = {tuple(s): (holds, bound) for s, (_, holds, bound) in zip(SUBSETS, expected[k], strict=True)}
        value, proxy_value = policy[k] @ truth[k], policy[k] @ proxy[k]
        eligible = [j for j in range(OUTPUTS) if truth[k, j] > value + gamma[k] and proxy[k, j] > proxy_value]
        ranked = sorted(eligible, key=lambda j: -proxy[k, j])
        prefixes = [tuple(sorted(ranked[: n + 1])) for n in range(len(ranked))]
        best = min((verdicts[p][1] for p in prefixes if verdicts[p][0]), default=None)
        if best is not None:
            assert verdicts[tuple(members)] == (True, pytest.approx(best, rel=1e-9))
            found += 1
        else:
            # Nothing holds: all eligible outputs, so that the failing hypothesis can be named.
            assert members == sorted(eligible)
            missed += any(holds for holds, _ in verdicts.values())
    assert found > 10
    assert missed == 0, "a set that is not a prefix satisfies the hypotheses: look for it too"


def test_an_empty_set_satisfies_nothing():
    """An increase out of reach leaves no eligible output; nothing may pass by comparing with NaN."""
    policy, reward = np.array([[0.4, 0.6]]), np.array([[1.0, -1.0]])
    smallest, none = np.log([0.4]), np.zeros(1)
    chosen = choose_good_set(policy, reward, reward, np.array([1.9]), none, smallest)
    assert not np.asarray(chosen).any()
    good = describe_good_set(policy, reward, reward, np.array([1.9]), chosen)
    assert not np.asarray(good.valid).any()
    assert not np.asarray(hypotheses_hold(good, none, smallest)).any()


def test_a_single_problem_needs_no_batch_axis():
    policy, reward = np.array([0.4, 0.6]), np.array([1.0, -1.0])
    chosen = choose_good_set(policy, reward, reward, 0.1, 0.0, np.log(0.4))
    assert np.asarray(chosen).tolist() == [True, False]
    good = describe_good_set(policy, reward, reward, 0.1, chosen)
    assert isinstance(good, GoodSet)
    share = (-0.2 + 0.1 + 1) / 2
    assert float(good.share) == pytest.approx(share)
    assert float(good.margin) == pytest.approx((1 - share) * 1.2)
    assert bool(hypotheses_hold(good, 0.0, np.log(0.4)))
    with jax.debug_nans(True):
        assert np.isfinite(upper_bounds.proposition_4(good.share, good.margin, good.mass, good.size, 1.0))


@pytest.mark.parametrize(
    ("second_probability", "second_proxy", "expected"),
    [
        # Far below the best one, the second output would make the margin negative; as a bad output it is rare enough.
        (1e-16, 0.3, [True, False, False]),
        # As good as the best one, it could be taken in, but would double the bound.
        (1e-16, 1.0, [True, False, False]),
        # Not rare enough to be a bad output: the set must have it.
        (0.3, 1.0, [True, True, False]),
    ],
)
def test_only_as_many_of_the_best_outputs_as_it_takes(second_probability, second_proxy, expected):
    """Two outputs are eligible; which sets meet the hypotheses is the textbook's business."""
    policy = np.array([0.6 - second_probability, second_probability, 0.4])
    proxy, truth = np.array([1.0, second_proxy, -1.0]), np.array([1.0, 1.0, -1.0])
    verdicts = [textbook(policy, proxy, truth, 0.1, 0.0, list(range(k)))[1:] for k in (1, 2)]
    bounds_that_hold = [bound if holds else math.inf for holds, bound in verdicts]
    assert int(np.argmin(bounds_that_hold)) == sum(expected) - 1
    chosen = choose_good_set(policy, proxy, truth, 0.1, 0.0, np.log(policy.min()))
    assert np.asarray(chosen).tolist() == expected


def test_the_mass_left_out_is_that_of_all_bad_outputs():
    """Of outputs that no set takes in, and of eligible ones behind the first `k`."""
    policy, never = np.array([0.5, 0.2, 0.3]), np.array([False, True, False])
    left = mass_left_out(policy, never, np.array([0.5, 0.3, 0.0]))
    np.testing.assert_allclose(left, [0.2 + 0.3, 0.2, 0.2], rtol=1e-15)
