"""The tightest instance of a statement as a file that `flatscape simulate` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flatscape.input.paths import check_absent, check_writable
from theory.errors import InvalidInputError


def check_instance(ids: Sequence[str], path: Path, *, force: bool) -> None:
    """Before any work: whether there can be such a file.

    **Raises** `InvalidInputError` for several statements, one whose instances are not problems over listed outputs, or
    a file that is there already (unless `force` is given) or cannot be written.
    """
    from theory.statements.register import REGISTER

    check_writable("--instance", path)
    check_absent("--instance", path, force=force)
    if len(ids) > 1:
        raise InvalidInputError("--instance", str(path), f"Name one statement with it: {' or '.join(ids)}.")
    statement = next((s for s in REGISTER if s.id == ids[0]), None)
    if statement is None or not statement.subject.sampled:
        raise InvalidInputError("--instance", ids[0], "It speaks of no problem that could be sampled, so it has none.")
    if statement.subject.parametric:
        raise InvalidInputError(
            "--instance",
            ids[0],
            "Its instances are policies with parameters, not problems over listed outputs, which flatscape simulate "
            "reads. flatscape explain shows the tightest one.",
        )


def write_instance(id: str, record: Mapping[str, Any] | None, path: Path) -> str:
    """Writes the tightest instance that a ledger's `record` has, or else that of a small sample, drawn now.

    **Returns** a sentence on where the instance comes from.

    **Raises** `InvalidInputError` if the ledger's instance is none, or if the sample has none.
    """
    from proofs_check.ledger.ledger import write_json
    from proofs_check.report.wording import best_instance, method, ratio
    from theory.statements.register import find_statement
    from theory.tabular.problem_record import problem_from_record

    relation = find_statement(id).relation.value
    recorded = [] if record is None else [e for e in record["evidence"] if e["statement"] == id]
    best = best_instance(recorded, relation)
    source = "from the ledger"
    if best is None or "problem" not in best["tightest"]:
        best = best_instance(_sampled(id), relation)
        source = "drawn now, as no ledger has one: flatscape verify finds tighter ones"
    if best is None:
        remedy = "No instance of a small sample meets its hypotheses: give a ledger that has one, as --ledger FILE."
        raise InvalidInputError("--instance", id, remedy)
    problem = best["tightest"]["problem"]
    try:
        problem_from_record(problem)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"--ledger: the instance of {id}: {error.argument}", error.value, error.remedy
        ) from None
    write_json(path, problem)
    found = f"{method(best['method'])}, {ratio(best['tightness'], relation)}"
    return f"The tightest instance of {id} ({found}; {source}) is in {path}: flatscape simulate reads it."


def _sampled(id: str) -> list[dict[str, Any]]:
    """Evidence from as many problems as are drawn and judged in a few seconds."""
    from flatscape.process.compilation_cache import use_compilation_cache
    from proofs_check.ledger.ledger import evidence_record
    from proofs_check.sampling.tabular import Settings, sample_part
    from theory.statements.register import find_statement

    use_compilation_cache()
    statement = find_statement(id)
    few = Settings((3,), problems=500, regularized_problems=100, policies=500, regularized_sizes=(3,))
    return [evidence_record(e) for e in sample_part([statement], few, 0, statement.subject, 3)]
