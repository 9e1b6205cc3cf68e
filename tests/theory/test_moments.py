"""Moments against fifty digits, and the identities between them."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import exact_moments, policies_and_rewards
from theory.moments import advantage, covariance, expectation, variance, variance_from_pairs


@given(policies_and_rewards(1, 1))
def test_against_fifty_digits(drawn):
    log_policy, values = drawn
    policy = np.exp(log_policy)
    mean, spread = exact_moments(log_policy, values)
    assert float(expectation(policy, values)) == pytest.approx(mean, abs=1e-14)
    assert float(variance(policy, values)) == pytest.approx(spread, rel=1e-11, abs=1e-30)
    np.testing.assert_allclose(advantage(policy, values), values - mean, atol=1e-14)


@pytest.mark.parametrize("rare", [1e-6, 1e-12, 1e-300])
@pytest.mark.parametrize("place", [0, 1])
def test_a_nearly_deterministic_policy_loses_no_digits(rare, place):
    """Var = p (1-p) (a-b)^2, and the advantage of the likely output is p (a-b): the mean minus it cancels."""
    policy, values = np.array([1 - rare, rare]), np.array([0.7, -0.1])
    if place:
        policy, values = policy[::-1].copy(), values[::-1].copy()
    assert float(variance(policy, values)) == pytest.approx(rare * (1 - rare) * 0.8**2, rel=1e-14)
    assert float(np.asarray(advantage(policy, values))[place]) == pytest.approx(0.8 * rare, rel=1e-14)


def test_nearly_equal_rewards_lose_no_digits():
    values = 0.5 + np.array([0, 1, -2]) * 2.0**-40
    policy = np.array([0.5, 0.25, 0.25])
    assert float(variance(policy, values)) == pytest.approx((1.25 - 0.0625) * 2.0**-80, rel=1e-14)


@pytest.mark.parametrize("unit", [1.0, 2.0**500, 2.0**-100])
def test_products_of_probabilities_may_be_too_small_for_a_number(unit):
    """The second output alone tells two formulas apart that multiply its probability with that of the third one."""
    policy = np.array([1 - 2.0**-40, 2.0**-40, 2.0**-990])
    values = unit * np.array([-1.0, -1.0, 1.0])
    for function in (variance, variance_from_pairs):
        assert float(function(policy, values)) == pytest.approx(4 * 2.0**-990 * unit**2, rel=1e-15)


def test_pairs_in_single_precision_and_of_whole_numbers():
    assert variance_from_pairs(np.float32([0.5, 0.25, 0.25]), np.float32([1, 0, -1])) == np.float32(0.6875)
    assert float(variance_from_pairs(np.array([0.5, 0.5]), np.array([3, 1]))) == 1.0


@given(policies_and_rewards(1, 2), st.floats(-3, 3))
def test_identities(drawn, factor):
    log_policy, first, second = drawn
    policy = np.exp(log_policy)
    spread = float(variance(policy, first))
    assert float(variance_from_pairs(policy, first)) == pytest.approx(spread, rel=1e-9, abs=1e-25)
    assert 0 <= spread <= np.ptp(first) ** 2 / 4 * (1 + 1e-12)
    assert float(variance(policy, factor * first)) == pytest.approx(factor**2 * spread, rel=1e-9, abs=1e-25)
    assert float(covariance(policy, first, first)) == pytest.approx(spread, rel=1e-14)
    polarised = (float(variance(policy, first + second)) - float(variance(policy, first - second))) / 4
    assert float(covariance(policy, first, second)) == pytest.approx(polarised, abs=1e-13)
    assert float(expectation(policy, advantage(policy, first))) == pytest.approx(0, abs=1e-15)


def test_batches_are_stacks_of_single_problems():
    rng = np.random.default_rng(0)
    policy = rng.dirichlet(np.ones(3), (2, 2))
    first, second = rng.uniform(-1, 1, (2, 2, 2, 3))
    for function in (variance, variance_from_pairs, expectation):
        assert function(policy, first).shape == (2, 2)
        assert float(function(policy, first)[1, 0]) == pytest.approx(float(function(policy[1, 0], first[1, 0])))
    assert covariance(policy, first, second).shape == (2, 2)


def test_nothing_divides_by_zero():
    with jax.debug_nans(True):
        policy = np.array([1.0, 0.0])
        assert float(variance(policy, np.array([0.3, -1.0]))) == 0
        assert float(variance(np.array([0.5, 0.5]), np.array([0.3, 0.3]))) == 0
        assert np.isfinite(jax.grad(variance, argnums=1)(policy, np.array([0.3, 0.3]))).all()
