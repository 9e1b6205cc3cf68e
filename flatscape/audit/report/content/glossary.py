"""The glossary of a page: every measure with its definition, and the words that the page itself uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flatscape.audit.report.content.measures import Measure
from flatscape.audit.report.content.words import identifier


class Term(NamedTuple):
    """**Fields**: `anchor`, its `id` on the page; `title`; `text`; `better`: "higher", "lower" or None."""

    anchor: str
    title: str
    text: str
    better: str | None = None


INTERVAL = "term-interval"
PROBABILITY = "term-probability"
MORE_PROMPTS = "term-more-prompts"
TAUGHT = "term-taught-truth"
TIME_TO_GAIN = "term-time-to-gain"
DIVERGENCE = "term-kl"
MATRIX = "term-matrix"
BATCHES = "term-expected-batches"
ENOUGH = "term-group-size"
DIFFERENCE = "term-difference"
UNKNOWN = "term-not-known"

OWN = (
    Term(
        INTERVAL,
        "interval",
        "The range of values that resamples of the prompts give (bootstrap over prompts, never over completions), from "
        "the lower to the upper quantile of the level in the settings. It covers which prompts were drawn, not which "
        "completions, nor a wrong truth. Numbers are rounded to the digits that their interval allows.",
    ),
    Term(
        DIFFERENCE,
        "paired difference",
        "The first model's value less the second's, on the same prompts: what the prompts have in common cancels, so "
        "that the interval of a difference can exclude zero where the two models' intervals overlap.",
    ),
    Term(
        PROBABILITY,
        "probability of the order",
        "The part of the resamples of the prompts in which the first of two models is ahead, ties counting half. It is "
        "not the probability that it is the better teacher on other prompts or in a real training run.",
    ),
    Term(
        MORE_PROMPTS,
        "more prompts",
        "How many further prompts it would take to find the observed difference with power 0.8, if it and its "
        "deviation between prompts are those observed (normal approximation).",
    ),
    Term(
        TAUGHT,
        "expected truth after teaching",
        "Mean over prompts of the expected truth of the simulated policy at the end of the budget. The policy starts "
        "at the sampled completions and is trained on one reward model's scores by the method in the settings.",
        "higher",
    ),
    Term(
        TIME_TO_GAIN,
        "time to a gain",
        "How long a reward model has to teach until the mean expected truth has risen by so much above its first "
        "value. “Not reached”: not within the budget.",
        "lower",
    ),
    Term(
        DIVERGENCE,
        "KL divergence",
        "Mean over prompts of KL(policy ‖ policy that was sampled) = sum p log(p / p_0), in nats: how far a teacher "
        "has moved the policy.",
    ),
    Term(
        MATRIX,
        "teachers and judges",
        "By how much the mean reward of the judge (column) has risen at the end of the budget, while the teacher (row) "
        "taught; in the units in which the judge's rewards teach.",
    ),
    Term(
        BATCHES,
        "expected batches",
        "1 / (1 - P(no signal)): how many groups have to be sampled for one that teaches anything, if groups without "
        "signal are drawn again.",
        "lower",
    ),
    Term(
        ENOUGH,
        "sufficient group size",
        "The smallest group size whose P(no signal) is below the target. Groups larger than what was sampled for each "
        "prompt cannot be judged without bias, and are not.",
        "lower",
    ),
    Term(
        UNKNOWN,
        "not known (–)",
        "The file does not tell: too few scored completions, no truth, or a single prompt, which has no interval.",
    ),
)
"""Words of the page itself."""


def anchors_of(measures: Iterable[Measure]) -> dict[str, str]:
    """An `id` on the page for each measure, by its id in the record; no two are equal.

    >>> anchors_of([])
    {}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for measure in measures:
        if measure.id in found:
            continue
        base = name = f"measure-{identifier(measure.id)}"
        number = 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        found[measure.id] = name
    return found


def measure_terms(measures: Iterable[Measure], anchors: Mapping[str, str]) -> list[Term]:
    """The definitions of all measures, each once."""
    by_anchor = {anchors[m.id]: Term(anchors[m.id], m.title, m.definition, m.better) for m in measures}
    return list(by_anchor.values())
