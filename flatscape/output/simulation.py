"""The answers of `flatscape simulate`: tables with the meaning of their words, or comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

Report = Mapping[str, Any]
"""A problem's report, as `flatscape.commands.simulate.simulate_problems` makes it."""

COLUMNS = (
    "problem",
    "name",
    "gamma",
    "status",
    "t_gamma",
    "error_estimate",
    "stopped_at",
    "reward_variance",
    "accuracy",
)
"""Columns of the comma-separated values, before those of the bounds."""

_TERMS = {
    "t_gamma": (
        "the time of gradient flow. In practice: plain gradient steps times learning rate, for an objective that is a "
        "mean over the prompts; it is proportional to their number |S|."
    ),
    "accuracy": "the share of pairs of outputs that the proxy reward orders as the ground truth does.",
    "truth / bound": "1 or more for a lower bound and 1 or less for an upper one; 1 means that the bound is attained.",
}


def show(reports: Sequence[Report]) -> None:
    """The reports on standard output, as tables."""
    from flatscape.output.terminal import Column, console, fitting_table
    from proofs_check.report.wording import printable

    screen = console()
    failed: dict[str, str] = {}
    left_out: dict[str, None] = {}
    for place, report in enumerate(reports):
        name = f" ({printable(report['name'])})" if report.get("name") else ""
        screen.print(_summary(f"problem {place}{name}", report), markup=False)
        for note in report["notes"]:
            screen.print(f"  {note}", markup=False)
        # What is left out first, where the terminal is narrow, has the largest number.
        columns = [
            Column("statement", 0),
            Column("number", 5, wraps=True),
            Column("bound on t_gamma", 3, wraps=True),
            Column("value", 1),
            Column("truth / bound", 2),
            Column("hypotheses", 4, wraps=True),
        ]
        table, missing = fitting_table(columns, [_row(bound) for bound in report["bounds"]], screen.width)
        screen.print(table)
        left_out |= dict.fromkeys(missing)
        failed |= {b["failed_hypothesis"]: b["statement"] for b in report["bounds"] if b["failed_hypothesis"]}
    if left_out:
        screen.print(f"Too narrow for: {', '.join(left_out)}. A wider terminal, --json or --csv shows them.")
    for term, meaning in _TERMS.items():
        screen.print(f"{term}: {meaning}", markup=False)
    if failed and "hypotheses" not in left_out:
        hypothesis, statement = next(iter(failed.items()))
        screen.print(
            f"fail: {hypothesis}: that hypothesis of the statement does not hold for this problem, so that its bound "
            f"says nothing of it; flatscape explain {statement} spells it out.",
            markup=False,
        )


def _summary(heading: str, report: Report) -> str:
    time = report["t_gamma"]
    error = report["error_estimate"]
    found = f"t_gamma = {time:.12g}" if time is not None else str(report["status"])
    about = f"gamma {report['gamma']:g}, status {report['status']}"
    if error is not None:
        about += f", relative error about {error:.1e}"
    text = (
        f"{heading}: {found} ({about}); reward variance {report['reward_variance']:.6g}, accuracy "
        f"{report['accuracy']:.6g}"
    )
    if time is None:
        stopped = f" It stopped at t = {report['stopped_at']:g}." if report["stopped_at"] is not None else ""
        text += f"\n  {report['message']}{stopped}"
    return text


def _row(bound: Mapping[str, Any]) -> list[str]:
    holds = bound["hypotheses_hold"]

    def shown(number: float | None) -> str:
        return f"{number:.6g}" if holds and number is not None else "-"

    return [
        bound["statement"],
        bound["number"],
        bound["direction"],
        shown(bound["value"]),
        shown(bound["ratio"]),
        "hold" if holds else f"fail: {bound['failed_hypothesis']}",
    ]


def to_csv(reports: Sequence[Report]) -> str:
    """The reports as comma-separated values, a line per problem and a column per bound.

    Numbers have all their digits. Empty: there is no such number, or a hypothesis of the bound does not hold.
    """
    statements = [bound["statement"] for bound in reports[0]["bounds"]] if reports else []
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*COLUMNS, *statements])
    for place, report in enumerate(reports):
        values = {b["statement"]: b["value"] if b["hypotheses_hold"] else None for b in report["bounds"]}
        about = {"problem": place, "name": _no_formula(report.get("name", ""))}
        cells = [about.get(c, report.get(c)) for c in COLUMNS] + [values[s] for s in statements]
        writer.writerow(["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in cells])
    return buffer.getvalue()


def _no_formula(text: str) -> str:
    """A name that a spreadsheet would run as a formula, as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
