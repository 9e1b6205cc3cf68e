"""The simulator held against rigorous enclosures: is a hitting time as good as its own error estimate says?"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from flint import arb

from proofs_check.enclosures.balls import float_above, float_below, working_precision
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import Enclosure, Outcome
from proofs_check.instances.corner_families import corner_problems
from proofs_check.instances.tabular_families import arbitrary_problems
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.tabular.problem_record import problem_from_record, problem_to_record

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""A hitting time in float64 is not expected to be better than this, whatever error is reported."""

SIZES = (2, 3, 5, 8, 10)
"""Numbers of outputs that are drawn; each costs the simulators a compilation."""


class ProblemClass(NamedTuple):
    """**Fields**: `regularized`: with a KL coefficient; `corner`: from `corner_families`
    instead of random problems of all sorts."""

    regularized: bool
    corner: bool

    @property
    def label(self) -> str:
        """As it stands in names of parts of a run."""
        return f"{', KL' if self.regularized else ''}{', corners' if self.corner else ''}"


CLASSES = tuple(ProblemClass(regularized, corner) for corner in (False, True) for regularized in (False, True))

CORNER_STEPS = 600
"""Steps of the enclosure of a corner's time at most: several outputs take over from each other on long plateaus."""


class Agreement(enum.Enum):
    """How a simulator's answer compares with an enclosure."""

    INSIDE = "the true time lies within the reported error"
    OUTSIDE = "the true time is certain to lie farther away than the reported error"
    SAME = "both say that the target is never reached, or the simulator stopped before it is"
    CONTRADICTION = "one says reached, the other never, or the times exclude each other"
    UNDECIDED = "the enclosure does not tell"


class Answer(NamedTuple):
    """What the simulator said: time, reported relative error (NaN unless reached), and status."""

    time: float
    relative_error: float
    status: Status


class Comparison(NamedTuple):
    """One problem's outcome, in plain numbers.

    **Fields**: `record`: the problem, to simulate it again; `answer`; `agreement`; `least_error`, `true_error`: bounds
    below and above on the true relative error, NaN where it is not known; `lower`, `upper`: of the enclosure.
    """

    record: dict[str, Any]
    answer: Answer
    agreement: Agreement
    least_error: float
    true_error: float
    lower: float
    upper: float


class ErrorRow(NamedTuple):
    """The problems of one size and class.

    **Fields**: `outputs`, `regularized`; `problems`, and how many are `inside`, `outside`, `same`, `contradictions`,
    `undecided`; `true_error`, `reported_error`: the largest of those compared, NaN if there are none; `corner`: whether
    they are from the corners of the domain; `parameter_space`: whether they were simulated there, as policies of any
    kind.
    """

    outputs: int
    regularized: bool
    problems: int
    inside: int
    outside: int
    same: int
    contradictions: int
    undecided: int
    true_error: float
    reported_error: float
    corner: bool = False
    parameter_space: bool = False


@dataclass(frozen=True)
class SimulatorReport:
    """All rows, and every problem that does not speak for the simulator."""

    rows: tuple[ErrorRow, ...] = ()
    findings: tuple[Comparison, ...] = ()

    @property
    def sound(self) -> bool:
        """Every reported error covers the true one, nothing is contradicted, and something was compared."""
        return not self.findings and any(row.inside for row in self.rows)

    def __add__(self, other: SimulatorReport) -> SimulatorReport:
        """The report over the problems of both."""
        return SimulatorReport(self.rows + other.rows, self.findings + other.findings)

    def to_record(self) -> dict[str, Any]:
        """The report as JSON-ready data; numbers that are not finite are None."""
        rows = [_finite(row._asdict()) for row in self.rows]
        findings = [
            _finite(
                c._asdict()
                | {"answer": _finite(c.answer._asdict()) | {"status": c.answer.status.name}}
                | {"agreement": c.agreement.name}
            )
            for c in self.findings
        ]
        return {"sound": self.sound, "rows": rows, "findings": findings}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> SimulatorReport:
        """The report that `to_record` wrote; entries that are none of its fields are passed over.

        **Raises** `KeyError`, `TypeError` or `ValueError` if the record is none.
        """
        rows = [ErrorRow(**_numbers(row, ErrorRow._fields)) for row in record["rows"]]
        findings = []
        for entry in record["findings"]:
            answer = _numbers(entry["answer"], Answer._fields)
            made = Answer(answer["time"], answer["relative_error"], Status[answer["status"]])
            more = {"answer": made, "agreement": Agreement[entry["agreement"]]}
            findings.append(Comparison(**(_numbers(entry, Comparison._fields) | more)))
        return cls(tuple(rows), tuple(findings))


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(v, float) and not np.isfinite(v) else v for name, v in record.items()}


def _numbers(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: np.nan if record[name] is None else record[name] for name in names if name in record}


def compare_with_enclosure(answer: Answer, enclosure: Enclosure) -> tuple[Agreement, float, float]:
    """How the answer agrees with the enclosure, and bounds below and above on its true relative error."""
    nothing = np.nan, np.nan
    if answer.status is Status.REACHED:
        if enclosure.outcome is Outcome.NEVER:
            return Agreement.CONTRADICTION, *nothing
        reported = max(answer.relative_error, ROUNDING)
        with working_precision(256):
            time = arb(answer.time)
            if enclosure.outcome is not Outcome.REACHED:
                excluded = time * (1 + arb(reported)) < enclosure.lower
                return (Agreement.CONTRADICTION if excluded else Agreement.UNDECIDED), *nothing
            error = abs(time - enclosure.time) / enclosure.time
            # The answer's own interval is time (1 -+ reported); a NaN in the report is no excuse.
            covered = time * (1 + arb(0, reported) if np.isfinite(reported) else 1)
            agreement = Agreement.INSIDE if covered.overlaps(enclosure.time) else Agreement.OUTSIDE
            return agreement, max(0.0, float_below(error.abs_lower())), float_above(error.abs_upper())
    if answer.status is Status.NEVER:
        if enclosure.outcome is Outcome.REACHED:
            return Agreement.CONTRADICTION, *nothing
        return (Agreement.SAME if enclosure.outcome is Outcome.NEVER else Agreement.UNDECIDED), *nothing
    # Open-ended: the target was not reached before that time.
    if enclosure.upper_float < answer.time:
        return Agreement.CONTRADICTION, *nothing
    return (Agreement.SAME if enclosure.lower_float >= answer.time else Agreement.UNDECIDED), *nothing


