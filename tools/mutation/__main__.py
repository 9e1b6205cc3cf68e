"""`python -m tools.mutation`: tries mutants of `theory` against the quick checks, and writes the report.

Resumable: outcomes are appended to `out/mutation.jsonl` and used again while the sources stay as they are.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tools.mutation import quick_checks
from tools.mutation.operators import Mutant, find_mutants
from tools.mutation.quick_checks import ROOT
from tools.mutation.records import (
    append_record,
    noticed,
    read_explanations,
    read_records,
    record_of,
    source_hash,
    stratified,
)
from tools.mutation.report import markdown, share, summary
from tools.mutation.runner import Outcome, Stage, Status, run_stages

PAGE = ROOT / "docs" / "how-we-know" / "mutation.md"
EXPLANATIONS = Path(__file__).with_name("survivors.toml")


def main(
    count: Annotated[int, typer.Option(help="Mutants to try, spread over the modules; 0 for all.")] = 150,
    seed: Annotated[int, typer.Option(help="Which random sample.")] = 0,
    module: Annotated[
        list[str] | None, typer.Option(help="Only these modules, such as theory.bounds.lower_bounds.")
    ] = None,
    survivors: Annotated[bool, typer.Option("--survivors", help="Only those that survived, unexplained.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Outcomes found with other sources count, and are reported.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="Children at a time.")] = 1,
    out: Annotated[Path, typer.Option(help="Where outcomes and the report go.")] = ROOT / "out",
    page: Annotated[Path, typer.Option(help="Where the report goes as Markdown.")] = PAGE,
) -> None:
    """Tries mutants of `theory` against the quick checks."""
    os.chdir(ROOT)
    console = Console(stderr=True)
    mutants = _all_mutants()
    sources = _sources({m.module for m in mutants})
    store = out / "mutation.jsonl"
    known = read_records(store)
    chosen = stratified([m for m in mutants if not module or m.module in module], count or len(mutants), seed)
    if survivors:
        explained = read_explanations(EXPLANATIONS)
        chosen = [m for m in mutants if m.id in known and not noticed(known[m.id]) and m.id not in explained]
    left = [
        m for m in chosen if m.id not in known or (known[m.id].source != sources[m.module] and (survivors or not keep))
    ]
    if left:
        quick_checks.prepare()
        seconds = _baseline(left, out / "mutation-baseline.json", console)
        _try(left, seconds, sources, store, workers, console)
    _report(mutants, sources, out, page, seed, console)


def _all_mutants() -> list[Mutant]:
    found: list[Mutant] = []
    for name in quick_checks.modules():
        path = quick_checks.module_path(name)
        assert path is not None
        found += find_mutants(name, path.read_text(), quick_checks.EXCLUSIONS)
    return found


def _parts(module: str, tests: list[str]) -> list[quick_checks.Part]:
    return [part for group in quick_checks.parts_of(module, tests) for part in group]


def _sources(modules: set[str]) -> dict[str, str]:
    """By module, a digest of what the outcomes of its mutants depend on."""
    tests = quick_checks.test_files()
    plans = {m: tuple(p.name for p in _parts(m, tests) if p.check is None) for m in modules}
    digests = {plan: source_hash(ROOT, (*quick_checks.CHECKED_WITH, *sorted(plan))) for plan in set(plans.values())}
    return {m: digests[plan] for m, plan in plans.items()}


def _baseline(mutants: list[Mutant], path: Path, console: Console) -> dict[str, float]:
    """How long each stage takes where nothing is mutated, **Raises** `SystemExit` if one fails."""
    stored: dict[str, tuple[str, float]] = json.loads(path.read_text()) if path.exists() else {}
    tests = quick_checks.test_files()
    parts = {p.name: p for m in {m.module for m in mutants} for p in _parts(m, tests)}
    for name, part in parts.items():
        sources = (*quick_checks.CHECKED_WITH, *([name] if name in tests else []))
        source = source_hash(ROOT, sources)
        if name in stored and stored[name][0] == source:
            continue
        # The first run fills the cache of compiled programs, and its time is that of a mutant that none of them fits.
        check = partial(quick_checks.run_parts, (part,))
        outcome = run_stages([(name, [Stage(name, check, 900.0)], None)])[name]
        if outcome.status is not Status.SURVIVED:
            raise SystemExit(f"Without any mutation, {name} fails: {outcome.detail}")
        stored[name] = (source, outcome.seconds)
        console.print(f"without mutation: {name}, {outcome.seconds:.1f} s")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(stored))
    return {name: stored[name][1] for name in parts}


def _try(
    mutants: list[Mutant],
    seconds: dict[str, float],
    sources: dict[str, str],
    store: Path,
    workers: int,
    console: Console,
) -> None:
    tests = quick_checks.test_files()
    plans = {m: quick_checks.stages_of(m, seconds, tests) for m in {m.module for m in mutants}}
    jobs, by_id = [], {m.id: m for m in mutants}
    for mutant in mutants:
        path = quick_checks.module_path(mutant.module)
        assert path is not None
        jobs.append((mutant.id, plans[mutant.module], (path, mutant.applied(path.read_text()))))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        task = progress.add_task("mutants", total=len(jobs))

        def finished(id: str, outcome: Outcome) -> None:
            append_record(store, record_of(by_id[id], outcome, sources[by_id[id].module]))
            if outcome.status is Status.SURVIVED:
                mutant = by_id[id]
                progress.console.print(
                    f"survived: {mutant.module}:{mutant.line} {mutant.difference} ({id})", markup=False
                )
            progress.advance(task)
            progress.refresh()

        run_stages(jobs, workers=workers, finished=finished)


def _report(mutants: list[Mutant], sources: dict[str, str], out: Path, page: Path, seed: int, console: Console) -> None:
    from proofs_check.ledger.ledger import write_json, write_text

    by_id = {m.id: m for m in mutants}
    records = [r for id, r in read_records(out / "mutation.jsonl").items() if id in by_id]
    generated, tried = Counter(m.module for m in mutants), Counter(r.module for r in records)
    complete = [m for m in generated if tried[m] == generated[m]]
    stale = sum(r.source != sources[r.module] for r in records)
    report = summary(records, read_explanations(EXPLANATIONS), generated, seed=seed, complete=complete, stale=stale)
    write_json(out / "mutation.json", report)
    write_text(page, markdown(report))
    killed, total = report["noticed"], report["mutants"]
    console.print(f"{killed} of {total} mutants noticed ({share(killed, total)}); the report is in {page}")


if __name__ == "__main__":
    typer.run(main)
