"""The comparisons that proofs make with `theory`, without the proving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofs_check.evidence.step import Step, written
from proofs_check.proofs.prover import Builder, Claim, Prover
from proofs_check.smt.solvers import Solvers


class Comparisons(Prover):
    """Makes the steps of proofs, but asks no solver: `found` are the comparisons of constants and functions that fail.

    The sides of the register are compared elsewhere.
    """

    def __init__(self, builders: Mapping[str, Builder]) -> None:
        super().__init__(Solvers(), builders)
        self.found: list[str] = []

    def disagreement(self) -> str | None:
        """The first comparison that fails, of all proofs."""
        for id in self._builders:
            self.proof(id)
        return self.found[0] if self.found else None

    def check(self, claim: Claim, *, statement: str | None = None, disagreements: Sequence[str | None] = ()) -> Step:
        self.found += [problem for problem in disagreements if problem is not None]
        return written("compared", "", "")

    def cite(self, id: str) -> Step:
        self.proof(id)
        return written("cited", "", "")