class SimulatedCase(NamedTuple):
    """A problem with a simulator's answer, to be enclosed. **Fields**: `record` (see `theory.tabular.problem_record`);
    `answer`; `most_steps` of the enclosure."""

    record: dict[str, Any]
    answer: Answer
    most_steps: int


def compare_case(case: SimulatedCase) -> Comparison:
    """Encloses one problem's time and compares; takes and returns plain numbers."""
    problem, increase = problem_from_record(case.record)
    if increase is None:
        raise ValueError("the record of a simulated problem has no increase to wait for")
    enclosure = enclose_hitting_time(problem, increase, most_steps=case.most_steps)
    agreement, least, most = compare_with_enclosure(case.answer, enclosure)
    return Comparison(case.record, case.answer, agreement, least, most, enclosure.lower_float, enclosure.upper_float)


def simulated_cases(
    seed: int, count: int, outputs: int, kind: ProblemClass, most_steps: int, relative_tolerance: float
) -> list[SimulatedCase]:
    """Random problems of one size and class with the simulator's answers.

    Outside the corners the rewards are spread out, two-valued, or nearly equal (variance down to 1e-24), the
    probabilities as small as 1e-12.
    """
    rng = np.random.default_rng([seed, 9, outputs, int(kind.regularized), *([1] if kind.corner else [])])
    make = corner_problems if kind.corner else arbitrary_problems
    family = make(rng, count, outputs, regularized=kind.regularized)
    hitting = hitting_times(family.problem, family.increase, relative_tolerance=relative_tolerance)
    columns = (np.asarray(hitting.time), np.asarray(hitting.relative_error), np.asarray(hitting.status))
    return [
        SimulatedCase(
            problem_to_record(family.problem[k], float(family.increase[k])),
            Answer(float(time), float(error), Status(int(status))),
            max(most_steps, CORNER_STEPS) if kind.corner else most_steps,
        )
        for k, (time, error, status) in enumerate(zip(*columns, strict=True))
    ]


@dataclass(frozen=True)
class SimulatorSettings:
    """How many problems are compared. **Fields**: `sizes`: numbers of outputs; `problems` and `corners` of each size,
    without KL coefficient and with one."""

    sizes: tuple[int, ...]
    problems: int
    corners: int

    def count(self, kind: ProblemClass) -> int:
        """Problems of each size of that class."""
        return self.corners if kind.corner else self.problems


SIMULATOR_LEVELS = {
    "quick": SimulatorSettings((3,), problems=10, corners=5),
    "full": SimulatorSettings(SIZES, problems=22, corners=22),
}
"""Settings of the two levels of `flatscape verify`: 30 problems and 440."""


def certify_simulator(
    *,
    count: int = 200,
    seed: int = 0,
    sizes: Sequence[int] = SIZES,
    classes: Sequence[ProblemClass] = CLASSES,
    most_steps: int = 150,
    relative_tolerance: float = 1e-10,
) -> SimulatorReport:
    """Compares `sims.hitting_times` with rigorous enclosures on random problems and in the corners of the domain.

    **Arguments**

    - `count`: problems at least, equally many of each size and class. `sizes`: numbers of outputs. `classes`: see
      `ProblemClass`. Each size and class has problems of its own, whichever others there are.
    - `most_steps`: of each enclosure, beyond which a problem is undecided (at least `CORNER_STEPS` in the corners).
    - `relative_tolerance`: asked of the simulator.

    **Returns** the table of errors, and the problems that are findings.
    """
    each = -(-count // (len(classes) * len(sizes)))
    rows, findings = [], []
    for outputs in sizes:
        for kind in classes:
            with jax.enable_x64(True):
                cases = simulated_cases(seed, each, outputs, kind, most_steps, relative_tolerance)
            comparisons = [compare_case(case) for case in cases]
            rows.append(error_row(outputs, kind, comparisons))
            findings += [c for c in comparisons if c.agreement in (Agreement.OUTSIDE, Agreement.CONTRADICTION)]
    return SimulatorReport(tuple(rows), tuple(findings))


def error_row(outputs: int, kind: ProblemClass, comparisons: list[Comparison]) -> ErrorRow:
    """The counts and largest errors of problems of one size and class."""
    compared = [c for c in comparisons if np.isfinite(c.true_error)]

    def number(agreement: Agreement) -> int:
        return sum(c.agreement is agreement for c in comparisons)

    return ErrorRow(
        outputs=outputs,
        regularized=kind.regularized,
        corner=kind.corner,
        problems=len(comparisons),
        inside=number(Agreement.INSIDE),
        outside=number(Agreement.OUTSIDE),
        same=number(Agreement.SAME),
        contradictions=number(Agreement.CONTRADICTION),
        undecided=number(Agreement.UNDECIDED),
        true_error=max((c.true_error for c in compared), default=np.nan),
        reported_error=max((c.answer.relative_error for c in compared), default=np.nan),
    )
