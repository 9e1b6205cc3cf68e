"""Proofs about training in steps of any size, from the pathwise lemma."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import steps as inequalities
from proofs_check.inequalities import sums
from proofs_check.proofs.prover import Builder, Prover
from theory.bounds import updates

DISTANCES = written(
    "distances",
    "the rise D of the artanh, and the logarithm of v over that at the start, are at most l",
    "The pathwise lemma at each step, added up: l is the sum of half the ranges of the changes of this prompt's "
    "logits. "
    "Logits of other prompts do not enter. The first time is the sum of the steps up to the first iterate at which the "
    "expected reward has risen by gamma, and D is then at least that of gamma.",
)
EXPONENTIALS = written(
    "exponentials",
    "exp(-delta) >= 1 - delta",
    "It is ln x <= x - 1 at x = exp(-delta).",
)


def ascent(prover: Prover) -> Sequence[Step]:
    """S-GD: gradient ascent with any steps."""
    constant = constant_disagreement("ASCENT_CONSTANT", updates.ASCENT_CONSTANT, 2.0)
    return [
        prover.cite("lem7"),
        prover.cite("lem8"),
        prover.cite("s-path-value"),
        prover.cite("s-path-deviation"),
        prover.cite("log-tangent"),
        prover.check(sums.TRIANGLE),
        prover.check(sums.HALF_MASS),
        prover.check(inequalities.RANGE_OF_A_STEP),
        EXPONENTIALS,
        prover.check(inequalities.LENGTH_OF_A_STEP),
        DISTANCES,
        prover.check(inequalities.ALL_STEPS),
        prover.check(inequalities.ascent(), statement="s-gd", disagreements=[constant]),
    ]


STEP_PROOFS: dict[str, Builder] = {"s-gd": ascent}
"""By the id of the statement."""
