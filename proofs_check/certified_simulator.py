"""The simulator held against rigorous enclosures: is a hitting time as good as its own error estimate says?"""

from __future__ import annotations

import enum
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from flint import arb

from proofs_check.balls import float_above, float_below, working_precision
from proofs_check.enclose import enclose_hitting_time
from proofs_check.enclosure import Enclosure, Outcome
from proofs_check.problem_families import general_problems
from sims.hitting import Status
from sims.hitting_times import hitting_times
from theory.problem_record import problem_from_record, problem_to_record

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""A hitting time in float64 is not expected to be better than this, whatever error is reported."""

SIZES = (2, 3, 5, 8, 10)
"""Numbers of outputs that are drawn; each costs the simulators a compilation."""


CLASSES = (False, True)
"""Without a KL coefficient and with one."""


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
    """The problems of one size, without or with a KL coefficient.

    **Fields**: `outputs`, `regularized`; `problems`, and how many are `inside`, `outside`, `same`, `contradictions`,
    `undecided`; `true_error`, `reported_error`: the largest of those compared, NaN if there are none.
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


@dataclass(frozen=True)
class SimulatorReport:
    """All rows, and every problem that does not speak for the simulator."""

    rows: tuple[ErrorRow, ...]
    findings: tuple[Comparison, ...]

    @property
    def sound(self) -> bool:
        """Every reported error covers the true one, nothing is contradicted, and something was compared."""
        return not self.findings and any(row.inside for row in self.rows)


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
    # Censored or failed: the target was not reached before that time.
    if enclosure.upper_float < answer.time:
        return Agreement.CONTRADICTION, *nothing
    return (Agreement.SAME if enclosure.lower_float >= answer.time else Agreement.UNDECIDED), *nothing


class _Case(NamedTuple):
    record: dict[str, Any]
    answer: Answer
    most_steps: int


def compare_case(case: _Case) -> Comparison:
    """Encloses one problem's time and compares; takes and returns plain numbers, so that a process can be sent it."""
    problem, increase = problem_from_record(case.record)
    assert increase is not None
    enclosure = enclose_hitting_time(problem, increase, most_steps=case.most_steps)
    agreement, least, most = compare_with_enclosure(case.answer, enclosure)
    return Comparison(
        case.record, case.answer, agreement, least, most, enclosure.lower_float, enclosure.upper_float
    )  # fmt: skip


def simulated_cases(
    seed: int,
    count: int,
    *,
    sizes: Sequence[int],
    classes: Sequence[bool],
    most_steps: int,
    relative_tolerance: float,
) -> Iterator[_Case]:
    """At least `count` random problems with the simulator's answers, equally many of each size and class.

    The rewards are spread out, two-valued, or nearly equal (variance down to 1e-24), the probabilities as small as
    1e-12.
    """
    rng = np.random.default_rng([seed, 9])
    each = -(-count // (len(classes) * len(sizes)))
    for outputs in sizes:
        for regularized in classes:
            family = general_problems(rng, each, outputs, regularized=regularized)
            hitting = hitting_times(family.problem, family.increase, relative_tolerance=relative_tolerance)
            for k in range(each):
                answer = Answer(
                    float(np.asarray(hitting.time)[k]),
                    float(np.asarray(hitting.relative_error)[k]),
                    Status(int(np.asarray(hitting.status)[k])),
                )
                yield _Case(problem_to_record(family.problem[k], float(family.increase[k])), answer, most_steps)


def certify_simulator(
    *,
    count: int = 200,
    seed: int = 0,
    sizes: Sequence[int] = SIZES,
    classes: Sequence[bool] = CLASSES,
    most_steps: int = 150,
    relative_tolerance: float = 1e-10,
    workers: int = 1,
) -> SimulatorReport:
    """Compares `sims.hitting_times` with rigorous enclosures on random problems.

    **Arguments**

    - `count`: problems at least. `sizes`: numbers of outputs. `classes`: whether they have a KL coefficient.
    - `most_steps`: of each enclosure, beyond which a problem is undecided.
    - `relative_tolerance`: asked of the simulator.
    - `workers`: processes that enclose; one works in this process.

    **Returns** the table of errors, and the problems that are findings.
    """
    with jax.enable_x64(True):
        cases = list(
            simulated_cases(
                seed, count, sizes=sizes, classes=classes, most_steps=most_steps, relative_tolerance=relative_tolerance
            )
        )
    if workers == 1:
        comparisons = [compare_case(case) for case in cases]
    else:
        # Forking a process in which JAX has started threads can hang.
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            comparisons = pool.map(compare_case, cases, chunksize=1)
    bad = (Agreement.OUTSIDE, Agreement.CONTRADICTION)
    rows = [
        _row(outputs, regularized, [c for c in comparisons if _belongs(c, outputs, regularized)])
        for outputs in sizes
        for regularized in classes
    ]
    return SimulatorReport(tuple(rows), tuple(c for c in comparisons if c.agreement in bad))


def _belongs(comparison: Comparison, outputs: int, regularized: bool) -> bool:
    record = comparison.record
    return len(record["proxy_reward"]) == outputs and (record["kl_coefficient"] > 0) == regularized


def _row(outputs: int, regularized: bool, comparisons: list[Comparison]) -> ErrorRow:
    compared = [c for c in comparisons if np.isfinite(c.true_error)]

    def number(agreement: Agreement) -> int:
        return sum(c.agreement is agreement for c in comparisons)

    return ErrorRow(
        outputs=outputs,
        regularized=regularized,
        problems=len(comparisons),
        inside=number(Agreement.INSIDE),
        outside=number(Agreement.OUTSIDE),
        same=number(Agreement.SAME),
        contradictions=number(Agreement.CONTRADICTION),
        undecided=number(Agreement.UNDECIDED),
        true_error=max((c.true_error for c in compared), default=np.nan),
        reported_error=max((c.answer.relative_error for c in compared), default=np.nan),
    )
