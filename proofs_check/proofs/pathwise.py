"""Proofs of the pathwise lemma: what any change of a policy does to an expected reward and to a deviation."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import pathwise as inequalities
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.smt.claims import Query
from theory.bounds import pathwise

LOGARITHMS = written(
    "logarithms",
    "the inequality of the logarithms, with its absolute value",
    "The new probabilities are p exp(u) over their sum, a factor that the quotient does not see; with lo = exp(min u) "
    "and hi = exp(max u), ln(hi/lo) is the range of u. The logarithm increases, and artanh V = ln((1+V)/(1-V))/2. The "
    "change back is -u, of the same range, so that the other direction holds too. For a constant reward nothing moves.",
)


def _steps(claim: Query, statement: str) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        constant = constant_disagreement("HALF_OF_THE_RANGE", pathwise.HALF_OF_THE_RANGE, 0.5)
        return [
            prover.check(inequalities.TILTED_ABOVE),
            prover.check(inequalities.TILTED_BELOW),
            prover.check(claim, statement=statement, disagreements=[constant]),
            LOGARITHMS,
        ]

    return steps


PATHWISE_PROOFS: dict[str, Builder] = {
    "s-path-value": _steps(inequalities.VALUE, "s-path-value"),
    "s-path-deviation": _steps(inequalities.DEVIATION, "s-path-deviation"),
}
"""By the id of the statement."""
