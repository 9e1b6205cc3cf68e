"""Ratios of bounds against the bounds themselves."""

from __future__ import annotations

import numpy as np
import pytest

import theory.bounds
from theory.comparison.relative_flatness import relative_flatness
from theory.errors import InvalidInputError

VARIANCES = np.array([0.02, 0.5, 0.1])


def test_constants_cancel():
    """For every lower bound that goes with the root of the variance, whatever the increase and the constants."""
    found = relative_flatness(VARIANCES)
    for bounds in (
        [float(theory.bounds.sharpened_proposition_3(0.3, v, 7.0)) for v in VARIANCES],
        [float(theory.bounds.sharpened_theorem_4(0.3, v, 2.5, 4.0)) for v in VARIANCES],
        [float(theory.bounds.contrast_theorem_4(0.3, v, 2.5, 4.0)) for v in VARIANCES],
    ):
        np.testing.assert_allclose(found.time, np.array(bounds) / min(bounds), rtol=1e-12)
    limits = [float(theory.bounds.sharpened_proposition_2(v, 2.5, 4.0)) for v in VARIANCES]
    np.testing.assert_allclose(found.gradient, np.array(limits) / max(limits), rtol=1e-12)


def test_batches_and_gaps():
    found = relative_flatness(np.array([[0.04, 0.01], [np.nan, 0.0], [np.nan, 0.3]]))
    np.testing.assert_allclose(found.time, [[1, 2], [np.nan, np.nan], [np.nan, 1]])
    np.testing.assert_allclose(found.gradient, [[1, 0.5], [np.nan, np.nan], [np.nan, 1]])


@pytest.mark.parametrize("variances", [np.array([0.1, -0.1]), np.zeros((2, 0))])
def test_bad_input(variances):
    with pytest.raises(InvalidInputError, match="mean_variances"):
        relative_flatness(variances)
