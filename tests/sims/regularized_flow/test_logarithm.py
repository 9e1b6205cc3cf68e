"""The logarithm that the flow with KL is integrated with, against NumPy's in extended precision."""

from __future__ import annotations

import numpy as np

from sims.regularized_flow.logarithm import log1p


def test_within_three_units_in_the_last_place_everywhere() -> None:
    rng = np.random.default_rng(0)
    size = np.exp(rng.uniform(-700, 700, 20_000))
    near = np.exp(rng.uniform(-40, 0, 20_000))
    x = np.concatenate([size, near, -near, near - 1, rng.uniform(-1, 3, 20_000)])
    x = x[x > -1]
    exact = np.log1p(x.astype(np.longdouble))
    error = np.abs(np.asarray(log1p(x)) - exact) / np.spacing(np.abs(exact).astype(np.float64))
    assert error.max() < 3


def test_the_ends_of_the_range() -> None:
    found = np.asarray(log1p(np.array([0.0, -1.0, -1.5, np.inf, np.nan])))
    np.testing.assert_array_equal(found, [0.0, -np.inf, np.nan, np.inf, np.nan])
