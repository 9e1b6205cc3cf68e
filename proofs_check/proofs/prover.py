"""The prover, which builds proofs: it asks the solvers, compares with the register, and lets proofs cite each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import theory.statement
from proofs_check.conformance.groups import group_agreement, group_disagreement
from proofs_check.conformance.hypotheses import (
    FoundHypotheses,
    hypothesis_agreement,
    hypothesis_disagreement,
    register_hypotheses,
)
from proofs_check.conformance.parametric import (
    RegisterValues,
    parametric_agreement,
    parametric_disagreement,
    parametric_values,
)
from proofs_check.conformance.printed_groups import GROUP_STATED
from proofs_check.conformance.printed_parametric import PARAMETRIC_STATED
from proofs_check.conformance.printed_tabular import STATED
from proofs_check.conformance.tabular import WITH_A_GOOD_SET, agreement, register_disagreement, register_sides
from proofs_check.enclosures.on_boxes import OnBoxes, on_boxes_step
from proofs_check.evidence.proof import Proof, cited
from proofs_check.evidence.step import Step, gap
from proofs_check.smt.claims import Induction, Query
from proofs_check.smt.query import induction_step, query_step
from proofs_check.smt.solvers import Solvers
from proofs_check.symbolic.identity import Identity, identity_step
from proofs_check.symbolic.positivity import Positive, positive_step
from proofs_check.symbolic.vanishing import Vanishing, vanishing_step
from theory.statements.register import find_statement

Builder: TypeAlias = Callable[["Prover"], Sequence[Step]]
"""Makes the steps of one statement."""

Claim: TypeAlias = Query | Induction | Identity | Positive | Vanishing | OnBoxes


class Prover:
    """One run of proofs: each is made once, however often it is cited.

    **Arguments**: `solvers`; `builders`, by id; `statements`, the ids whose register entries will be compared, so that
    they are compiled together; `report`: called with the name of each claim before it is checked.
    """

    def __init__(
        self,
        solvers: Solvers,
        builders: Mapping[str, Builder],
        statements: Sequence[str] = (),
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.solvers = solvers
        self._report = report or (lambda name: None)
        self._builders = builders
        self._wanted = [id for id in statements if id in STATED]
        self._proofs: dict[str, Proof] = {}
        self._open: list[str] = []
        self._checked: dict[str, list[Claim]] = {}
        self._cited: dict[str, list[str]] = {}
        self._plain: dict[int, tuple[Claim, Step]] = {}
        self._sides: dict[str, theory.statement.Sides] = {}
        self._hypotheses: dict[str, FoundHypotheses] = {}
        self._parametric: dict[str, RegisterValues] = {}

    def proof(self, id: str) -> Proof:
        """The proof of a statement, or of a lemma that is not in the register.

        **Raises** `ValueError` if proofs cite each other in a circle.
        """
        if id in self._open:
            raise ValueError(f"proofs: {' -> '.join([*self._open, id])}. A proof must not rest on itself.")
        if id not in self._proofs:
            self._open.append(id)
            started = time.perf_counter()
            self._checked[id], self._cited[id] = [], []
            try:
                steps = tuple(self._builders[id](self))
            finally:
                self._open.pop()
            unproved = self.used_but_unproved(id)
            if unproved:
                steps += (gap("what is used", "some step proves every claim that is used", "; ".join(unproved)),)
            self._proofs[id] = Proof(id, steps, time.perf_counter() - started)
        return self._proofs[id]

    def cite(self, id: str) -> Step:
        """Another proof as one step."""
        if self._open:
            self._cited[self._open[-1]].append(id)
        return cited(self.proof(id))

    def used_but_unproved(self, id: str) -> list[str]:
        """The names of claims that the steps of a proof use, and that no step of it or of what it cites checks."""
        reached, waiting = set[str](), [id]
        while waiting:
            reached.add(here := waiting.pop())
            waiting += [other for other in self._cited[here] if other not in reached]
        proved = {_identity(claim) for here in reached for claim in self._checked[here]}
        used = [source for claim in self._checked[id] if isinstance(claim, Query) for source in claim.sources()]
        return list(dict.fromkeys(source.name for source in used if _identity(source) not in proved))

    def check(self, claim: Claim, *, statement: str | None = None, disagreements: Sequence[str | None] = ()) -> Step:
        """Has the machinery that a claim needs check it.

        **Arguments**

        - `statement`: the id of the registered statement that is this claim; its sides and its hypotheses are compared
          with the proved ones.
        - `disagreements`: what other comparisons with `theory` gave; those that are not None make the step fail.
        """
        self._report(claim.name)
        if self._open:
            self._checked[self._open[-1]].append(claim)
        found = [d for d in disagreements if d is not None]
        code = ""
        if statement is not None:
            code = self._agreement(statement)
            found += [d for d in [self._register(statement)] if d is not None]
        disagreement = "; ".join(found) or None
        if code or disagreement is not None:
            return self._step(claim, code, disagreement)
        # The claim is kept with its step, so that no other one can take its identity.
        if id(claim) not in self._plain:
            self._plain[id(claim)] = claim, self._step(claim, "", None)
        return self._plain[id(claim)][1]

    def _step(self, claim: Claim, code: str, disagreement: str | None) -> Step:
        match claim:
            case Query():
                return query_step(self.solvers, claim, code=code, disagreement=disagreement)
            case Identity():
                return identity_step(claim, code=code, disagreement=disagreement)
            case Positive():
                return positive_step(claim, code=code, disagreement=disagreement)
            case Vanishing():
                return vanishing_step(claim, code=code, disagreement=disagreement)
            case OnBoxes():
                return on_boxes_step(claim, code=code, disagreement=disagreement)
        return induction_step(self.solvers, claim, code=code, disagreement=disagreement)

    def _agreement(self, statement: str) -> str:
        if statement in GROUP_STATED:
            return group_agreement(statement)
        if statement in PARAMETRIC_STATED:
            return parametric_agreement(statement)
        return agreement(statement) + hypothesis_agreement(statement)

    def _register(self, statement: str) -> str | None:
        if statement in GROUP_STATED:
            return group_disagreement(statement)
        if statement in PARAMETRIC_STATED:
            if statement not in self._parametric:
                self._parametric |= parametric_values([statement])
            return parametric_disagreement(statement, self._parametric[statement])
        together = self._wanted if statement in self._wanted else [statement]
        if statement not in WITH_A_GOOD_SET and statement not in self._sides:
            self._sides |= register_sides(together)
        if find_statement(statement).hypotheses and statement not in self._hypotheses:
            self._hypotheses |= register_hypotheses([id for id in together if find_statement(id).hypotheses])
        sides = self._sides.get(statement)
        found = None if sides is None else register_disagreement(statement, sides, STATED[statement])
        return found or hypothesis_disagreement(statement, self._hypotheses.get(statement))


def _identity(claim: Claim) -> tuple[str, str]:
    """What tells claims apart: functions make the same one anew."""
    return claim.name, claim.conclusion if isinstance(claim, Query | Induction) else claim.claim
