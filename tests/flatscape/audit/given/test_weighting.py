"""How few completions decide where they are weighted."""

from __future__ import annotations

import numpy as np

from flatscape.audit.given.weighting import weighting_report
from tests.flatscape.audit.audited import samples


def test_equal_weights_are_worth_all():
    found = weighting_report(samples([[1.0, 0.0, 0.5]], [0, 3], weights=[2.0, 2.0, 2.0]).grouped, "weight")
    np.testing.assert_allclose(found.effective, [3.0])
    assert "decides" not in found.sentence


def test_summed_log_probabilities_let_one_completion_decide():
    data = samples([[1.0, 0.0, 0.5]], [0, 3], log_probabilities=[-210.0, -180.0, -340.0]).grouped
    found = weighting_report(data, "logprob")
    np.testing.assert_allclose(found.effective, [1.0], rtol=1e-12)
    assert "One completion decides nearly alone" in found.sentence
