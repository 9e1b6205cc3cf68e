"""Reward variance over the prompts: every prompt is counted once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flatscape.audit.analysis.histogram import LEAST_RATIO, variance_histogram

VARIANCES = arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 12)),
    elements=st.one_of(st.just(0.0), st.just(np.nan), st.floats(1e-30, 1e30)),
)


@given(VARIANCES)
def test_every_prompt_is_counted_once(variances):
    found = variance_histogram(variances)
    counted = found.counts.sum(axis=1) + found.zero + found.undefined
    assert (counted == variances.shape[1]).all()
    assert (np.diff(found.edges) > 0).all()
    positive = variances[variances > 0]
    if positive.size:
        assert found.edges[-1] == positive.max()
        assert found.edges[0] >= positive.max() * LEAST_RATIO / 2


def test_without_a_positive_variance_there_is_no_edge():
    found = variance_histogram(np.array([[0.0, np.nan]]))
    assert found.edges.size == 0
    assert found.counts.shape == (1, 0)
