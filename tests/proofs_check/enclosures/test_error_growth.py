"""The Hessian against automatic differentiation, and eigenvalue bounds against NumPy."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from flint import arb

from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.error_growth import hessian, is_positive_definite, largest_growth
from theory.tabular.policy import log_probabilities, objective


def balls(values, radius=0.0):
    return [arb(float(x), radius) for x in values]


@pytest.mark.parametrize("coefficient", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_the_hessian_is_that_of_the_objective(seed, coefficient):
    rng = np.random.default_rng(seed)
    logits, reference, reward = rng.standard_normal((3, 4))
    reference = np.asarray(log_probabilities(reference))
    by_jax = np.asarray(jax.hessian(objective)(logits, reference, reward, np.float64(coefficient)))
    policy = np.exp(np.asarray(log_probabilities(logits)))
    regularized = reward - coefficient * (np.log(policy) - reference)
    advantage = regularized - policy @ regularized
    matrix = hessian(balls(policy), balls(advantage), arb(coefficient))
    np.testing.assert_allclose([[float(x) for x in row] for row in matrix], by_jax, atol=1e-14)
    with working_precision(96):
        bound = float(largest_growth(hessian(balls(policy), balls(advantage), arb(coefficient))))
    plane = np.linalg.qr(np.column_stack([np.ones(4), np.eye(4)[:, :3]]))[0][:, 1:]
    truth = np.linalg.eigvalsh(plane.T @ by_jax @ plane)[-1]
    assert truth <= bound <= truth + 1e-4 * np.abs(by_jax).sum()


def test_the_bound_covers_the_whole_enclosure():
    rng = np.random.default_rng(5)
    centre = rng.standard_normal((3, 3))
    centre += centre.T
    matrix = [[arb(x, 0.1) for x in row] for row in centre]
    bound = float(largest_growth(matrix))
    plane = np.linalg.qr(np.column_stack([np.ones(3), np.eye(3)[:, :2]]))[0][:, 1:]
    for _ in range(200):
        noise = rng.uniform(-0.1, 0.1, (3, 3))
        member = centre + np.triu(noise) + np.triu(noise, 1).T
        assert np.linalg.eigvalsh(plane.T @ member @ plane)[-1] <= bound


def test_contraction_is_seen():
    """`-I` shrinks every distance, although a bound by sums of entries would say that nothing does."""
    assert float(largest_growth([[arb(-(i == j)) for j in range(3)] for i in range(3)])) == pytest.approx(-1, abs=1e-4)


def test_definiteness_is_only_claimed_when_certain():
    assert is_positive_definite([[arb(2), arb(1)], [arb(1), arb(1)]])
    assert not is_positive_definite([[arb(1), arb(1)], [arb(1), arb(1)]])
    assert not is_positive_definite([[arb(1, 2), arb(0)], [arb(0), arb(1)]])
    assert not is_positive_definite([[arb("nan")]])
