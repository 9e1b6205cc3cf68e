"""The report of a mutation run, as JSON-ready data and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.mutation.records import Record, noticed
from tools.mutation.runner import Status


def _shares(records: Sequence[Record], key: Callable[[Record], str]) -> dict[str, dict[str, int]]:
    totals, killed = Counter(map(key, records)), Counter(key(r) for r in records if noticed(r))
    return {name: {"mutants": totals[name], "noticed": killed[name]} for name in sorted(totals)}


def summary(
    records: Sequence[Record], explanations: Mapping[str, str], generated: Mapping[str, int], **run: Any
) -> dict[str, Any]:
    """The report as data.

    **Arguments**: `records`, one per mutant; `explanations`, by id; `generated`, how many mutants each module has;
    `run`, what else is to be said of the run.
    """
    survivors = [r for r in records if not noticed(r)]
    explained = [r for r in survivors if r.id in explanations]
    return {
        **run,
        "generated": sum(generated.values()),
        "mutants": len(records),
        "noticed": len(records) - len(survivors),
        "timed_out": sum(r.status == Status.TIMED_OUT.value for r in records),
        "survivors_explained": len(explained),
        "by_module": {
            name: {"generated": generated.get(name, 0)} | counts
            for name, counts in _shares(records, lambda r: r.module).items()
        },
        "by_operator": _shares(records, lambda r: r.operator),
        "by_stage": dict(Counter(r.stage or "survived" for r in records).most_common()),
        "survivors": [
            {
                "id": r.id,
                "place": place(r),
                "operator": r.operator,
                "difference": r.difference,
                "explanation": explanations.get(r.id),
            }
            for r in sorted(survivors, key=lambda r: (r.module, r.line, r.id))
        ],
    }


def place(record: Record) -> str:
    """`file:line`."""
    return f"{record.module.replace('.', '/')}.py:{record.line}"


def share(noticed: int, total: int) -> str:
    """A percentage."""
    return f"{100 * noticed / total:.1f}%" if total else "–"


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table whose columns of numbers, all but the first, are aligned to the right, and an empty line."""
    # Here and not above: the parent of the mutants must not have imported anything that they are checked with.
    from proofs_check.markdown import table

    return [table(heads, [list(map(str, row)) for row in rows], right=heads[1:]), ""]


_METHOD = (
    "Written by `make mutation`. Faults are put into `theory/` one at a time: a sign flipped, a constant changed (by",
    "one per cent, or by one if it is whole), a term, a factor or an exponent dropped, operands swapped, a comparison",
    "turned round or moved to its boundary, `min` written for `max`, a function left out. Each mutant is imported in",
    "place of the original by a child process of its own, in which a group of quick checks runs until one fails;",
    "groups follow one another: the sides, hypotheses and constants of the register against the proved formulas; the",
    "module's own tests; those that import it, with ten random examples that are always the same; and, for what the",
    "register reaches, a ledger of a few instances per statement. What checks arguments is tested with wrong input",
    "only. A mutant is noticed if a check fails, raises, or takes five times as long as it should (and more than 20",
    "seconds of processor time). Not mutated: numbers of controls and of their witnesses, since any false twin and",
    "any point that refutes it would do; texts, types, layout (`axis`, `keepdims`, `dtype`); and what is raised.",
)


def markdown(report: Mapping[str, Any]) -> str:
    """The report as a page."""
    total, killed = report["mutants"], report["noticed"]
    left = total - killed
    unexplained = left - report["survivors_explained"]
    share_left = share(killed, total - report["survivors_explained"])
    complete = ", ".join(f"`{module}`" for module in report.get("complete", ()))
    page = [
        "# Do the checks notice a wrong formula?",
        "",
        *_METHOD,
        "",
        f"**{killed} of {total} mutants noticed, {share(killed, total)}**, {report['timed_out']} of them by running "
        f"out of time; {left} survived, of which {report['survivors_explained']} are explained below and {unexplained} "
        f"are not. Of those that are not explained to change nothing: {share_left}. A random sample of the "
        f"{report['generated']:,} mutants there are, spread over all modules"
        + (f", and every mutant of {complete}." if complete else ".")
        + (f" {report['stale']} outcomes are from before the latest edits." if report.get("stale") else ""),
        "",
        "Stages that noticed:",
        "",
        *_table(["stage", "mutants"], [(f"`{s}`" if "/" in s else s, n) for s, n in report["by_stage"].items()]),
        *_table(
            ["module", "there are", "tried", "noticed", "share"],
            [
                (f"`{m}`", v["generated"], v["mutants"], v["noticed"], share(v["noticed"], v["mutants"]))
                for m, v in report["by_module"].items()
            ],
        ),
        *_table(
            ["operator", "tried", "noticed", "share"],
            [
                (o, v["mutants"], v["noticed"], share(v["noticed"], v["mutants"]))
                for o, v in report["by_operator"].items()
            ],
        ),
        "## Survivors",
        "",
    ]
    # Double backticks, since the source may have single ones.
    page += [
        f"- `{item['place']}` ({item['operator']}): ``{item['difference']}``. "
        f"{item['explanation'] or '**Not explained.**'} (`{item['id']}`)"
        for item in report["survivors"]
    ]
    if not report["survivors"]:
        page.append("None.")
    return "\n".join(page) + "\n"
