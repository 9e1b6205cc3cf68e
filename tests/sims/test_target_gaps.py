"""Gaps to the target against fifty digits, where a plain difference has lost most of them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.special import log_softmax

from sims.target_gaps import limit_gap, target_gaps

RNG = np.random.default_rng(3)


def exact_gaps(log_p: np.ndarray, values: np.ndarray, gamma: float) -> list[mpmath.mpf]:
    weights = [mpmath.exp(mpmath.mpf(x)) for x in log_p]
    mean = mpmath.fdot(weights, map(mpmath.mpf, values)) / mpmath.fsum(weights)
    return [mpmath.mpf(x) - mean - mpmath.mpf(gamma) for x in values]


def exact_limit(log_p: np.ndarray, proxy: np.ndarray, coefficient: float, gaps: list[mpmath.mpf]) -> mpmath.mpf:
    exponents = [mpmath.mpf(x) + mpmath.mpf(r) / mpmath.mpf(coefficient) for x, r in zip(log_p, proxy, strict=True)]
    weights = [mpmath.exp(x - max(exponents)) for x in exponents]
    return mpmath.fdot(weights, gaps) / mpmath.fsum(weights)


@pytest.mark.parametrize("share", [0.5, 1e-3, 1e-9, 1e-14])
def test_small_gaps_keep_their_digits(share: float) -> None:
    log_p = log_softmax(RNG.normal(size=(20, 6)) * 2, axis=-1)
    values = RNG.uniform(-1, 1, (20, 6))
    best = values.argmax(axis=-1)
    with mpmath.workdps(50):
        gamma = np.array(
            [
                float(exact_gaps(p, v, 0.0)[k] * (1 - mpmath.mpf(share)))
                for p, v, k in zip(log_p, values, best, strict=True)
            ]
        )
        found = target_gaps(log_p, values, values, gamma)
        for k in range(20):
            for got, exact in zip(found.gaps[k], exact_gaps(log_p[k], values[k], gamma[k]), strict=True):
                assert abs(got - exact) <= found.error[k] + 2e-16 * abs(exact)
            assert (found.error[k] == 0) == (np.abs(found.gaps[k]).min() < 1e-3 * np.abs(found.gaps[k]).max())
    if share < 1e-3:
        plain = values - np.sum(np.exp(log_p) * values, axis=-1, keepdims=True) - gamma[:, None]
        nearest = np.take_along_axis(found.gaps, best[:, None], axis=-1)
        # The control: plain differences are off by more than a share of 1e-16 / share of them.
        assert np.abs(np.take_along_axis(plain, best[:, None], axis=-1) / nearest - 1).max() > 1e-17 / share


@pytest.mark.parametrize("coefficient", [1e-6, 1e-3, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("share", [0.3, 1e-6, 1e-12])
def test_gap_of_the_limit(coefficient: float, share: float) -> None:
    log_p = log_softmax(RNG.normal(size=(20, 4)), axis=-1)
    proxy, values = RNG.uniform(-1, 1, (2, 20, 4))
    gamma = np.empty(20)
    with mpmath.workdps(50):
        for k in range(20):
            rise = exact_limit(log_p[k], proxy[k], coefficient, exact_gaps(log_p[k], values[k], 0.0))
            gamma[k] = float(rise * (1 - mpmath.mpf(share)))
        found = limit_gap(log_p, proxy, values, gamma, np.full(20, coefficient))
        for k in range(20):
            exact = exact_limit(log_p[k], proxy[k], coefficient, exact_gaps(log_p[k], values[k], gamma[k]))
            assert abs(found.gap[k] - exact) <= found.error[k] + 1e-15 * abs(exact)
            assert found.error[k] <= 0.02 * abs(exact)
