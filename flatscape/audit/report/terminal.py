"""The report of an audit on a terminal: what was read, the verdict, and tables of the numbers it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flatscape.output.terminal import BORDER, Column, console, print_table

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


def show_audit(record: Record) -> None:
    """Prints the report."""
    screen = console()
    _show_source(screen, record)
    for policy in record["policies"]:
        if policy["policy"] is not None:
            screen.print(f"\n[bold]Policy[/] {_escaped(policy['policy'])}")
        _show_policy(screen, policy, record["settings"])
    screen.print("\n[bold]What this cannot know[/]")
    for sentence in record["cannot_know"]:
        screen.print(f"- {sentence}")


def _show_source(screen: Console, record: Record) -> None:
    source = record["source"]
    sizes = source["completions"]
    each = f"{sizes['least']} completions each"
    if sizes["least"] != sizes["most"]:
        each = f"{sizes['least']} to {sizes['most']} completions each (median {sizes['median']:g})"
    screen.print(
        f"{_escaped(source['format'])}: {source['rows_used']:,} of {source['rows_read']:,} rows used, "
        f"{source['prompts']:,} prompts by {_escaped(', '.join(source['group_key']))}, {each}."
    )
    for exclusion in source["exclusions"]:
        screen.print(f"left out, {exclusion['count']:,} times: {_escaped(exclusion['reason'])}")
    for warning in source["warnings"]:
        screen.print(f"[yellow]note[/]: {_escaped(warning)}")


def _show_policy(screen: Console, policy: Record, settings: Record) -> None:
    for note in policy["notes"]:
        screen.print(f"[yellow]note[/]: {_escaped(note)}")
    if policy["singletons"]:
        screen.print(f"{policy['singletons']:,} prompts have one completion: they count as neither dead nor alive.")
    if policy["verdict"] is not None:
        screen.print("\n[bold]Verdict[/]")
        for sentence in policy["verdict"]["sentences"]:
            screen.print(f"- {_escaped(sentence)}")
    screen.print()
    _show_measures(screen, policy, settings)
    _show_no_signal(screen, policy)
    if policy["teaching"] is not None:
        _show_teaching(screen, policy, settings)
        _show_matrix(screen, policy)
    _show_pairs(screen, policy)
    _show_advantages(screen, policy)


def _show_measures(screen: Console, policy: Record, settings: Record) -> None:
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


def _show_no_signal(screen: Console, policy: Record) -> None:
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


def _show_teaching(screen: Console, policy: Record, settings: Record) -> None:
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


def _show_matrix(screen: Console, policy: Record) -> None:
    matrix = policy["teaching"]["matrix"]
    if len(matrix["taught"]) < 2:
        return
    rows = [[m, *(shown(value) for value in row)] for m, row in zip(matrix["taught"], matrix["gain"], strict=True)]
    _print_models(
        screen, "taught by", matrix["judged"], rows, "What each judge (column) gains in its own units at the end"
    )


def _show_pairs(screen: Console, policy: Record) -> None:
    verdict = policy["verdict"]
    if verdict is None or not verdict["pairs"]:
        return
    rows = [
        [
            _escaped(pair["better"]),
            _escaped(pair["worse"]),
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
    print_table(screen, columns, rows, "Pairs, by the verdict's rule")
    if len(verdict["pairs"]) > MOST_PAIRS:
        screen.print(f"{len(verdict['pairs']) - MOST_PAIRS} further pairs are in the record (--json).")


def _show_advantages(screen: Console, policy: Record) -> None:
    found = policy["advantages"]
    if found is None:
        return
    whose = f"those of {_escaped(found['reward'])} by the convention of {found['convention']}"
    size = f"largest difference {found['largest_difference']:.3g}, {found['rows']:,} rows"
    if found["agree"]:
        screen.print(f"The logged advantages are {whose} ({size}).")
    else:
        part = f"{found['agreeing']:.1%} of the rows agree"
        screen.print(f"[yellow]note[/]: the logged advantages come nearest to {whose}, and differ ({part}, {size}).")


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
        columns += [Column(_escaped(model), place + 1, justify="right") for place, model in enumerate(some)]
        shown_rows = [[_escaped(row[0]), *row[1 + start : 1 + start + at_once]] for row in rows]
        print_table(screen, columns, shown_rows, _escaped(title))


def shown(value: float | None) -> str:
    """A number to three digits, and whole if it is a thousand or more.

    >>> shown(0.123456), shown(4822.0), shown(None)
    ('0.123', '4,822', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


def shown_with_interval(value: float | None, ends: Sequence[float | None]) -> str:
    """A number with its interval.

    >>> shown_with_interval(0.5, [0.25, None])
    '0.5'
    """
    low, high = ends
    return shown(value) if low is None or high is None else f"{shown(value)} [{shown(low)}, {shown(high)}]"


def _escaped(text: object) -> str:
    from rich.markup import escape

    return escape(str(text))
