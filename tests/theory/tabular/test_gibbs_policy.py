"""The Gibbs optimum, its identity for the objective's gap, and the trapping bound."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.special import log_softmax

from sims.regularized_flow.hitting_times import regularized_log_probabilities
from theory.tabular.gibbs_policy import divergence_from_gibbs, gibbs_log_probabilities, reward_ceiling
from theory.tabular.policy import objective

RNG = np.random.default_rng(0)
REFERENCE = log_softmax(RNG.normal(size=(20, 5)), axis=-1)
PROXY, REWARD = RNG.uniform(-1, 1, (2, 20, 5))
COEFFICIENT = 10 ** RNG.uniform(-2, 1, 20)


def test_the_gap_of_the_objective_is_the_divergence():
    policy = log_softmax(RNG.normal(size=(20, 5)), axis=-1)
    optimum = gibbs_log_probabilities(REFERENCE, PROXY, COEFFICIENT)
    gap = objective(optimum, REFERENCE, PROXY, COEFFICIENT) - objective(policy, REFERENCE, PROXY, COEFFICIENT)
    divergence = divergence_from_gibbs(policy, REFERENCE, PROXY, COEFFICIENT)
    np.testing.assert_allclose(gap, COEFFICIENT * np.asarray(divergence), rtol=1e-9)


def test_no_policy_is_better_than_the_optimum():
    optimum = np.asarray(gibbs_log_probabilities(REFERENCE, PROXY, COEFFICIENT))
    best = np.asarray(objective(optimum, REFERENCE, PROXY, COEFFICIENT))
    for _ in range(50):
        near = log_softmax(optimum + 0.1 * RNG.normal(size=optimum.shape), axis=-1)
        assert (np.asarray(objective(near, REFERENCE, PROXY, COEFFICIENT)) <= best).all()


@pytest.mark.parametrize("coefficient", [0.0, 1e-12])
def test_small_coefficients_give_the_limit(coefficient):
    reference, proxy = np.log([0.2, 0.3, 0.1, 0.4]), np.array([0.5, 1.0, 1.0, -1.0])
    optimum = np.exp(gibbs_log_probabilities(reference, proxy, np.asarray(coefficient)))
    np.testing.assert_allclose(optimum, [0, 0.75, 0.25, 0], atol=1e-15)


def test_small_divergences_keep_their_digits():
    optimum = np.asarray(gibbs_log_probabilities(REFERENCE, PROXY, COEFFICIENT))
    shift = 1e-6 * RNG.normal(size=optimum.shape)
    near = log_softmax(optimum + shift, axis=-1)
    policy = np.exp(optimum)
    mean = np.sum(policy * shift, axis=-1, keepdims=True)
    second_order = np.sum(policy * (shift - mean) ** 2, axis=-1) / 2
    np.testing.assert_allclose(divergence_from_gibbs(near, REFERENCE, PROXY, COEFFICIENT), second_order, rtol=1e-3)


@pytest.mark.parametrize("coefficient", [0.0, 0.02, 0.5])
def test_the_flow_never_passes_the_ceiling_and_the_ceiling_closes_in(coefficient):
    reference, proxy, reward = REFERENCE[0], PROXY[0], REWARD[0]
    path, _ = regularized_log_probabilities(reference, proxy, 1.0, coefficient, np.geomspace(0.01, 1e9, 60))
    repeated = [np.tile(array, (60, 1)) for array in (reference, proxy, reward)]
    ceilings = np.asarray(jax.jit(reward_ceiling)(path, *repeated, np.full(60, coefficient)))
    values = np.exp(path) @ reward
    for k in range(60):
        assert values[k:].max() <= ceilings[k]
    optimum = np.exp(gibbs_log_probabilities(reference, proxy, np.asarray(coefficient)))
    assert optimum @ reward <= ceilings.min() <= optimum @ reward + 1e-6


def test_the_flow_does_pass_a_ceiling_without_the_divergence():
    # Control: the value at the optimum alone is no bound, for the flow overshoots it on its way.
    reference, proxy, reward = np.log([1e-4, 0.1, 0.5, 0.3999]), np.array([1.0, 0.9, 0, 0]), np.array([-1.0, 1.0, 0, 0])
    path, _ = regularized_log_probabilities(reference, proxy, 1.0, 1e-3, np.geomspace(1, 1e4, 40))
    optimum = np.exp(gibbs_log_probabilities(reference, proxy, np.asarray(1e-3)))
    assert (np.exp(path) @ reward).max() > optimum @ reward + 1


def test_the_ceiling_is_the_supremum_over_the_ball():
    # Two outputs: the ball KL(p || p*) <= e is an interval, whose upper end is found by bisection.
    reference, proxy, reward, coefficient = np.log([0.3, 0.7]), np.array([0.2, 0.0]), np.array([1.0, 0.0]), 0.4
    policy = np.log([0.2, 0.8])
    optimum = np.exp(np.asarray(gibbs_log_probabilities(reference, proxy, np.asarray(coefficient))))[0]
    radius = float(divergence_from_gibbs(policy, reference, proxy, np.asarray(coefficient)))
    low, high = optimum, 1 - 1e-15
    for _ in range(200):
        middle = (low + high) / 2
        inside = middle * np.log(middle / optimum) + (1 - middle) * np.log((1 - middle) / (1 - optimum)) < radius
        low, high = (middle, high) if inside else (low, middle)
    np.testing.assert_allclose(
        jax.jit(reward_ceiling)(policy, reference, proxy, reward, np.asarray(coefficient)), low, rtol=1e-12
    )
