"""The ceilings of `tabular.gibbs_policy` are the suprema that they bound, to rounding, and on the safe side of them."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from mpmath import mp, mpf
from scipy.optimize import linprog, minimize_scalar
from scipy.special import log_softmax, logsumexp

from theory.tabular.gibbs_policy import divergence_from_gibbs, gibbs_log_probabilities, reward_ceiling

CEILING = jax.jit(reward_ceiling)


def problems(seed: int, count: int = 12, outputs: int = 4) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    policy, reference = log_softmax(2 * random.normal(size=(2, count, outputs)), axis=-1)
    proxy, reward = random.uniform(-1, 1, (2, count, outputs))
    return policy, reference, proxy, reward


def test_without_a_coefficient_it_is_the_best_policy_that_earns_as_much() -> None:
    policy, reference, proxy, reward = problems(0)
    ceilings = np.asarray(CEILING(policy, reference, proxy, reward, np.zeros(12)))
    for k, ceiling in enumerate(ceilings):
        best = linprog(-reward[k], A_ub=[-proxy[k]], b_ub=[-np.exp(policy[k]) @ proxy[k]], A_eq=[np.ones(4)], b_eq=[1])
        assert ceiling == pytest.approx(-best.fun, abs=1e-9)
        assert ceiling >= -best.fun - 1e-12


@pytest.mark.parametrize("size", [1e-9, 1e-40, 1e-200])
def test_without_a_coefficient_the_size_of_the_proxy_reward_does_not_matter(size: float) -> None:
    """Which policies earn as much is the same."""
    policy, reference, proxy, reward = problems(0)
    ceilings = np.asarray(CEILING(policy, reference, proxy, reward, np.zeros(12)))
    np.testing.assert_allclose(CEILING(policy, reference, size * proxy, reward, np.zeros(12)), ceilings, rtol=1e-9)


@pytest.mark.parametrize("coefficient", [0.03, 0.3, 3.0])
def test_with_one_it_is_the_least_bound_of_donsker_and_varadhan(coefficient: float) -> None:
    policy, reference, proxy, reward = problems(1)
    ceilings = np.asarray(CEILING(policy, reference, proxy, reward, np.full(12, coefficient)))
    optimum = log_softmax(reference + proxy / coefficient, axis=-1)
    radius = np.sum(np.exp(policy) * (policy - optimum), axis=-1)
    for k, ceiling in enumerate(ceilings):

        def bound(log_rate: float, k: int = k) -> float:
            rate = np.exp(log_rate)
            return (logsumexp(optimum[k] + rate * reward[k]) + radius[k]) / rate

        best = min(minimize_scalar(bound, bounds=(a, a + 4), options={"xatol": 1e-10}).fun for a in range(-8, 12, 2))
        # Far outside, the ball holds the policy that always gives the best output, whose reward is the least bound.
        assert ceiling == pytest.approx(min(best, reward[k].max()), abs=1e-8)


def exact_ceiling(policy: np.ndarray, reference: np.ndarray, proxy: np.ndarray, reward: np.ndarray, coefficient: float):
    """The least bound, from the exact values of the floating-point numbers given."""
    with mp.workdps(60):
        numbers = [[mpf(float(x)) for x in row] for row in (policy, reference, proxy, reward)]
        log_policy, log_reference, proxies, rewards = numbers
        exponents = [q + r / mpf(coefficient) for q, r in zip(log_reference, proxies, strict=True)]
        total = mp.log(mp.fsum(mp.exp(x - max(exponents)) for x in exponents)) + max(exponents)
        optimum = [mp.exp(x - total) for x in exponents]
        radius = mp.fsum(mp.exp(a) * (a - mp.log(p)) - mp.exp(a) + p for a, p in zip(log_policy, optimum, strict=True))
        mean = mp.fdot(optimum, rewards)
        spread = mp.fdot(optimum, [(r - mean) ** 2 for r in rewards])
        # To second order in a small radius; the third order is below a millionth of it.
        return mean + mp.sqrt(2 * spread * abs(radius)), float(mp.sqrt(spread)), float(radius)


@pytest.mark.parametrize("coefficient", [1e-3, 1e-2, 1.0])
def test_near_the_optimum_it_is_on_the_safe_side_of_rounding(coefficient: float) -> None:
    """There the divergence is below what rounding does to the probabilities: the ceiling must still not be too low."""
    random = np.random.default_rng(2)
    count, outputs = 200, 3
    logits = random.normal(size=(count, outputs))
    proxy = -coefficient * random.uniform(0, 2, (count, outputs))
    proxy[:, 0] -= random.uniform(0, 20 * coefficient, count)
    # In half of them, rewards make up for reference probabilities far below what a float64 holds.
    far = random.uniform(0, 900, count) * (np.arange(count) % 4 < 2)
    logits[:, 1] -= far
    proxy[:, 1] += coefficient * far
    reference = log_softmax(logits, axis=-1)
    reward = random.uniform(-1, 1, (count, outputs))
    policy = np.asarray(gibbs_log_probabilities(reference, proxy, np.full(count, coefficient)))
    policy = policy + 1e-9 * random.normal(size=policy.shape) * (np.arange(count) % 2)[:, None]
    ceilings = np.asarray(CEILING(policy, reference, proxy, reward, np.full(count, coefficient)))
    for k in range(count):
        exact, deviation, radius = exact_ceiling(policy[k], reference[k], proxy[k], reward[k], coefficient)
        excess = float(mpf(float(ceilings[k])) - exact)
        assert -1e-6 * deviation * abs(radius) ** 0.5 <= excess <= 1e-5 * deviation * abs(radius) ** 0.5 + 1e-11


def test_without_a_coefficient_nothing_is_divided_by_zero() -> None:
    policy, reference, proxy, reward = problems(3, count=2)
    with jax.debug_nans(True):
        found = np.asarray(gibbs_log_probabilities(reference, proxy, np.zeros(2)))
        assert np.isfinite(CEILING(policy, reference, proxy, reward, np.zeros(2))).all()
    np.testing.assert_array_equal(found, np.where(proxy == proxy.max(axis=-1, keepdims=True), 0.0, -np.inf))


def test_far_from_the_optimum_the_divergence_does_not_overflow() -> None:
    policy = np.array([[-900.0, np.log1p(-np.exp(-900.0))], [-1e-300, -1000.0], [-40.0, np.log1p(-np.exp(-40.0))]])
    reference = np.log(np.full((3, 2), 0.5))
    divergence = np.asarray(divergence_from_gibbs(policy, reference, np.zeros((3, 2)), np.ones(3)))
    expected = np.sum(np.exp(policy) * (policy - reference), axis=-1)
    np.testing.assert_allclose(divergence, expected, rtol=1e-12)


@pytest.mark.parametrize("rarer", [-29.0, -30.001, -30.5, -33.0])
def test_the_divergence_keeps_its_digits_where_the_policy_is_much_rarer_than_the_optimum(rarer: float) -> None:
    log_policy = np.array([np.log(0.5) + rarer, np.log1p(-0.5 * np.exp(rarer))])
    found = float(divergence_from_gibbs(log_policy, np.log([0.5, 0.5]), np.zeros(2), 1.0))
    with mp.workdps(40):
        logs, half = [mpf(float(x)) for x in log_policy], mpf(1) / 2
        exact = mp.fsum(mp.exp(x) * (x - mp.log(half)) - mp.exp(x) + half for x in logs)
    assert found == pytest.approx(float(exact), rel=5e-15, abs=0.0)


@pytest.mark.parametrize("constant", [0.0, 0.3, -0.7, 1e-9])
def test_under_a_constant_proxy_reward_without_a_coefficient_it_is_the_largest_reward(constant: float) -> None:
    """Every policy earns as much. Gains over the mean are rounding, whatever the sign of it."""
    policy, reference, proxy, reward = problems(4, count=40)
    ceilings = np.asarray(CEILING(policy, reference, np.full_like(proxy, constant), reward, np.zeros(40)))
    np.testing.assert_allclose(ceilings, reward.max(axis=-1), rtol=0, atol=1e-14)
    assert (ceilings >= reward.max(axis=-1)).all()
