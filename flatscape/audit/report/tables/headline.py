"""The first table of a policy: models by headline measures; and all measures by section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flatscape.audit.report.content.glossary import TAUGHT, TIME_TO_GAIN
from flatscape.audit.report.content.measures import Measure, by_section, headline, measures_of
from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.numbers import plain
from flatscape.audit.report.content.values import items, mapping, number
from flatscape.audit.report.tables.kinds import Cell, Heading, Row, Table, estimate_cell, model_headings
from flatscape.audit.report.tables.teaching import at_budget, time_cell


def headline_table(policy: Mapping[str, Any], models: Sequence[Model], anchors: Mapping[str, str], id: str) -> Table:
    """Models in the order of the verdict, by the measures that matter first."""
    chosen = headline(measures_of(policy))
    columns = [
        (Heading(m.title, anchors[m.id], m.better), [estimate_cell(m.of(model)) for model in models]) for m in chosen
    ]
    columns += _taught(mapping(policy.get("teaching")), models)
    places = {str(name): k for k, name in enumerate(items(mapping(policy.get("verdict")).get("order")))}
    order = sorted(range(len(models)), key=lambda k: places.get(models[k].name, len(places)))
    rows = tuple(Row(models[k].name, tuple(cells[k] for _, cells in columns), model=models[k]) for k in order)
    caption = "Reward models by headline measures. Below each number: its interval."
    return Table(f"{id}-headline", caption, "Reward model", tuple(h for h, _ in columns), rows, sortable=True)


def _taught(teaching: Mapping[str, Any], models: Sequence[Model]) -> list[tuple[Heading, list[Cell]]]:
    columns = []
    if mapping(teaching.get("truth")):
        cells = [estimate_cell(at_budget(teaching, m)) for m in models]
        columns.append((Heading("expected truth after teaching", TAUGHT, "higher"), cells))
    for one in map(mapping, items(teaching.get("time_to_gain"))[:1]):
        title = f"time to a gain of {plain(number(one.get('gain')))}"
        columns.append((Heading(title, TIME_TO_GAIN, "lower"), [time_cell(one, m) for m in models]))
    return columns


def section_tables(
    policy: Mapping[str, Any], models: Sequence[Model], anchors: Mapping[str, str], id: str
) -> list[Table]:
    """All measures of all models, a table for each section."""
    tables: list[Table] = []
    for title, measures in by_section(measures_of(policy)).items():
        rows = tuple(_row(m, models, anchors) for m in measures)
        tables.append(Table(f"{id}-section-{len(tables) + 1}", title, "Measure", model_headings(models), rows))
    return tables


def _row(measure: Measure, models: Sequence[Model], anchors: Mapping[str, str]) -> Row:
    return Row(measure.title, tuple(estimate_cell(measure.of(m)) for m in models), term=anchors[measure.id])
