"""`flatscape explain`: what a statement says, how it is proved, and on which instances it was tried."""

from __future__ import annotations

import datetime
import inspect
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from proofs_check.evidence.evidence import Evidence
    from proofs_check.ledger.ledger import Ledger
    from proofs_check.report.explanation import Section

DEFAULT_LEDGER = Path("out/ledger.json")
WIDEST = 110
"""Lines longer than this are hard to read, however wide the terminal."""


def explain(
    id: Annotated[str, typer.Argument(metavar="ID", help="A statement, such as thm5, prop3, s6 or lem1.")],
    ledger: Annotated[
        Path | None,
        typer.Option(
            help=f"Evidence from this run of the ledger (default: {DEFAULT_LEDGER}, if there is one).",
            show_default=False,
        ),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Every query in full, as the solvers were asked.")] = False,
    instance: Annotated[
        Path | None,
        typer.Option(help="Also write the tightest instance to this file, for flatscape simulate.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --instance replace a file that exists.")] = False,
) -> None:
    """Explain a statement: its claim, its proof (checked now) step by step, its evidence, control and instances.

    A family's name, such as thm5 for thm5-slow and thm5-fast, explains all of its parts.
    """
    read, source = _read_ledger(ledger)
    ids = _known_ids(id)
    written = None
    if instance is not None:
        from flatscape.input.instance_file import check_instance, write_instance

        check_instance(ids, instance, force=force)
        written = write_instance(ids[0], read, instance)
    elif force:
        raise InvalidInputError("--force", "no --instance", "It goes with --instance FILE only.")
    known = {id: [] if read is None else [e for e in read.by_statement.get(id, []) if not e.steps] for id in ids}
    _show([*_headings(id, ids), *_stated(ids[0], known[ids[0]])])
    found = _evidence(ids, known, read)
    sections = []
    for place, each in enumerate(ids):
        if place:
            sections += _stated(each, known[each])
        sections += _checked(each, found[each], source, whole=text)
    _show([*sections, _citation(ids)], goes_on=True)
    if written is not None:
        typer.echo(f"\n{written}")


def _read_ledger(file: Path | None) -> tuple[Ledger | None, str]:
    """The ledger, and a sentence on it; the default file may be missing, one that was named may not."""
    path = DEFAULT_LEDGER if file is None else file
    if file is None and not path.exists():
        return None, (
            "No ledger was read: flatscape verify --json ledger.json makes one, and with --ledger ledger.json its "
            "sampled, searched and certified evidence stands here."
        )
    from flatscape.input.paths import read_text
    from proofs_check.ledger.reading import parse_ledger

    read = parse_ledger(read_text("--ledger", path), "--ledger", path)
    date = datetime.datetime.fromtimestamp(path.stat().st_mtime).date().isoformat()
    return read, f"From {path}: level {read.level}, seed {read.seed}, written {date}."


def _known_ids(id: str) -> list[str]:
    """The ids that a name stands for: statements of the register, or a proof that is only cited."""
    from proofs_check.proofs.register import PROOFS
    from theory.statements.register import REGISTER, full_form, select_statements, unknown_statement

    full = full_form(id)
    registered = [s.id for s in REGISTER]
    if full in PROOFS and full not in registered:
        return [full]
    try:
        if not full:
            raise InvalidInputError("statement", repr(id), "")
        return [s.id for s in select_statements([full])]
    except InvalidInputError:
        raise unknown_statement(id, [*registered, *(p for p in PROOFS if p not in registered)]) from None


@dataclass(frozen=True)
class _Found:
    """What is known of one id: its proof, checked now; what a ledger says, and whether of another claim of that name;
    and what is found out now: boxes that it lacks, and its formal theorem."""

    proof: Evidence | None
    recorded: list[Evidence]
    changed: bool
    made_now: list[Evidence]


def _evidence(ids: Sequence[str], known: Mapping[str, list[Evidence]], ledger: Ledger | None) -> dict[str, _Found]:
    """What is known of each id, checked now, with a progress bar on standard error."""
    from flatscape.output.progress import progress_bar
    from flatscape.process.compilation_cache import use_compilation_cache
    from proofs_check.certificates.lemmas import decide_lemmas
    from proofs_check.evidence.method import Method
    from proofs_check.evidence.proof import to_evidence
    from proofs_check.formal.evidence import check_formally
    from proofs_check.proofs.register import PROOFS, find_proofs
    from theory.statements.register import REGISTER

    use_compilation_cache()
    registered = {s.id: s for s in REGISTER}
    found = {}
    with progress_bar() as report:
        report("checking the proof", 0.0)
        proved = find_proofs([id for id in ids if id in PROOFS], progress=report)
        proofs = {proof.statement: to_evidence(proof) for proof in proved}
        for place, id in enumerate(ids):
            report(f"deciding boxes: {id}", place / len(ids))
            recorded = known[id]
            undecided = id in registered and all(e.method is not Method.BOXES for e in recorded)
            made_now = decide_lemmas([registered[id]]) if undecided else []
            if id in registered:
                # Coq's word on what stands here now, where it was asked before: compiling takes minutes.
                asked = check_formally([registered[id]], compile=False)
                recorded = [e for e in recorded if e.method is not Method.FORMAL or not asked]
                made_now += asked
            changed = ledger is not None and id in ledger.statements and not ledger.statements[id].is_current(id)
            found[id] = _Found(proofs.get(id), recorded, changed, made_now)
    return found


def _headings(asked: str, ids: Sequence[str]) -> list[Section]:
    """What a name stands for, where it is not that of one statement."""
    from proofs_check.report.explanation import Line, Section
    from theory.statements.register import JOINED, full_form

    sections = []
    full = full_form(asked)
    if full != asked.strip().lower():
        sections.append(Section(f"{asked} is the abridged form of {full}", ()))
    if len(ids) > 1:
        note = JOINED.get(full, "Each part is a statement of its own.")
        sections.append(Section(f"{full} is {len(ids)} statements: {', '.join(ids)}", (Line(note),)))
    return sections


def _stated(id: str, evidence: Sequence[Evidence]) -> list[Section]:
    """What an id says, which is there before anything is checked."""
    from proofs_check.proofs.register import PROOFS
    from proofs_check.report.explanation import auxiliary_heading, stated_sections
    from theory.statements.register import REGISTER

    statement = next((s for s in REGISTER if s.id == id), None)
    if statement is not None:
        return stated_sections(statement, evidence)
    about = PROOFS[id].__doc__ if inspect.isfunction(PROOFS[id]) else None
    return [auxiliary_heading(id, " ".join((about or "").split()))]


def _checked(id: str, known: _Found, source: str, *, whole: bool) -> list[Section]:
    """How an id is known to hold."""
    from proofs_check.report.explanation import auxiliary_proof, checked_sections
    from theory.statements.register import REGISTER

    statement = next((s for s in REGISTER if s.id == id), None)
    if statement is not None:
        return checked_sections(
            statement,
            known.proof,
            known.recorded,
            source=source,
            made_now=known.made_now,
            changed=known.changed,
            whole=whole,
        )
    return [] if known.proof is None else [auxiliary_proof(known.proof, whole=whole)]


def _citation(ids: Sequence[str]) -> Section:
    """What to cite for the statements, and for flatscape."""
    from flatscape.output.citation import bibtex
    from proofs_check.report.explanation import Line, Section
    from theory.statements.register import REGISTER

    entries = bibtex(s.origin for s in REGISTER if s.id in ids).split("\n\n")
    return Section("Cite", tuple(Line(entry, verbatim=True) for entry in entries), top=True)


def _show(sections: Sequence[Section], *, goes_on: bool = False) -> None:
    """Sections on standard output, at once. **Arguments**: `goes_on`: some stand there already."""
    from flatscape.output.terminal import console

    screen = console()
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 0)).columns - 1)
    for place, section in enumerate(sections):
        if place or goes_on:
            screen.print()
        screen.print(section.heading, style="bold", markup=False, soft_wrap=True)
        if section.top:
            screen.print("=" * min(len(section.heading), width), soft_wrap=True)
        for line in section.lines:
            screen.print(_laid_out(line.text, line.indent, line.verbatim, width), markup=False, soft_wrap=True)
    screen.file.flush()


def _laid_out(text: str, indent: int, verbatim: bool, width: int) -> str:
    before = "  " * indent
    if verbatim:
        return textwrap.indent(text, before)
    return textwrap.fill(
        text,
        width,
        initial_indent=before,
        subsequent_indent=before + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
