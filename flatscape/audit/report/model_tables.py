"""Tables of an audit on a terminal, with a column for each reward model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flatscape.audit.report.shown import escaped, shown, shown_with_interval
from flatscape.output.terminal import BORDER, Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

Record = Mapping[str, Any]

HEADLINES = (
    "reward-variance",
    "whitened-reward-variance",
    "within-prompt-share",
    "dead-groups",
    "shrink-factor",
    "accuracy-strict-pooled",
    "accuracy-half-credit-pooled",
    "accuracy-harm-aware-pooled",
    "share-within-truths",
    "relative-gradient-bound",
    "relative-time-bound",
)
"""Measures that a terminal shows; the record has all."""

MOST_PAIRS = 30


def show_measures(screen: Console, policy: Record, settings: Record) -> None:
    by_id = {measure["id"]: measure for measure in policy["measures"]}
    largest = [k for k in settings["subset_sizes"] if f"best-of-{k}-truth" in by_id]
    chosen = [by_id[id] for id in HEADLINES if id in by_id]
    chosen += [by_id[f"best-of-{max(largest)}-truth"]] if largest else []
    rows = [
        [
            measure["title"],
            *(shown_with_interval(measure["estimate"][m], measure["interval"][m]) for m in policy["models"]),
        ]
        for measure in chosen
    ]
    title = f"Measures, with {settings['level']:.0%} intervals over prompts"
    _print_models(screen, "measure", policy["models"], rows, title)


def show_no_signal(screen: Console, policy: Record) -> None:
    found = policy["no_signal"]
    rows = [
        [
            str(size),
            *(
                f"{shown(found['probability'][m][k])} ({_batches(found['expected_batches'][m][k])})"
                for m in policy["models"]
            ),
        ]
        for k, size in enumerate(found["group_sizes"])
    ]
    enough = [_enough(found["group_size_for_target"][m], found["largest_group_size_tried"]) for m in policy["models"]]
    rows.append([f"enough for {found['target']:g}", *enough])
    title = "P(no signal) by group size (groups sampled for each that is kept)"
    _print_models(screen, "group size", policy["models"], rows, title)


def _batches(number: float | None) -> str:
    return "-" if number is None else f"{number:.2f}"


def _enough(size: int | None, tried: int) -> str:
    return f"{size}" if size is not None else f"more than {tried}"


def show_teaching(screen: Console, policy: Record, settings: Record) -> None:
    found = policy["teaching"]
    places = sorted({0, len(found["times"]) // 4, len(found["times"]) // 2, len(found["times"]) - 1})
    rows = []
    if found["truth"] is not None:
        for k in places:
            cells = [shown_with_interval(found["truth"][m][k], found["truth_interval"][m][k]) for m in policy["models"]]
            rows.append([f"truth at {found['times'][k]:.4g}", *cells])
    for row in found["time_to_gain"]:
        cells = [_time(row["time"][m], row["interval"][m]) for m in policy["models"]]
        rows.append([f"{found['units']} to +{row['gain']:.4g}", *cells])
    rows.append(["KL at the end, nats", *(shown(found["kl"][m][-1]) for m in policy["models"])])
    penalty = settings["teaching"]["kl_coefficient"]
    about = f"{found['method']}, budget {found['budget']:g} {found['units']}"
    about += f", KL penalty {penalty:g}" if penalty else ""
    units = "deviation 1" if settings["normalisation"] == "global" else "as given"
    _print_models(screen, "taught by", policy["models"], rows, f"Simulated teaching: {about}, rewards {units}")


def _time(value: float | None, ends: Sequence[float | None]) -> str:
    if value is None:
        return "not within the budget"
    low, high = (shown(end) for end in ends)
    return shown(value) if ends == [None, None] else f"{shown(value)} [{low}, {high if ends[1] is not None else '?'}]"


def show_matrix(screen: Console, policy: Record) -> None:
    matrix = policy["teaching"]["matrix"]
    if len(matrix["taught"]) < 2:
        return
    rows = [[m, *(shown(value) for value in row)] for m, row in zip(matrix["taught"], matrix["gain"], strict=True)]
    _print_models(
        screen, "taught by", matrix["judged"], rows, "What each judge (column) gains in its own units at the end"
    )


def show_pairs(screen: Console, policy: Record) -> None:
    verdict = policy["verdict"]
    if verdict is None or not verdict["pairs"]:
        return
    rows = [
        [
            escaped(pair["better"]),
            escaped(pair["worse"]),
            shown_with_interval(pair["difference"], pair["interval"]),
            "-" if pair["probability"] is None else f"{pair['probability']:.1%}",
            "yes" if pair["decided"] else "cannot tell",
            "-" if pair["more_prompts"] is None else f"{pair['more_prompts']:,}",
        ]
        for pair in verdict["pairs"][:MOST_PAIRS]
    ]
    columns = [
        Column("ahead", 0),
        Column("behind", 1),
        Column("difference", 3, justify="right"),
        Column("probability", 2, justify="right"),
        Column("decided", 4),
        Column("more prompts", 5, justify="right"),
    ]
    print_table(screen, columns, rows, f"Pairs, by the verdict's rule; differences in {verdict['unit']}")
    if len(verdict["pairs"]) > MOST_PAIRS:
        screen.print(f"{len(verdict['pairs']) - MOST_PAIRS} further pairs are in the record (--json).")


def _print_models(
    screen: Console, first: str, models: Sequence[str], rows: Sequence[Sequence[str]], title: str
) -> None:
    """A table with a column for each model; several tables if there are too many for the screen."""
    widest = max(max((len(row[0]) for row in rows), default=0), len(first))
    cells = max(len(cell) for row in rows for cell in row[1:]) + BORDER
    at_once = max(1, (screen.width - min(widest, screen.width // 3) - BORDER) // cells)
    for start in range(0, len(models), at_once):
        some = models[start : start + at_once]
        columns = [Column(first, 0, wraps=True)]
        columns += [Column(escaped(model), place + 1, justify="right") for place, model in enumerate(some)]
        shown_rows = [[escaped(row[0]), *row[1 + start : 1 + start + at_once]] for row in rows]
        print_table(screen, columns, shown_rows, escaped(title))
