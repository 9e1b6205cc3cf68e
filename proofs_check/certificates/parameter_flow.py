"""Hitting times in parameter space held against rigorous enclosures, on tables, whose times can be enclosed.

The solver does not know that the policy is a table. Half of the problems have an expected reward that rises to the
target and falls again, so that a solver that looks at the ends of its steps finds a later time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import jax
import numpy as np

from proofs_check.certificates.simulator import (
    Agreement,
    Answer,
    ProblemClass,
    SimulatedCase,
    SimulatorReport,
    compare_case,
    error_row,
)
from proofs_check.instances.bump_families import bump_problems
from proofs_check.instances.tables_as_policies import in_parameter_space
from proofs_check.instances.tabular_families import Family, arbitrary_problems
from sims.hitting import Status
from sims.parameter_space.hitting_times import parameter_hitting_times
from theory.tabular.problem_record import problem_to_record

OUTPUTS = 4

PROBLEMS = {"quick": 6, "full": 40}
"""Problems of each family, without KL coefficient and with one, at the two levels of `flatscape verify`."""

FAMILIES: tuple[Callable[..., Family], ...] = (bump_problems, arbitrary_problems)


def certify_parameter_flow(count: int, seed: int, *, most_steps: int = 150) -> SimulatorReport:
    """Compares `sims.parameter_hitting_times` with rigorous enclosures.

    **Arguments**

    - `count`: problems of each family, without and with a KL coefficient.
    - `most_steps`: of each enclosure, beyond which a problem is undecided.

    **Returns** the table of errors, and the problems that are findings.
    """
    rows, findings = [], []
    for regularized in (False, True):
        comparisons = []
        for place, make in enumerate(FAMILIES):
            rng = np.random.default_rng([seed, 13, place, int(regularized)])
            family = make(rng, count, OUTPUTS, regularized=regularized)
            comparisons += [compare_case(case) for case in _simulated(family, most_steps)]
        rows.append(
            error_row(OUTPUTS, ProblemClass(regularized, corner=False), comparisons)._replace(parameter_space=True)
        )
        findings += [c for c in comparisons if c.agreement in (Agreement.OUTSIDE, Agreement.CONTRADICTION)]
    return SimulatorReport(tuple(rows), tuple(findings))


def _simulated(family: Family, most_steps: int) -> list[SimulatedCase]:
    """The problems of one prompt with the answers of the flow in parameter space."""
    problem = replace(family.problem, prompts=np.ones(family.increase.shape))
    with jax.enable_x64(True):
        found = parameter_hitting_times(in_parameter_space(problem), family.increase)
    times, errors, codes = (np.asarray(a) for a in (found.time, found.relative_error, found.status))
    return [
        SimulatedCase(
            problem_to_record(problem[k], float(family.increase[k])),
            Answer(float(times[k]), float(errors[k]), Status(int(codes[k]))),
            most_steps,
        )
        for k in range(len(family.increase))
    ]
