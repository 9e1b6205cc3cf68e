"""Evidence by Coq: its theorems, checked by running it, and compared with what the register says."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

from proofs_check.coq.build import ALLOWED, Build, CoqMissing, CoqRefuses, assumptions, installed, question
from proofs_check.coq.grammar import UnreadableTerm
from proofs_check.coq.mutants import Mutant, doubled_bound, number_mutants, reversed_conclusion
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.formal.comparison import Comparison
from proofs_check.formal.definitions import definition_disagreement, used
from proofs_check.formal.printed import STATEMENTS, Printed, read_printed, script
from proofs_check.formal.readings.catalog import COMPARED, FORMAL, HARMLESS
from proofs_check.formal.source import theorem_sources
from sims.llm.model_file import cache_folder
from theory.statement import Statement

MADE = Path("out") / "formal"
"""Where `make formal` leaves what it has compiled."""

CONTROL = "the theorem with one of its numbers changed by a hundredth, or its inequality the other way"
NOT_RUN = "Coq is not installed: make formal says what to install"
NOT_COMPILED = "the formal proofs are not compiled here: make formal or flatscape verify compiles them"
MOST_JOBS = 4


def build_folder() -> Path:
    """The folder of compiled files: that of `make formal` if it was run here, otherwise one in the cache."""
    return MADE if MADE.is_dir() else cache_folder() / "formal"


def check_formally(statements: Sequence[Statement[Any]], *, compile: bool = True) -> list[Evidence]:
    """Has Coq check the theorems of statements, and compares each with its statement.

    **Arguments**

    - `statements`: those among them that have no theorem are passed over.
    - `compile`: whether what is not compiled is compiled now, which takes about two minutes of one core.

    **Returns** one `Evidence` for each theorem: not run where Coq is missing or nothing is compiled, refused where Coq
    does not accept the proofs, the theorem rests on an axiom of its own, or it is not the statement.
    """
    chosen = [statement.id for statement in statements if statement.id in FORMAL]
    if not chosen:
        return []
    if not installed():
        return [_without_result(id, Verdict.NOT_RUN, NOT_RUN) for id in chosen]
    started, jobs = time.perf_counter(), min(os.cpu_count() or 1, MOST_JOBS)
    try:
        build = Build(build_folder())
        if compile:
            build.compile(jobs)
        elif not build.complete or not all(build.kept(text).exists() for text in _questions(chosen)):
            return [_without_result(id, Verdict.NOT_RUN, NOT_COMPILED) for id in chosen]
        axioms = assumptions(build, [FORMAL[id] for id in chosen], jobs)
        printed = read_printed(build.printed(_script()))
    except (CoqMissing, CoqRefuses, UnreadableTerm) as error:
        return [_without_result(id, Verdict.REFUSED, _in_a_line(error)) for id in chosen]
    seconds = (time.perf_counter() - started) / len(chosen)
    return [_evidence(id, printed, axioms, build.version, seconds) for id in chosen]


def _script() -> str:
    return script(STATEMENTS.read_text(encoding="utf-8"))


def _questions(ids: Sequence[str]) -> list[str]:
    """All that Coq is asked about the theorems of these statements."""
    return [_script(), *(question(FORMAL[id]) for id in ids)]


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]


def _evidence(id: str, printed: Printed, axioms: Mapping[str, set[str]], coq: str, seconds: float) -> Evidence:
    started, theorem = time.perf_counter(), FORMAL[id]
    foreign = axioms[theorem] - ALLOWED
    comparison = comparison_of(theorem, printed)
    resting = f"it rests on {', '.join(sorted(foreign))}" if foreign else None
    problem = resting or comparison_problem(theorem, printed, comparison)
    control = ControlOutcome(CONTROL, False, None, 0, None) if problem else _control(theorem, printed, comparison)
    source, points = theorem_sources()[theorem], COMPARED[theorem].registered()
    sides = sum(one.applies and one.smaller is not None for one in points)
    return Evidence(
        id,
        Method.FORMAL,
        Verdict.REFUSED if problem else Verdict.FORMAL,
        control,
        scope={
            "sizes": "" if problem else "every size",
            "theorem": theorem,
            "place": source.place,
            "axioms": sorted(axioms[theorem]),
            "coq": coq,
            "compared": f"its hypotheses at {len(points)} points and its sides at {sides} of them",
            "definitions": used(printed.theorems[theorem], printed.definitions),
            "not_needed": COMPARED[theorem].reading.wider,
        },
        seconds=seconds + time.perf_counter() - started,
        reason=problem,
    )


def comparison_problem(theorem: str, printed: Printed, comparison: Comparison) -> str | None:
    """Where a theorem, or a definition that it uses, is not what the register says; None if it is."""
    term = printed.theorems[theorem]
    for name in used(term, printed.definitions):
        problem = definition_disagreement(name, printed.definitions)
        if problem is not None:
            return problem
    return comparison.disagreement(theorem, term)


def comparison_of(theorem: str, printed: Printed) -> Comparison:
    """The register at the points where a theorem is compared with it."""
    compared = COMPARED[theorem]
    return Comparison(printed.definitions, compared.reading, compared.registered())


def mutants(theorem: str, printed: Printed) -> Iterator[Mutant]:
    """The false twins of a theorem that the comparison has to notice."""
    term = printed.theorems[theorem]
    found = [*number_mutants(term), *filter(None, [reversed_conclusion(term)])]
    yield from found or [doubled_bound(term)]


def _control(theorem: str, printed: Printed, comparison: Comparison) -> ControlOutcome:
    tried = [one for one in mutants(theorem, printed) if one.description not in HARMLESS.get(theorem, {})]
    agree = comparison.unnoticed(mutant.term for mutant in tried)
    missed = [mutant.description for mutant in compress(tried, agree)]
    description = f"{CONTROL}; not noticed: {'; '.join(missed)}" if missed else CONTROL
    noticed = len(tried) - len(missed)
    return ControlOutcome(description, noticed > 0 and not missed, None, noticed, None)


def _without_result(id: str, verdict: Verdict, reason: str) -> Evidence:
    scope = {"theorem": FORMAL[id], "place": theorem_sources()[FORMAL[id]].place}
    control = ControlOutcome(CONTROL, False, None, 0, None)
    return Evidence(id, Method.FORMAL, verdict, control, scope=scope, reason=reason)
