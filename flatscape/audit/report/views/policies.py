"""Policies as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flatscape.audit.report.content.measures import measures_of
from flatscape.audit.report.content.models import Model, models_of
from flatscape.audit.report.content.numbers import count, plain, share
from flatscape.audit.report.content.values import items, mapping, number
from flatscape.audit.report.plots.comparisons import all_differences, compared
from flatscape.audit.report.plots.kinds import Axis, DifferencePlot
from flatscape.audit.report.tables.headline import headline_table, section_tables
from flatscape.audit.report.tables.kinds import Table
from flatscape.audit.report.tables.of_plots import difference_table
from flatscape.audit.report.tables.signal import signal_table
from flatscape.audit.report.tables.teaching import matrix_table, time_table
from flatscape.audit.report.tables.verdict import pair_table
from flatscape.audit.report.views.figures import PageFigure, page_figures

FEW_PAIRS = 6
"""Pairs of a verdict that are shown unfolded."""


class PolicyView(NamedTuple):
    """**Fields**

    - `id`, which begins the ids of its parts; `name`; `prompts`, in words.
    - `models`; `notes` on its samples; `sentences` of the verdict; `pairs`, `pairs_open`: their table, and whether it
      is shown unfolded.
    - `headline`; `figures`; `tables` of signal and teaching; `advantages`, a sentence; `sections` and `differences`:
      all measures.
    """

    id: str
    name: str
    prompts: str
    models: list[Model]
    notes: list[str]
    sentences: list[str]
    pairs: Table | None
    pairs_open: bool
    headline: Table
    figures: list[PageFigure]
    tables: list[Table]
    advantages: str
    sections: list[Table]
    differences: list[Table]


def policy_view(policy: Mapping[str, Any], anchors: Mapping[str, str], id: str) -> PolicyView:
    """One policy of a record; `anchors` are those of its measures in the glossary."""
    models = models_of(policy)
    pairs = pair_table(policy, models, id)
    extra = (make(policy, models, id) for make in (signal_table, time_table, matrix_table))
    name = policy.get("policy")
    return PolicyView(
        id=id,
        name="without a name" if name is None else str(name),
        prompts=count(number(policy.get("prompts"))),
        models=models,
        notes=[str(note) for note in items(policy.get("notes"))],
        sentences=[str(sentence) for sentence in items(mapping(policy.get("verdict")).get("sentences"))],
        pairs=pairs,
        pairs_open=pairs is not None and len(pairs.rows) <= FEW_PAIRS,
        headline=headline_table(policy, models, anchors, id),
        figures=page_figures(policy, models, id),
        tables=[table for table in extra if table is not None],
        advantages=advantages_sentence(mapping(policy.get("advantages"))),
        sections=section_tables(policy, models, anchors, id),
        differences=_differences(policy, models, id),
    )


def _differences(policy: Mapping[str, Any], models: list[Model], id: str) -> list[Table]:
    """Differences of all pairs, where plots show those with one model only."""
    if len(models) <= 3:
        return []
    tables = []
    for k, measure in enumerate(compared(measures_of(policy))):
        rows = tuple(all_differences(measure, models))
        plot = DifferencePlot("", f"Paired differences: {measure.title}, all pairs", "", Axis("", ""), rows)
        if rows:
            tables.append(difference_table(plot, f"{id}-all-differences-{k + 1}"))
    return tables


def advantages_sentence(found: Mapping[str, Any]) -> str:
    """Whether logged advantages agree with a recomputation; empty if there are none.

    >>> advantages_sentence({"convention": "trl", "agree": True, "largest_difference": 1e-7, "rows": 64})
    'The advantages in the file are those of the convention trl: over 64 rows the largest difference is 1.00×10⁻⁷.'
    """
    if not found:
        return ""
    rows, largest = count(number(found.get("rows"))), plain(number(found.get("largest_difference")))
    of = f" for {found['reward']}" if found.get("reward") else ""
    part = number(found.get("agreeing"))
    agreeing = "" if part is None or found.get("agree") is True else f" ({share(part)} of the rows agree)"
    verb = "are those" if found.get("agree") is True else "are not those"
    return (
        f"The advantages in the file {verb} of the convention {found.get('convention')}{of}: over {rows} rows the "
        f"largest difference is {largest}{agreeing}."
    )
