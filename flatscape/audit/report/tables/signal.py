"""Group sizes that suffice, and how many batches resampling groups without signal takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flatscape.audit.report.content.glossary import BATCHES, ENOUGH
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.numbers import count, plain
from flatscape.audit.report.content.values import mapping, number, numbers
from flatscape.audit.report.tables.kinds import Cell, Heading, Row, Table, number_cell


def signal_table(policy: Mapping[str, Any], models: Sequence[Model], id: str) -> Table | None:
    """The smallest group with signal and the expected batches of each group size; None if nothing is known of them."""
    found = mapping(policy.get("no_signal"))
    sizes, batches = numbers(found.get("group_sizes")), mapping(found.get("expected_batches"))
    enough = mapping(found.get("group_size_for_target"))
    if not enough and not batches:
        return None
    target, tried = plain(number(found.get("target"))), number(found.get("largest_group_size_tried"))
    headings = [Heading(f"smallest G with P(no signal) below {target}", ENOUGH, "lower")]
    headings += [Heading(f"expected batches, G = {count(size)}", BATCHES, "lower") for size in sizes]
    rows = []
    for model in models:
        own = numbers(batches.get(model.name))
        values = [own[k] if k < len(own) else None for k in range(len(sizes))]
        cells = [_enough(number(enough.get(model.name)), tried), *map(number_cell, values)]
        rows.append(Row(model.name, tuple(cells), model=model))
    caption = "Groups without signal: the size that avoids them, and what drawing them again costs."
    return Table(f"{id}-signal", caption, "Reward model", tuple(headings), tuple(rows), sortable=True)


def _enough(size: float | None, tried: float | None) -> Cell:
    if size is None:
        return Cell("none known" if tried is None else f"above {count(tried)}, or none")
    return Cell(count(size), sort=size)
