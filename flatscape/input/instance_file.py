"""The tightest instance of a statement as a file that `flatscape simulate` reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flatscape.input.paths import check_absent, check_writable
from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from proofs_check.evidence.evidence import Evidence
    from proofs_check.ledger.ledger import Ledger


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
    if statement.subject.grouped:
        raise InvalidInputError(
            "--instance",
            ids[0],
            "Its instances are sampled completions, not problems over listed outputs, which flatscape simulate reads. "
            "flatscape explain shows the tightest one.",
        )
    if statement.subject.parametric:
        raise InvalidInputError(
            "--instance",
            ids[0],
            "Its instances are policies with parameters, not problems over listed outputs, which flatscape simulate "
            "reads. flatscape explain shows the tightest one.",
        )


def write_instance(id: str, ledger: Ledger | None, path: Path) -> str:
    """Writes the tightest instance that a ledger has, or else that of a small sample, drawn now.

    **Returns** a sentence on where the instance comes from.

    **Raises** `InvalidInputError` if the ledger's instance is none, or if the sample has none.
    """
    from proofs_check.ledger.ledger import write_json
    from proofs_check.report.wording import best_instance
    from theory.statements.register import find_statement
    from theory.tabular.problem_record import problem_from_record

    relation = find_statement(id).relation
    recorded = [] if ledger is None else ledger.by_statement.get(id, [])
    best = best_instance(recorded, relation)
    source = "from the ledger"
    if best is None or "problem" not in best.record:
        best = best_instance(_sampled(id), relation)
        source = "drawn now, as no ledger has one: flatscape verify finds tighter ones"
    if best is None:
        remedy = "No instance of a small sample meets its hypotheses: give a ledger that has one, as --ledger FILE."
        raise InvalidInputError("--instance", id, remedy)
    problem = best.record["problem"]
    try:
        problem_from_record(problem)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"--ledger: the instance of {id}: {error.argument}", error.value, error.remedy
        ) from None
    write_json(path, problem)
    return (
        f"The tightest instance of {id} ({best.found(relation)}; {source}) is in {path}: flatscape simulate reads it."
    )


def _sampled(id: str) -> list[Evidence]:
    """Evidence from as many problems as are drawn and judged in a few seconds."""
    from flatscape.process.compilation_cache import use_compilation_cache
    from proofs_check.sampling.tabular import Settings, sample_part
    from theory.statements.register import find_statement

    use_compilation_cache()
    statement = find_statement(id)
    few = Settings((3,), problems=500, regularized_problems=100, policies=500, regularized_sizes=(3,))
    return sample_part([statement], few, 0, statement.subject, 3)
