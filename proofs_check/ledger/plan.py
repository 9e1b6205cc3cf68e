"""The plan of a run of the ledger: parts that are independent of each other, named, and made again from names.

A part is the unit of work for a process and of resuming: a run that was interrupted repeats no part that was finished.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from proofs_check.certificates.hitting_times import CERTIFIED_LEVELS, certify_each
from proofs_check.certificates.lemmas import DECIDED, decide_lemmas
from proofs_check.certificates.other_reference import REFERENCE_CLAIMS, certify_references_part
from proofs_check.certificates.paper_bounds import CLAIMS
from proofs_check.certificates.parameter_flow import PROBLEMS, certify_parameter_flow
from proofs_check.certificates.simulator import (
    CLASSES,
    SIMULATOR_LEVELS,
    ProblemClass,
    SimulatorReport,
    certify_simulator,
)
from proofs_check.evidence.evidence import Evidence
from proofs_check.formal.evidence import check_formally
from proofs_check.formal.readings.catalog import FORMAL
from proofs_check.proofs.register import prove
from proofs_check.sampling.groups import GROUP_LEVELS, sample_groups
from proofs_check.sampling.language_model import check_language_model
from proofs_check.sampling.parametric import BUMPS, WITNESSES, sample_parametric_part
from proofs_check.sampling.parametric import LEVELS as PARAMETRIC_LEVELS
from proofs_check.sampling.tabular import BATCHES, LEVELS, sample_part
from proofs_check.sampling.wide import (
    WIDE_BATCHES,
    WIDE_LEVELS,
    compares_bounds,
    sample_wide_bounds,
    sample_wide_part,
)
from proofs_check.search.groups import search_groups
from proofs_check.search.parametric import LEVELS as SEARCH_LEVELS
from proofs_check.search.parametric import search_parametric
from proofs_check.search.tabular import TABULAR_SEARCH_LEVELS, search_tabular
from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError
from theory.statement import Relation, Statement, Subject
from theory.statements.register import select_statements


@dataclass(frozen=True)
class Wanted:
    """What a run is asked for.

    **Fields**: `ids` of statements (none: all of them); `level`, a key of every method's levels; `seed`;
    `language_model`: whether its problems are among the checks; `formal`: whether Coq is.
    """

    ids: tuple[str, ...] = ()
    level: str = "quick"
    seed: int = 0
    language_model: bool = True
    formal: bool = True


@dataclass(frozen=True)
class Findings:
    """What a part found: evidence, and rows of the simulator's table of errors."""

    evidence: tuple[Evidence, ...] = ()
    simulator: SimulatorReport | None = None

    def to_record(self) -> dict[str, Any]:
        """The findings as JSON-ready data."""
        simulator = None if self.simulator is None else self.simulator.to_record()
        return {"evidence": [item.to_record() for item in self.evidence], "simulator": simulator}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Findings:
        """The findings that `to_record` wrote.

        **Raises** `KeyError`, `TypeError` or `ValueError` if the record is none.
        """
        simulator = record["simulator"]
        return cls(
            tuple(Evidence.from_record(item) for item in record["evidence"]),
            None if simulator is None else SimulatorReport.from_record(simulator),
        )


Part = Callable[[], Findings]


