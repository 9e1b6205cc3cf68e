from __future__ import annotations

import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.estimators.scores.fisher_norm import fisher_norm_from_above, fisher_norm_from_below, sample_fisher_norm

from .conftest import Enumerable, softmax_policies


def test_samples_overestimate_by_less_the_more_there_are(policies: Enumerable) -> None:
    found = [policies.expectation(lambda _, gram: sample_fisher_norm(gram), n, symmetric=True) for n in (1, 2, 3, 4)]
    assert found == sorted(found, reverse=True)
    assert found[-1] > policies.fisher_norm * (1 + 1e-6)


def test_expectations_enclose_the_truth(policies: Enumerable) -> None:
    """Over all samples in all orders: the first half is not the second."""
    above = policies.expectation(lambda _, gram: fisher_norm_from_above(gram).estimate, 4, symmetric=False)
    below = policies.expectation(lambda _, gram: fisher_norm_from_below(gram).estimate, 4, symmetric=False)
    assert below < policies.fisher_norm < above
    two = policies.expectation(lambda _, gram: sample_fisher_norm(gram), 2, symmetric=True)
    assert above == pytest.approx(two, rel=1e-10)


def test_the_same_half_twice_is_found_out(policies: Enumerable) -> None:
    """A control: without other draws for the direction the quadratic form is the sample's own eigenvalue."""

    def not_crossed(_: np.ndarray, gram: np.ndarray) -> float:
        return fisher_norm_from_below(gram[:, [0, 1, 0, 1]][:, :, :, [0, 1, 0, 1]]).estimate

    assert policies.expectation(not_crossed, 2, symmetric=True) > policies.fisher_norm


def test_below_is_the_quadratic_form_of_explicit_scores() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 6, 5))
    gram = np.einsum("xkp,ylp->xkyl", scores, scores)
    own = scores[:, :3].reshape(-1, 5)
    direction = np.linalg.svd(own)[2][0]
    expected = np.mean((scores[:, 3:] @ direction) ** 2)
    assert fisher_norm_from_below(gram).estimate == pytest.approx(expected, rel=1e-10)
    assert sample_fisher_norm(gram) == pytest.approx(np.linalg.norm(scores.reshape(-1, 5), 2) ** 2 / 12, rel=1e-10)


def test_limits_are_passed_no_oftener_than_they_say() -> None:
    random, policies = np.random.default_rng(1), softmax_policies(2, 6, 3, seed=5)
    limits = []
    for _ in range(500):
        chosen = np.stack([random.choice(6, 8, p=p) for p in policies.probabilities])
        _, gram = policies.sample(chosen)
        limits.append((fisher_norm_from_below(gram).lower, fisher_norm_from_above(gram).upper))
    lower, upper = np.array(limits).T
    # 0.025 each, and three standard deviations of that in 500.
    assert np.mean(lower > policies.fisher_norm) <= 0.046
    assert np.mean(upper < policies.fisher_norm) <= 0.046


def test_scores_of_zero_have_no_direction() -> None:
    gram = np.zeros((1, 4, 1, 4))
    assert fisher_norm_from_below(gram) == (0.0, 0.0, 0.0)
    assert sample_fisher_norm(gram) == 0.0


def test_refuses_too_few_draws() -> None:
    for estimate in (fisher_norm_from_above, fisher_norm_from_below):
        with pytest.raises(InvalidInputError, match="gram"):
            estimate(np.zeros((1, 3, 1, 3)))
