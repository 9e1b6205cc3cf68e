"""Evidence by proof: every statement that has one, checked step by step."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.evidence import Evidence
from proofs_check.proof import Proof, to_evidence
from proofs_check.proofs_of_bounds import BOUND_PROOFS
from proofs_check.proofs_of_lemmas import LEMMA_PROOFS
from proofs_check.proofs_of_upper_bounds import UPPER_BOUND_PROOFS
from proofs_check.prover import Builder, Prover
from proofs_check.sampling import Progress
from proofs_check.smt_solvers import SECONDS, Solvers
from theory.statement import Statement

PROOFS: dict[str, Builder] = LEMMA_PROOFS | BOUND_PROOFS | UPPER_BOUND_PROOFS
"""What makes the steps of each proof, by id. Some ids are not in the register: Lemmas 1 and 2 speak of any function of
time, not of a problem that could be sampled, and others are only cited."""


def prove(
    statements: Sequence[Statement], *, seconds: float = SECONDS, progress: Progress | None = None
) -> list[Evidence]:
    """Checks the proofs of `statements`.

    **Arguments**

    - `statements`: from the register.
    - `seconds`: how long a solver may think about one question; beyond, the step is unknown.
    - `progress`: told what is going on.

    **Returns** one `Evidence` per statement that has a proof, in their order.
    """
    report = progress or (lambda what, done: None)
    chosen = [statement.id for statement in statements if statement.id in PROOFS]
    evidence = []
    with Solvers(seconds=seconds) as solvers:
        prover = Prover(solvers, PROOFS, chosen)
        for place, id in enumerate(chosen):
            report(f"proof: {id}", place / len(chosen))
            evidence.append(to_evidence(prover.proof(id)))
    return evidence


def find_proof(id: str, *, seconds: float = SECONDS) -> Proof:
    """The proof of one id of `PROOFS`, checked now."""
    with Solvers(seconds=seconds) as solvers:
        return Prover(solvers, PROOFS, [id]).proof(id)
