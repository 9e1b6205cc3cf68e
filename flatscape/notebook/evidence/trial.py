"""A trial of one statement: random instances drawn now, the tightest of them, and one that refutes its false twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float64

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.instances.parametric_families import KINDS, policy_family
from proofs_check.instances.witnesses import Witnesses
from proofs_check.sampling.judging import Judgement
from proofs_check.sampling.parametric import ParametricCampaign
from proofs_check.sampling.tabular import BATCHES, Settings, simulate_and_evaluate, simulated
from proofs_check.sampling.tally import Record, Tally
from theory.errors import InvalidInputError
from theory.instances.tabular import HittingTimeInstance, TabularInstance
from theory.statement import Relation, Sides, Statement
from theory.statements.register import find_statement
from theory.tabular.problem_record import problem_from_record

FEW = Settings((3,), problems=500, regularized_problems=100, policies=500, regularized_sizes=(3,))
"""As many tabular instances as are drawn and judged in a few seconds."""

KIND, POLICIES, FLOWS = "table", 256, 12
"""Of policies with parameters: which, how many are measured, and how many flows are followed."""

SOME = 8
"""Instances of an identity among which one with large sides is chosen."""

SEED = 0


class Comparison(NamedTuple):
    """The two sides of a claim on one instance.

    **Fields**: `smaller <= larger`, or equal, is what is claimed; `scale`, the size of the terms they are made of.
    """

    smaller: float
    larger: float
    scale: float


@dataclass(frozen=True, eq=False)
class Trial:
    """What a trial has found.

    **Fields**

    - `statement`; `evidence`, with the record of the tightest instance, and of one that refutes the control.
    - `ratios`: the larger over the smaller side on every instance that meets the hypotheses and is decided, ascending;
      for an identity, its errors in units of the terms.
    - `instance`: the record of the tightest one, or, for an identity, of one on which its sides are large;
      `tightest`: the sides there; `refuted`: those of the control where it is false. None if there is none.
    """

    statement: Statement[Any]
    evidence: Evidence
    ratios: Float64[np.ndarray, " instances"]
    instance: dict[str, Any] | None
    tightest: Comparison | None
    refuted: Comparison | None


class _Kept(Tally):
    """A tally that keeps every ratio, and the records of a few instances of the first batch."""

    def __init__(self, statement: Statement[Any]) -> None:
        super().__init__(statement)
        self.ratios: list[np.ndarray] = []
        self.some: list[dict[str, Any]] = []

    def add(self, applies: np.ndarray, judgement: Judgement, record: Record) -> None:
        super().add(applies, judgement, record)
        decided = applies & ~judgement.undecided
        self.ratios.append(np.asarray(judgement.ratio)[decided])
        if not self.some:
            self.some = [record(int(place)) for place in np.flatnonzero(decided)[:SOME]]


@lru_cache(maxsize=64)
def try_statement(id: str) -> Trial:
    """Tries a statement of the register on instances drawn now, always the same ones.

    **Raises** `InvalidInputError` for an unknown id, and for a statement about functions of time, which has a proof and
    no instances.

    >>> found = try_statement("lem8")
    >>> found.evidence.violations, found.evidence.control.refuted, bool(found.ratios[0] >= 1)
    (0, True, True)
    """
    statement = find_statement(id)
    if not statement.subject.sampled:
        raise InvalidInputError("statement", id, "It speaks of functions of time: it has a proof, and no instances.")
    tally = _Kept(statement)
    with jax.enable_x64(True):
        (_try_parametric if statement.subject.parametric else _try_tabular)(statement, tally)
    evidence = tally.evidence(Method.SAMPLING, scope={}, seed=SEED, seconds=0.0)
    ratios = np.sort(np.concatenate([np.zeros(0), *tally.ratios]))
    refuting, shown = evidence.control.instance, evidence.tightest
    if statement.relation is Relation.EQUAL and tally.some:
        # Its largest error is where nearly nothing is left of the terms.
        shown = max(tally.some, key=lambda record: _share_left(compare(statement, record)))
    return Trial(
        statement,
        evidence,
        ratios,
        shown,
        None if shown is None else compare(statement, shown),
        None if refuting is None else compare(statement, refuting, control=True),
    )


def _share_left(found: Comparison) -> float:
    return abs(found.larger) / found.scale if found.scale > 0 else 0.0


def _try_tabular(statement: Statement[Any], tally: Tally) -> None:
    witnesses, rng = Witnesses([statement]), np.random.default_rng(SEED)
    (outputs,) = FEW.sizes
    for instance in BATCHES[statement.subject](rng, FEW, outputs):
        simulate_and_evaluate({statement.id: tally}, [statement], witnesses.place(instance))
    for instance in witnesses.rest():
        simulate_and_evaluate({statement.id: tally}, [statement], instance)


def _try_parametric(statement: Statement[Any], tally: Tally) -> None:
    campaign = ParametricCampaign(Method.SAMPLING, [statement], seed=SEED)
    campaign.tallies = {statement.id: tally}
    rng = np.random.default_rng(SEED)
    campaign.add_policies(policy_family(rng, POLICIES, KIND, KINDS[KIND], own_reference=False).problem, KIND)
    flows = policy_family(rng, FLOWS, KIND, KINDS[KIND], own_reference=True)
    campaign.add_flows(flows.problem, flows.prompt, flows.increase, KIND)
    campaign.add_witnesses()


def compare(statement: Statement[Any], record: Mapping[str, Any], *, control: bool = False) -> Comparison:
    """The two sides on an instance that was recorded, whose flow is followed again where it has one.

    **Arguments**: `record`, as evidence has it; `control`, whether the sides are those of the false twin.

    **Raises** `InvalidInputError` for a record that is no instance of the statement.
    """
    sides: Callable[[Any], Sides] = statement.control.sides if control else statement.sides
    with jax.enable_x64(True):
        instance = recorded_instance(statement, record)
        found = sides(simulated(instance)[0] if isinstance(instance, TabularInstance) else instance)
        smaller, larger, scale = np.broadcast_arrays(*(np.asarray(side, np.float64).reshape(-1) for side in found))
    with np.errstate(invalid="ignore"):
        gap = smaller - larger
        if statement.relation is Relation.EQUAL:
            # Of the sides of all outputs those that say most.
            gap = np.abs(gap) if control else np.abs(larger)
        worst = int(np.nanargmax(np.where(np.isfinite(larger), gap, -np.inf)))
    return Comparison(float(smaller[worst]), float(larger[worst]), float(scale[worst]))


def recorded_instance(statement: Statement[Any], record: Mapping[str, Any]) -> Any:
    """The instance that evidence has recorded, as a batch of one; for a tabular one, what is simulated is left out.

    **Raises** `InvalidInputError` for a record that is none.
    """
    kind: Any = statement.subject.instance
    try:
        if statement.subject.parametric:
            numbers = {name: np.inf if value is None else value for name, value in record["measured"].items()}
            return kind(**{name: np.array([value]) for name, value in numbers.items()})
        problem, increase = problem_from_record(record["problem"])
        own = {n: np.asarray(v) for n, v in record.items() if n not in ("problem", "hitting_time", "logits")}
        if "logits" in record and "elapsed" not in record:
            own["logits"] = np.asarray(record["logits"])
        if kind is HittingTimeInstance:
            own["increase"] = np.asarray(increase)
        return jax.tree.map(lambda leaf: np.asarray(leaf)[None], kind(problem=problem, **own))
    except (KeyError, TypeError) as error:
        raise InvalidInputError(
            f"instance of {statement.id}", error, "Make the ledger anew by flatscape verify."
        ) from None
