"""Measures of a policy's record: those of the headline, those of a section, and the one that answers a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.values import Estimate, estimate, items, mapping

SECTIONS = {
    "variance": "Reward variance",
    "signal": "Signal in groups",
    "accuracy": "Accuracy",
    "truth": "Variance and truth",
    "best-of-k": "Best of k",
    "trainer": "The trainer's convention",
    "flatness": "Bounds of the theory",
}

ACCURACIES = ("accuracy-strict-pooled", "accuracy-half-credit-pooled", "accuracy-strict-by-prompt")
VARIANCE = "reward-variance"
GROUP = 8
"""The group size whose P(no signal) is in the headline, or the one nearest to it."""


class Measure(NamedTuple):
    """One measure of all models, as the record has it."""

    id: str
    title: str
    definition: str
    section: str
    better: str | None
    estimate: Mapping[str, Any]
    interval: Mapping[str, Any]
    differences: Sequence[Any]

    def of(self, model: Model) -> Estimate:
        """What a model has."""
        return estimate(self.estimate.get(model.name), self.interval.get(model.name))


def measures_of(policy: Mapping[str, Any]) -> list[Measure]:
    """All measures of a policy's record."""
    return [
        Measure(
            str(m.get("id")),
            str(m.get("title", m.get("id"))),
            str(m.get("definition", "")),
            str(m.get("section", "")),
            m.get("better"),
            mapping(m.get("estimate")),
            mapping(m.get("interval")),
            items(m.get("differences")),
        )
        for m in map(mapping, items(policy.get("measures")))
    ]


def find(measures: Sequence[Measure], *ids: str) -> Measure | None:
    """The first measure there is of those named."""
    by_id = {m.id: m for m in measures}
    return next((by_id[id] for id in ids if id in by_id), None)


def accuracy(measures: Sequence[Measure]) -> Measure | None:
    """The accuracy that is shown where one has to do: strict and pooled, if there is one."""
    return find(measures, *ACCURACIES) or next((m for m in measures if m.section == "accuracy"), None)


def numbered(measures: Sequence[Measure], pattern: str, wanted: int) -> Measure | None:
    """Of the measures whose ids have a number, as `no-signal-(\\d+)`, the one nearest to the number wanted."""
    found = [(int(match[1]), m) for m in measures if (match := re.fullmatch(pattern, m.id))]
    return min(found, key=lambda one: (abs(one[0] - wanted), one[0]), default=(0, None))[1]


def headline(measures: Sequence[Measure]) -> list[Measure]:
    """The measures of the first table; of a record without any of them, the first six."""
    chosen = [
        find(measures, VARIANCE),
        find(measures, "within-prompt-share"),
        find(measures, "dead-groups"),
        numbered(measures, r"no-signal-(\d+)", GROUP),
        accuracy(measures),
        find(measures, "share-within-truths"),
        numbered(measures, r"best-of-(\d+)-truth", GROUP),
    ]
    return [m for m in chosen if m is not None] or list(measures[:6])


def by_section(measures: Sequence[Measure]) -> dict[str, list[Measure]]:
    """Measures by the title of their section; of an unknown section, by its name."""
    found: dict[str, list[Measure]] = {}
    for m in measures:
        found.setdefault(SECTIONS.get(m.section, m.section or "Other"), []).append(m)
    return found
