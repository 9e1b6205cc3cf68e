"""The policy gradient and the motion it causes, against formulas written out again and complex-step derivatives."""

from __future__ import annotations

import jax
import mpmath
import numpy as np
import pytest
from hypothesis import given

from tests.strategies import complex_step, kl_coefficients, policies_and_rewards, softmax
from theory.tabular.policy import (
    kl_divergence,
    kl_regularized_reward,
    log_normalizer,
    log_probabilities,
    objective,
    objective_rise,
    policy_gradient,
    probabilities,
    probability_velocity,
)


def textbook_objective(logits, log_reference, proxy, coefficient):
    """`sum_y pi(y) r(y) - lambda sum_y pi(y) ln(pi(y) / pi_ref(y))`, analytic in the logits."""
    policy = softmax(logits)
    return np.sum(policy * proxy) - coefficient * np.sum(policy * (np.log(policy) - log_reference))


def exact_rise(logits, initial, proxy, coefficient):
    """The rise of the objective in 60 digits."""
    with mpmath.workdps(60):
        weights = [[mpmath.exp(mpmath.mpf(float(x))) for x in row] for row in (logits, initial)]
        policy, reference = ([w / mpmath.fsum(row) for w in row] for row in weights)
        gained = mpmath.fsum((p - q) * mpmath.mpf(float(r)) for p, q, r in zip(policy, reference, proxy, strict=True))
        divergence = mpmath.fsum(p * mpmath.log(p / q) for p, q in zip(policy, reference, strict=True))
        return float(gained - mpmath.mpf(float(coefficient)) * divergence)


@pytest.mark.parametrize("step", [1e-12, 1e-6, 1e-2, 5.0])
def test_the_rise_of_the_objective_has_all_its_digits_near_the_reference(step):
    """A KL coefficient of 640, and rewards a hundred-millionth apart: rounding of either value of the objective is
    larger than the rise."""
    initial = np.array([0.0, -0.3, 1.1])
    logits, proxy = initial + step * np.array([1.0, -0.4, 0.3]), np.array([2e-8, -1e-8, 0.0])
    rise = objective_rise(log_probabilities(logits), log_probabilities(initial), proxy, 640.0)
    expected = exact_rise(logits, initial, proxy, 640.0)
    # Log-probabilities are rounded; the rise is as sensitive to that as it is to the step.
    assert float(rise) == pytest.approx(expected, rel=1e-11, abs=1e-15 * (1e-8 + 640 * step))


@given(policies_and_rewards(2, 1), kl_coefficients)
def test_objective_rise(drawn, coefficient):
    logits, log_reference, proxy = drawn
    before, after = (float(objective(x, log_reference, proxy, coefficient)) for x in (log_reference, logits))
    rise = objective_rise(log_probabilities(logits), log_probabilities(log_reference), proxy, coefficient)
    assert float(rise) == pytest.approx(after - before, abs=1e-11 * (1 + coefficient))


@given(policies_and_rewards(2, 1), kl_coefficients)
def test_objective_and_gradient(drawn, coefficient):
    logits, log_reference, proxy = drawn
    arguments = (logits, log_reference, proxy, coefficient)
    assert float(objective(*arguments)) == pytest.approx(
        textbook_objective(logits.astype(complex), *arguments[1:]).real, abs=1e-12
    )
    expected = [
        complex_step(lambda z: textbook_objective(z, *arguments[1:]), logits, unit) for unit in np.eye(len(logits))
    ]
    gradient = np.asarray(policy_gradient(*arguments))
    np.testing.assert_allclose(gradient, expected, atol=1e-12 * (1 + coefficient))
    np.testing.assert_allclose(gradient, jax.grad(objective)(*arguments), atol=1e-12 * (1 + coefficient))
    assert abs(gradient.sum()) < 1e-13


@given(policies_and_rewards(2, 1), kl_coefficients)
def test_velocity_is_the_derivative_of_the_softmax_along_the_gradient(drawn, coefficient):
    logits, log_reference, proxy = drawn
    gradient = np.asarray(policy_gradient(logits, log_reference, proxy, coefficient))
    velocity = np.asarray(probability_velocity(logits, log_reference, proxy, coefficient))
    np.testing.assert_allclose(velocity, complex_step(softmax, logits, gradient), atol=1e-12)
    policy = softmax(logits)
    np.testing.assert_allclose(velocity, (np.diag(policy) - np.outer(policy, policy)) @ gradient, atol=1e-12)


@given(policies_and_rewards(2, 0))
def test_kl_divergence(drawn):
    first, second = drawn
    policy = np.exp(first)
    assert float(kl_divergence(first, second)) == pytest.approx(np.sum(policy * (first - second)), rel=1e-12)
    assert float(kl_divergence(first, second)) >= -1e-15
    assert float(kl_divergence(first, first)) == 0


def test_an_impossible_output_adds_nothing_to_the_divergence():
    with jax.debug_nans(True):
        sure, even = np.array([0.0, -np.inf]), np.log([0.5, 0.5])
        assert float(kl_divergence(sure, even)) == pytest.approx(np.log(2))


def test_without_kl_the_regularised_reward_is_the_reward():
    proxy = np.array([0.1, -0.7])
    log_policy, log_reference = np.log([0.9, 0.1]), np.log([0.3, 0.7])
    np.testing.assert_array_equal(kl_regularized_reward(log_policy, log_reference, proxy, 0.0), proxy)
    expected = [0.1 - 2 * np.log(3), -0.7 + 2 * np.log(7)]
    np.testing.assert_allclose(kl_regularized_reward(log_policy, log_reference, proxy, 2.0), expected, rtol=1e-14)


def test_shapes_of_batches():
    rng = np.random.default_rng(1)
    logits, reference, proxy = rng.normal(size=(3, 4, 2))
    reference = np.asarray(log_probabilities(reference))
    coefficient = np.array([0.0, 0.1, 0.2, 0.3])
    for function, shape in (
        (objective, (4,)),
        (policy_gradient, (4, 2)),
        (probability_velocity, (4, 2)),
    ):
        batch = function(logits, reference, proxy, coefficient)
        assert batch.shape == shape
        one = function(logits[2], reference[2], proxy[2], coefficient[2])
        np.testing.assert_allclose(batch[2], one, rtol=1e-13)


def test_normaliser():
    logits = np.array([1000.0, 999.0])
    assert float(log_normalizer(logits)) == pytest.approx(1000 + np.log(1 + np.exp(-1)), rel=1e-15)
    np.testing.assert_allclose(probabilities(logits), np.exp(log_probabilities(logits)), rtol=1e-14)
