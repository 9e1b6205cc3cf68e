"""The certificate of times in parameter space finds a solver that misses first crossings; the one we have stands it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from proofs_check.certificates import parameter_flow
from proofs_check.certificates.parameter_flow import OUTPUTS, certify_parameter_flow
from proofs_check.certificates.simulator import Agreement, SimulatorReport
from sims.hitting import Hitting, Status


def test_few_problems_stand() -> None:
    report = certify_parameter_flow(3, seed=0)
    assert report.sound
    assert [(row.outputs, row.regularized, row.problems) for row in report.rows] == [
        (OUTPUTS, False, 6),
        (OUTPUTS, True, 6),
    ]
    assert all(row.parameter_space for row in report.rows)
    assert sum(row.inside for row in report.rows) >= 6
    again = SimulatorReport.from_record(report.to_record())
    assert [row.parameter_space for row in again.rows] == [True, True]


def test_a_later_crossing_with_a_confident_error_is_found(monkeypatch) -> None:
    """What a solver says that looks at the ends of its steps only."""

    def late(problems, increase) -> Hitting:
        found = certified_parameter_flow_times(problems, increase)
        return replace(found, time=np.where(found.reached, 200 * found.time, found.time))

    certified_parameter_flow_times = parameter_flow.parameter_hitting_times
    monkeypatch.setattr(parameter_flow, "parameter_hitting_times", late)
    report = certify_parameter_flow(2, seed=1)
    assert not report.sound
    assert {finding.agreement for finding in report.findings} <= {Agreement.OUTSIDE, Agreement.CONTRADICTION}
    assert all(finding.answer.status is Status.REACHED for finding in report.findings)
