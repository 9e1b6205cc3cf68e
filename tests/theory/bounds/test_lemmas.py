"""The lemmas' two sides against textbook formulas, and the constants that are claimed to be best possible."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from hypothesis import given, target

from tests.strategies import complex_step, kl_coefficients, policies_and_rewards, softmax
from theory.bounds import lemmas
from theory.tabular.policy import kl_divergence, policy_gradient, probability_velocity

ROUNDING = 1 + 1e-11


def regularized(log_policy, log_reference, proxy, coefficient):
    return proxy - coefficient * (log_policy - log_reference)


@given(policies_and_rewards(2, 0))
def test_lemma_3(drawn):
    log_policy, log_reference = drawn
    bound = float(lemmas.lemma_3_bound(log_reference))
    assert bound == pytest.approx(math.log(1 / np.exp(log_reference).min()))
    assert float(kl_divergence(log_policy, log_reference)) <= bound * ROUNDING


@given(policies_and_rewards(2, 0))
def test_lemma_4(drawn):
    log_policy, log_reference = drawn
    left, right = map(np.asarray, lemmas.lemma_4_sides(log_policy, log_reference))
    p, q = np.exp(log_policy), np.exp(log_reference)
    np.testing.assert_allclose(left, -(p**2) * np.log(p / q) / q**2, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(right, 1 / (2 * math.e), rtol=1e-15)
    assert (left <= right * ROUNDING).all()


def test_lemma_4_is_attained():
    left, right = lemmas.lemma_4_sides(np.array([math.log(0.4) - 0.5, -0.4]), np.log([0.4, 0.6]))
    assert float(left[0]) == pytest.approx(float(right[0]), rel=1e-14)


@given(policies_and_rewards(2, 1), kl_coefficients)
def test_lemma_8(drawn, coefficient):
    reward = regularized(*drawn, coefficient)
    policy = np.exp(drawn[0])
    left, right = map(float, lemmas.lemma_8_sides(policy, reward))
    mean = np.sum(policy * reward)
    assert left == pytest.approx(np.sum(np.abs(policy * (reward - mean))), abs=1e-13 * (1 + abs(mean)))
    assert right == pytest.approx(math.sqrt(np.sum(policy * (reward - mean) ** 2)), rel=1e-6, abs=1e-6)
    target(left / right if right > 0 else 0.0)
    assert left <= right * ROUNDING


@given(policies_and_rewards(2, 1), kl_coefficients)
def test_lemma_9(drawn, coefficient):
    log_policy, log_reference, proxy = drawn
    velocity = lemmas.lemma_9_velocity(log_policy, log_reference, proxy, coefficient)
    expected = probability_velocity(log_policy, log_reference, proxy, coefficient)
    np.testing.assert_allclose(velocity, expected, atol=1e-13 * (1 + 30 * coefficient))
    gradient = np.asarray(policy_gradient(log_policy, log_reference, proxy, coefficient))
    np.testing.assert_allclose(velocity, complex_step(softmax, log_policy, gradient), atol=1e-12)


@given(policies_and_rewards(2, 1), kl_coefficients)
def test_lemma_10_bounds_the_rate_at_which_any_set_gains_mass(drawn, coefficient):
    log_policy, log_reference, proxy = drawn
    velocity = np.asarray(probability_velocity(log_policy, log_reference, proxy, coefficient))
    policy = np.exp(log_policy)
    rate = float(lemmas.lemma_10_exponent(1.0, coefficient, log_reference.min(), 1.0))
    assert rate == pytest.approx(4 + 2 * coefficient * math.log(1 / np.exp(log_reference).min()))
    assert float(lemmas.lemma_10_exponent(3.0, coefficient, log_reference.min(), 2.0)) == pytest.approx(1.5 * rate)
    members = (np.arange(2 ** len(policy))[:, None] >> np.arange(len(policy))) & 1
    gains, masses = members @ velocity, members @ policy
    assert (gains[1:] <= rate * masses[1:] * ROUNDING).all()


def test_the_rate_16_27_of_the_control_is_the_largest_for_two_outputs():
    """`4 p (1-p)^2` for rewards 1 and -1, largest at 1/3; no random problem of three outputs exceeds it."""
    p = np.linspace(0.01, 0.99, 99)
    logits = np.log(np.stack([p, 1 - p], axis=-1))
    velocity = np.asarray(probability_velocity(logits, logits, np.broadcast_to([1.0, -1.0], (99, 2)), np.zeros(99)))
    np.testing.assert_allclose(velocity[:, 0] / p, 4 * p * (1 - p) ** 2, rtol=1e-12)
    assert (4 * p * (1 - p) ** 2).max() <= 16 / 27
    rng = np.random.default_rng(0)
    policy = rng.dirichlet([0.4] * 3, 20_000)
    reward = np.where(rng.random((20_000, 3)) < 0.5, 1.0, -1.0)
    velocity = np.asarray(probability_velocity(np.log(policy), np.log(policy), reward, np.zeros(20_000)))
    members = (np.arange(1, 7)[:, None] >> np.arange(3)) & 1
    rates = (velocity @ members.T) / (policy @ members.T)
    assert 0.55 < rates.max() <= 16 / 27 * ROUNDING


def test_log_mass():
    log_policy = np.log([0.2, 0.3, 0.5])
    assert float(lemmas.log_mass(log_policy, np.array([True, False, True]))) == pytest.approx(math.log(0.7))
    assert float(lemmas.log_mass(log_policy, np.zeros(3, bool))) == -np.inf


@given(policies_and_rewards(2, 0))
def test_lemma_11(drawn):
    log_policy, log_reference = drawn
    p, log_ratio = np.exp(log_policy), log_policy - log_reference
    centred = log_ratio - np.sum(p * log_ratio)
    expected = np.abs(p**2 * centred - p * np.sum(p**2 * centred)) / p
    left, right = map(np.asarray, lemmas.lemma_11_sides(log_policy, log_reference))
    np.testing.assert_allclose(left, expected, atol=1e-12)
    np.testing.assert_allclose(right, 2 * np.log(1 / np.exp(log_reference).min()) + 1 / (2 * math.e), rtol=1e-13)
    assert (left <= right).all()


@given(policies_and_rewards(2, 2), kl_coefficients)
def test_rates_are_derivatives_along_the_flow(drawn, coefficient):
    log_policy, log_reference, proxy, truth = drawn
    reward = regularized(log_policy, log_reference, proxy, coefficient)
    gradient = np.asarray(policy_gradient(log_policy, log_reference, proxy, coefficient))

    def spread(logits):
        policy = softmax(logits)
        values = proxy - coefficient * (np.log(policy) - log_reference)
        return np.sum(policy * (values - np.sum(policy * values)) ** 2)

    def value(logits):
        return np.sum(softmax(logits) * truth)

    policy = np.exp(log_policy)
    largest = np.abs(reward).max() + coefficient
    assert float(lemmas.variance_rate(policy, reward, coefficient)) == pytest.approx(
        complex_step(spread, log_policy, gradient), abs=1e-12 * (1 + largest**3)
    )
    assert float(lemmas.value_rate(policy, reward, truth)) == pytest.approx(
        complex_step(value, log_policy, gradient), abs=1e-12 * (1 + largest)
    )


@given(policies_and_rewards(2, 2), kl_coefficients)
def test_the_sharpened_rates_hold(drawn, coefficient):
    log_policy, log_reference, proxy, truth = drawn
    reward = regularized(log_policy, log_reference, proxy, coefficient)
    policy = np.exp(log_policy)
    deviation = float(lemmas.lemma_8_sides(policy, reward)[1])
    rate = float(lemmas.variance_rate(policy, reward, coefficient))
    target(rate / deviation**3 if deviation > 1e-6 else 0.0, label="variance")
    assert rate <= 0.5 * deviation**3 * ROUNDING + 1e-18
    assert abs(float(lemmas.value_rate(policy, reward, truth))) <= 0.5 * deviation * ROUNDING + 1e-18


def test_no_zero_denominators():
    with jax.debug_nans(True):
        even, flat = np.log([0.5, 0.5]), np.zeros(2)
        assert float(lemmas.lemma_8_sides(np.exp(even), flat)[0]) == 0
        assert float(lemmas.variance_rate(np.exp(even), flat, 0.0)) == 0
        assert np.asarray(lemmas.lemma_11_sides(even, even)[0]).tolist() == [0, 0]


def test_the_mass_of_a_set_is_that_of_its_members():
    log_policy = np.log([0.2, 0.3, 0.5])
    assert float(lemmas.log_mass(log_policy, [True, True, False])) == pytest.approx(np.log(0.5), rel=1e-15)
    assert float(lemmas.log_mass(log_policy, [0, 0, 1])) == pytest.approx(np.log(0.5), rel=1e-15)
