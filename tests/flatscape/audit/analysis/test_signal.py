"""The group size that suffices, as far as the samples tell."""

from __future__ import annotations

import numpy as np

from flatscape.audit.analysis.signal import enough_signal
from tests.flatscape.audit.audited import samples


def test_the_smallest_group_that_suffices():
    rewards = [[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    assert enough_signal(samples(rewards, [0, 8]), 0.25).group_size.tolist() == [4.0]
    found = enough_signal(samples([[0.0] * 8], [0, 8]), 0.25)
    assert np.isnan(found.group_size[0])
    assert found.largest == 8


def test_singletons_do_not_count():
    found = enough_signal(samples([[1.0, 0.0, 0.0, 1.0, 2.0]], [0, 1, 2, 5]), 0.9)
    assert found.largest == 3
    assert found.group_size.tolist() == [2.0]
