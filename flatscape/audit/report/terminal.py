"""The report of an audit on a terminal: what was read, the verdict, and tables of the numbers it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flatscape.audit.report.model_tables import show_matrix, show_measures, show_no_signal, show_pairs, show_teaching
from flatscape.audit.report.shown import escaped
from flatscape.output.terminal import console

if TYPE_CHECKING:
    from rich.console import Console

Record = Mapping[str, Any]


def show_audit(record: Record) -> None:
    """Prints the report."""
    screen = console()
    _show_source(screen, record)
    for policy in record["policies"]:
        if policy["policy"] is not None:
            screen.print(f"\n[bold]Policy[/] {escaped(policy['policy'])}")
        _show_policy(screen, policy, record["settings"])
    screen.print("\n[bold]What this cannot know[/]")
    for sentence in record["cannot_know"]:
        screen.print(f"- {sentence}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _show_source(screen: Console, record: Record) -> None:
    source = record["source"]
    sizes = source["completions"]
    each = f"{sizes['least']} completions each"
    if sizes["least"] != sizes["most"]:
        each = f"{sizes['least']} to {sizes['most']} completions each (median {sizes['median']:g})"
    screen.print(
        f"{escaped(source['format'])}: {source['rows_used']:,} of {source['rows_read']:,} rows used, "
        f"{source['prompts']:,} prompt{'' if source['prompts'] == 1 else 's'} by "
        f"{escaped(', '.join(source['group_key']))}, {each}."
    )
    for exclusion in source["exclusions"]:
        screen.print(f"left out, {_times(exclusion['count'])}: {escaped(exclusion['reason'])}")
        if exclusion["examples"]:
            screen.print(f"  the first: {escaped(str(exclusion['examples'][0]))}")
    for warning in source["warnings"]:
        screen.print(f"[yellow]note[/]: {escaped(warning)}")


def _show_policy(screen: Console, policy: Record, settings: Record) -> None:
    for note in policy["notes"]:
        screen.print(f"[yellow]note[/]: {escaped(note)}")
    if policy["singletons"]:
        screen.print(f"{policy['singletons']:,} prompts have one completion: they count as neither dead nor alive.")
    if policy["verdict"] is not None:
        screen.print("\n[bold]Verdict[/]")
        for sentence in policy["verdict"]["sentences"]:
            screen.print(f"- {escaped(sentence)}")
    screen.print()
    show_measures(screen, policy, settings)
    show_no_signal(screen, policy)
    if policy["teaching"] is not None:
        show_teaching(screen, policy, settings)
        show_matrix(screen, policy)
    show_pairs(screen, policy)
    _show_advantages(screen, policy)


def _show_advantages(screen: Console, policy: Record) -> None:
    found = policy["advantages"]
    if found is None:
        return
    whose = f"those of {escaped(found['reward'])} by the convention of {found['convention']}"
    size = f"largest difference {found['largest_difference']:.3g}, {found['rows']:,} rows"
    if found["agree"]:
        screen.print(f"The logged advantages are {whose} ({size}).")
    else:
        part = f"{found['agreeing']:.1%} of the rows agree"
        screen.print(f"[yellow]note[/]: the logged advantages come nearest to {whose}, and differ ({part}, {size}).")
