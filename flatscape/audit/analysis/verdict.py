"""The verdict on reward models as teachers: an order, how sure each part of it is, and sentences that say both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flatscape.audit.analysis.measured import Found
from flatscape.audit.analysis.order import PRACTICALLY_ZERO, PairOrder, ordered_pairs
from flatscape.audit.analysis.rules import Ordering

CANNOT_KNOW = (
    "Whether what is learnt from one prompt helps or harms with others: in the simulation every prompt has parameters "
    "of its own, in a network all share them.",
    "What the policy would say that is not among the completions given: the simulated policy only moves probability "
    "between them, so that rewards can neither be hacked by new completions nor lead to better ones.",
    "How good the truth is: it is taken as given.",
    "Prompts of another kind than these: intervals are for prompts drawn as these were, and for what was sampled from "
    "each of them.",
)
"""What no audit of samples can know."""

VOTERS = ("reward-variance", "accuracy-strict-pooled")
"""Measures that are often taken for a verdict."""

RESCALED = (
    "Every reward model was first rescaled to deviation 1 over all completions (--normalisation global): a model whose "
    "own rewards are nearly equal is slower than this says where a trainer takes them as they are (--normalisation "
    "none)."
)
"""What decides more than accuracy does, and is not seen in the order."""

MOST_SENTENCES = 6
"""Pairs that are put into sentences: neighbours in the order, from the top."""


@dataclass(frozen=True)
class PairVerdict:
    """Two teachers, the better one first; numbers as in `PairOrder`, NaN where nothing is known."""

    better: str
    worse: str
    difference: float
    interval: tuple[float, float]
    probability: float
    decided: bool
    more_prompts: int | None


@dataclass(frozen=True)
class Verdict:
    """An order of teachers, never without its uncertainty.

    **Fields**: `rule` that it rests on, in words; `order`, the best first; `pairs`, of all, whose differences are in
    `unit`; `sentences`, for a reader.
    """

    rule: str
    order: tuple[str, ...]
    pairs: tuple[PairVerdict, ...]
    sentences: tuple[str, ...]
    unit: str


def make_verdict(
    models: Sequence[str], ordering: Ordering, level: float, found: Sequence[Found] = (), *, rescaled: bool = False
) -> Verdict:
    """The verdict by a rule.

    **Arguments**: `found`, the measures of the same models: it is told if variance or accuracy would say otherwise;
    `rescaled`, whether each reward model had one deviation when it taught.
    """
    order, pairs = ordered_pairs(
        ordering.estimate,
        ordering.resampled,
        columns=ordering.columns,
        are_means=ordering.are_means,
        level=level,
    )
    prompts = int((~np.isnan(ordering.columns)).all(axis=0).sum())
    sentences = [f"Ordered by {ordering.rule}."]
    if len(models) == 1:
        sentences.append(f"{models[0]} ({ordering.shown[0]}) is the only reward model: there is none to compare it to.")
    neighbours = [p for p in pairs if order.index(p.worse) == order.index(p.better) + 1]
    sentences += [_sentence(p, models, ordering, level, prompts) for p in neighbours[:MOST_SENTENCES]]
    if len(neighbours) > MOST_SENTENCES:
        sentences.append("All further pairs are in the table of pairs.")
    if rescaled and len(models) > 1:
        sentences.append(RESCALED)
    if len(models) > 2:
        sentences.append("Each pair is judged by itself: of many undecided ones some look decided by chance.")
    if not ordering.of_teaching:
        sentences.append(
            "Without a truth nobody can say which is the better teacher: this order says which reward model teaches "
            "strongly, not what it teaches. The matrix of teachers and judges shows what each thinks of the others. "
            "If a column is the truth, name it: --truth COLUMN."
        )
    elif len(models) > 1:
        sentences += _other_votes(models, order, found, decided=pairs[0].decided)
    named = tuple(
        PairVerdict(
            models[p.better], models[p.worse], p.difference, (p.low, p.high), p.probability, p.decided, p.more_prompts
        )
        for p in pairs
    )
    return Verdict(ordering.rule, tuple(models[k] for k in order), named, tuple(sentences), ordering.unit)


def _sentence(pair: PairOrder, models: Sequence[str], ordering: Ordering, level: float, prompts: int) -> str:
    better, worse = models[pair.better], models[pair.worse]
    numbers = f"{ordering.shown[pair.better]} against {ordering.shown[pair.worse]}"
    if np.isnan(pair.probability):
        seen = "one prompt tells" if prompts == 1 else f"{prompts} prompts tell"
        return f"{better} and {worse}: cannot tell ({numbers}): {seen} nothing about others."
    if not np.isfinite([pair.difference, pair.low, pair.high]).all():
        apart = ""
    elif ordering.are_means:
        apart = f"difference {pair.difference:.3g}, {level:.0%} interval {pair.low:.3g} to {pair.high:.3g}; "
    else:
        apart = f"faster by a factor of {_factor(pair.difference)}, {level:.0%} interval {_factor(pair.low)} to "
        apart += f"{_factor(pair.high)}; "
    sure = f"{numbers}; {apart}ahead in {shown_share(pair.probability)} of the resamples of {prompts} prompts"
    if pair.decided:
        return f"{better} {ordering.verb} {worse}: {sure}."
    if pair.hopeless:
        return (
            f"{better} and {worse}: cannot tell, and no reasonable number of prompts would: {sure}; the difference is "
            f"below {PRACTICALLY_ZERO:g} of its deviation between prompts."
        )
    if pair.more_prompts is None:
        return f"{better} and {worse}: cannot tell: {sure}."
    return (
        f"{better} and {worse}: cannot tell: {sure}. About {rounded(pair.more_prompts):,} more prompts would, if the "
        "difference is the one seen here."
    )


def _factor(logarithm: float) -> str:
    with np.errstate(over="ignore"):
        return f"{float(np.exp(logarithm)):.3g}"


def shown_share(share: float) -> str:
    """A share in percent, which is all of it only if it is.

    >>> shown_share(0.9876), shown_share(1.0), shown_share(0.9999)
    ('98.8%', '100.0%', '>99.9%')
    """
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


def rounded(count: int) -> int:
    """A number of prompts to two digits: no power calculation knows more.

    >>> rounded(1234), rounded(87)
    (1200, 87)
    """
    digits = len(str(count))
    return count if digits <= 2 else round(count, 2 - digits)


def _other_votes(models: Sequence[str], order: Sequence[int], found: Sequence[Found], *, decided: bool) -> list[str]:
    votes = []
    for one in found:
        if one.about.id in VOTERS and not np.isnan(one.values.estimate).all():
            best = np.nanmax(one.values.estimate)
            named = [models[int(k)] for k in np.flatnonzero(one.values.estimate == best)]
            votes.append((one.about.title, named))
    if not votes:
        return []
    first = models[order[0]]
    told = " and ".join(f"{title} alone would name {' or '.join(named)}" for title, named in votes)
    against = any(first not in named for _, named in votes)
    told = f"{told[0].upper()}{told[1:]}"
    if not decided:
        end = f"; by the simulation {first} comes first, but it cannot tell."
    elif against:
        end = f": the simulation does not agree, and has {first} first."
    else:
        end = ", as the simulation has it."
    return [f"{told}{end}"]
