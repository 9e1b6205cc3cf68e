"""The comparison tells right answers from wrong ones, and the simulator stands it on a few problems."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb

from proofs_check.certificates import simulator as certified_simulator
from proofs_check.certificates.simulator import (
    Agreement,
    Answer,
    Comparison,
    ProblemClass,
    SimulatorReport,
    certify_simulator,
    compare_with_enclosure,
)
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import Enclosure, Outcome
from sims.hitting import Hitting, Status
from theory.tabular.problem_record import problem_from_record

REACHED = Enclosure(Outcome.REACHED, arb(2), arb(2) + arb(2) ** -60, None, 160, 1, 0.0)
NEVER = Enclosure(Outcome.NEVER, arb("inf"), arb("inf"), None, 160, 1, 0.0)
BEYOND = Enclosure(Outcome.BEYOND, arb(2), arb("inf"), "work", 160, 1, 0.0)
UNKNOWN = Enclosure(Outcome.UNKNOWN, arb(0), arb("inf"), "lost", 160, 1, 0.0)
NAN = float("nan")


@pytest.mark.parametrize(
    ("answer", "enclosure", "agreement"),
    [
        (Answer(2.0, 1e-12, Status.REACHED), REACHED, Agreement.INSIDE),
        (Answer(2 * (1 + 1e-9), 2e-9, Status.REACHED), REACHED, Agreement.INSIDE),
        (Answer(2 * (1 + 1e-9), 5e-10, Status.REACHED), REACHED, Agreement.OUTSIDE),
        (Answer(2 * (1 - 1e-9), 5e-10, Status.REACHED), REACHED, Agreement.OUTSIDE),
        (Answer(np.nextafter(2, 3), 0.0, Status.REACHED), REACHED, Agreement.INSIDE),
        (Answer(2 * (1 + 1e-9), NAN, Status.REACHED), REACHED, Agreement.OUTSIDE),
        (Answer(2.0, 1e-12, Status.REACHED), NEVER, Agreement.CONTRADICTION),
        (Answer(1.0, 1e-12, Status.REACHED), BEYOND, Agreement.CONTRADICTION),
        (Answer(3.0, 1e-12, Status.REACHED), BEYOND, Agreement.UNDECIDED),
        (Answer(3.0, 1e-12, Status.REACHED), UNKNOWN, Agreement.UNDECIDED),
        (Answer(np.inf, NAN, Status.NEVER), NEVER, Agreement.SAME),
        (Answer(np.inf, NAN, Status.NEVER), REACHED, Agreement.CONTRADICTION),
        (Answer(np.inf, NAN, Status.NEVER), BEYOND, Agreement.UNDECIDED),
        (Answer(1.0, NAN, Status.CENSORED), REACHED, Agreement.SAME),
        (Answer(3.0, NAN, Status.CENSORED), REACHED, Agreement.CONTRADICTION),
        (Answer(3.0, NAN, Status.FAILED), BEYOND, Agreement.UNDECIDED),
        (Answer(3.0, NAN, Status.FAILED), NEVER, Agreement.SAME),
        (Answer(3.0, NAN, Status.ILL_CONDITIONED), REACHED, Agreement.CONTRADICTION),
    ],
)
def test_agreement(answer, enclosure, agreement):
    found, least, most = compare_with_enclosure(answer, enclosure)
    assert found is agreement
    if enclosure is REACHED and answer.status is Status.REACHED:
        assert least <= abs(answer.time - 2) / 2 <= most


def test_the_simulator_on_a_few_problems():
    report = certify_simulator(
        count=16, seed=0, sizes=(3,), classes=(ProblemClass(regularized=False, corner=False),), most_steps=80
    )
    assert report.sound
    (row,) = report.rows
    assert (row.outputs, row.regularized, row.corner, row.problems) == (3, False, False, 16)
    assert row.inside + row.same + row.undecided == 16
    assert row.inside >= 5
    assert row.true_error < 1e-9


def test_a_simulator_that_understates_its_error_is_found(monkeypatch):
    """Right times, and one of them moved by a millionth: exactly that one is reported, with its problem."""

    def simulated(problem, increase, *, relative_tolerance):
        found = [enclose_hitting_time(p, float(g)) for p, g in zip(problem, increase, strict=True)]
        status = np.array([Status.REACHED if e.outcome is Outcome.REACHED else Status.NEVER for e in found], np.int8)
        time = np.array([float(e.time.mid()) if e.outcome is Outcome.REACHED else np.inf for e in found])
        moved = int(np.argmax(status == Status.REACHED))
        time[moved] *= 1 + 1e-6
        return Hitting(time, np.full(time.shape, 1e-10), status, np.zeros(time.shape, np.int64))

    monkeypatch.setattr(certified_simulator, "hitting_times", simulated)
    report = certify_simulator(count=8, seed=3, sizes=(2,), classes=(ProblemClass(regularized=True, corner=False),))
    (finding,) = report.findings
    assert not report.sound
    assert finding.agreement is Agreement.OUTSIDE
    assert finding.least_error == pytest.approx(1e-6, rel=1e-3)
    problem, gamma = problem_from_record(finding.record)
    assert enclose_hitting_time(problem, gamma).lower_float == pytest.approx(finding.lower, rel=1e-15)
    (row,) = report.rows
    assert row.outside == 1
    assert row.inside + row.same == 7


def test_a_report_with_a_finding_is_not_sound():
    bad = Comparison({}, Answer(1.0, 0.0, Status.REACHED), Agreement.OUTSIDE, 1e-9, 1e-9, 1.0, 1.0)
    assert not SimulatorReport((), (bad,)).sound
    assert not SimulatorReport((), ()).sound
