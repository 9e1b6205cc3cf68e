"""Evidence by proof: every statement that has one, checked step by step."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.proof import Proof, to_evidence
from proofs_check.proofs.fisher_times import FISHER_TIME_PROOFS
from proofs_check.proofs.groups import GROUP_PROOFS
from proofs_check.proofs.growth_control import GROWTH_CONTROL_PROOFS
from proofs_check.proofs.linear_law import LINEAR_LAW_PROOFS
from proofs_check.proofs.our_upper_bounds import UPPER_BOUND_PROOFS
from proofs_check.proofs.parametric_gradients import POLICY_PROOFS
from proofs_check.proofs.parametric_times import MOTION_PROOFS
from proofs_check.proofs.pathwise import PATHWISE_PROOFS
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.proofs.steps import STEP_PROOFS
from proofs_check.proofs.tabular_hitting_times import BOUND_PROOFS
from proofs_check.proofs.tabular_policies import LEMMA_PROOFS
from proofs_check.proofs.variance_growth import GROWTH_PROOFS
from proofs_check.sampling.tabular import Progress
from proofs_check.smt.solvers import SECONDS, Solvers
from theory.statement import Statement

PROOFS: dict[str, Builder] = (
    LEMMA_PROOFS
    | BOUND_PROOFS
    | UPPER_BOUND_PROOFS
    | POLICY_PROOFS
    | GROWTH_PROOFS
    | MOTION_PROOFS
    | FISHER_TIME_PROOFS
    | PATHWISE_PROOFS
    | GROWTH_CONTROL_PROOFS
    | LINEAR_LAW_PROOFS
    | STEP_PROOFS
    | GROUP_PROOFS
)
"""What makes the steps of each proof, by id. Some ids are not in the register: they are only cited."""


def prove(
    statements: Sequence[Statement], *, seconds: float = SECONDS, progress: Progress | None = None
) -> list[Evidence]:
    """Checks the proofs of `statements`.

    **Arguments**

    - `statements`: from the register.
    - `seconds`: how long a solver may think about one question; beyond, the step is unknown.
    - `progress`: called with what is going on.

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


def find_proofs(ids: Sequence[str], *, seconds: float = SECONDS, progress: Progress | None = None) -> list[Proof]:
    """The proofs of ids of `PROOFS`, in order, checked now; what several of them cite is checked once.

    **Arguments**: `progress`: called with each claim that is being checked, and the share of the proofs that are done.
    """
    report = progress or (lambda what, done: None)
    found: list[Proof] = []
    with Solvers(seconds=seconds) as solvers:
        prover = Prover(solvers, PROOFS, ids, lambda name: report(f"checking: {name}", len(found) / len(ids)))
        for id in ids:
            found.append(prover.proof(id))  # noqa: PERF401
    return found


def find_proof(id: str, *, seconds: float = SECONDS) -> Proof:
    """The proof of one id of `PROOFS`, checked now."""
    return find_proofs([id], seconds=seconds)[0]
