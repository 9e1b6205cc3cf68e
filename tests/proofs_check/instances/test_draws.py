"""Draws of many orders of magnitude."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.instances.draws import log_uniform


def test_all_orders_of_magnitude_are_as_likely():
    drawn = log_uniform(np.random.default_rng(0), 1e-6, 1e2, (4, 5000))
    assert drawn.shape == (4, 5000)
    assert 1e-6 <= drawn.min() < drawn.max() <= 1e2
    counts, _ = np.histogram(np.log10(drawn), bins=8, range=(-6, 2))
    assert counts / drawn.size == pytest.approx(np.full(8, 1 / 8), abs=0.015)