def plan(wanted: Wanted) -> dict[str, Part]:
    """The parts of a run by name, the longest ones first, so that two processes end at about the same time.

    **Raises** `InvalidInputError` for ids that are not in the register.
    """
    chosen = select_statements(list(wanted.ids))
    tabular = [s for s in chosen if s.subject.tabular]
    parametric = [s for s in chosen if s.subject.parametric]
    level, seed = wanted.level, wanted.seed
    if level not in LEVELS:
        raise InvalidInputError("level", repr(level), f"Give one of {', '.join(LEVELS)}.")
    check_whole("seed", seed, least=0)
    parts: dict[str, Part] = {}

    def add(name: str, needed: Sequence[Statement], find: Callable[[], Sequence[Evidence]]) -> None:
        if needed:
            parts[name] = lambda: Findings(tuple(find()))

    kinds = PARAMETRIC_LEVELS[level]
    for kind in reversed([*kinds.kinds, BUMPS, WITNESSES]):
        add(f"policies: {kind}", parametric, partial(sample_parametric_part, parametric, kinds, seed, kind))
    settings = LEVELS[level]
    for subject in BATCHES:
        about = [s for s in tabular if s.subject is subject]
        for outputs in sorted(settings.sizes, reverse=True):
            part = partial(sample_part, about, settings, seed, subject, outputs)
            add(f"{subject.value}: {outputs} outputs", about, part)
    wide = WIDE_LEVELS[level]
    spread_out = [s for s in tabular if s.subject in WIDE_BATCHES]
    for outputs in sorted(wide.sizes, reverse=True):
        add(f"wide: {outputs} outputs", spread_out, partial(sample_wide_part, spread_out, wide, seed, outputs))
    compared = [s for s in parametric if compares_bounds(s)]
    add("wide: bounds", compared, partial(sample_wide_bounds, compared, wide, seed))
    add(
        "search: policies", parametric, partial(search_parametric, parametric, settings=SEARCH_LEVELS[level], seed=seed)
    )
    for subject in BATCHES:
        about = [s for s in tabular if s.subject is subject]
        climb = partial(search_tabular, about, settings=TABULAR_SEARCH_LEVELS[level], seed=seed)
        add(f"search: {subject.value}", about, climb)
    for subject in (s for s in Subject if s.grouped):
        about = [s for s in chosen if s.subject is subject]
        add(f"samples: {subject.value}", about, partial(sample_groups, about, GROUP_LEVELS[level], seed, subject))
    driven = [s for s in chosen if s.subject.grouped and s.relation is Relation.AT_MOST]
    add("search: samples", driven, partial(search_groups, driven, level, seed))
    if wanted.language_model:
        timed = [s for s in tabular if s.subject is Subject.HITTING_TIME]
        add("language model", timed, partial(check_language_model, tabular))
    theorems = [s for s in chosen if s.id in FORMAL]
    if wanted.formal:
        add("formal proofs", theorems, partial(check_formally, theorems))
    add("proofs", chosen, partial(prove, chosen))
    certified = CERTIFIED_LEVELS[level]
    claimed = [s for s in tabular if s.id in CLAIMS]
    for outputs in sorted(certified.sizes, reverse=True):
        part = partial(certify_each, claimed, certified, seed, outputs)
        add(f"certificates: {outputs} outputs", claimed, part)
    referred = [s for s in tabular if s.id in REFERENCE_CLAIMS]
    for outputs in sorted(certified.sizes, reverse=True):
        part = partial(certify_references_part, referred, certified, seed, outputs)
        add(f"certificates, other references: {outputs} outputs", referred, part)
    boxed = [s for s in tabular if s.id in DECIDED]
    add("boxes", boxed, partial(decide_lemmas, boxed))
    if not wanted.ids:
        simulated = SIMULATOR_LEVELS[level]
        for outputs, drawn in itertools.product(sorted(simulated.sizes, reverse=True), CLASSES):
            name = f"simulator against enclosures: {outputs} outputs{drawn.label}"
            parts[name] = partial(_simulator, simulated.count(drawn), seed, outputs, drawn)
        parts["parameter space against enclosures"] = partial(_parameter_flow, PROBLEMS[level], seed)
    return parts


def _parameter_flow(count: int, seed: int) -> Findings:
    return Findings(simulator=certify_parameter_flow(count, seed))


def _simulator(count: int, seed: int, outputs: int, kind: ProblemClass) -> Findings:
    return Findings(simulator=certify_simulator(count=count, seed=seed, sizes=(outputs,), classes=(kind,)))
