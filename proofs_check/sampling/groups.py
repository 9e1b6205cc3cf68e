"""Evidence by sampling for statements about completions: random groups, and all outcomes of draws enumerated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.exercise import flags_of
from proofs_check.evidence.method import Method
from proofs_check.instances.group_families import batched, drawn_groups, group_record, scored_groups, scored_prompts
from proofs_check.sampling.campaign import Campaign
from proofs_check.sampling.judging import judge
from proofs_check.sampling.tally import Tally
from theory.instances.sampled_groups import GroupInstance
from theory.statement import Sides, Statement, Subject, hold_all

DRAWN = ((2, 4, 2), (2, 8, 4), (3, 5, 3), (3, 6, 2), (4, 5, 5))
"""Outputs, completions drawn, and the size of groups: all outcomes are enumerated, so these are small."""


@dataclass(frozen=True)
class GroupSettings:
    """How much to sample.

    **Fields**: `rows`: numbers of completions of a group; `groups`, `prompts`, `draws`: instances of each kind and size
    (those of several prompts are whitened one by one).
    """

    rows: tuple[int, ...]
    groups: int
    prompts: int
    draws: int


GROUP_LEVELS = {
    "quick": GroupSettings((2, 3, 4, 8, 16), groups=20_000, prompts=500, draws=500),
    "full": GroupSettings((2, 3, 4, 5, 8, 16, 64), groups=150_000, prompts=4_000, draws=4_000),
}


def group_batches(rng: np.random.Generator, settings: GroupSettings, subject: Subject) -> Iterator[GroupInstance]:
    """The random instances of a subject."""
    if subject is Subject.GROUP:
        for rows in settings.rows:
            yield scored_groups(rng, max(settings.groups * 4 // max(rows, 4), 1), rows)
    elif subject is Subject.PROMPTS:
        for rows in settings.rows:
            yield scored_prompts(rng, settings.prompts, 2 + rows % 3, rows)
    else:
        for outputs, draws, size in DRAWN:
            yield drawn_groups(rng, settings.draws, prompts=2, outputs=outputs, draws=draws, size=size)


def evaluate_groups(
    tallies: Mapping[str, Tally], statements: Sequence[Statement[Any]], instance: GroupInstance
) -> dict[str, tuple[np.ndarray, Sides]]:
    """Adds a batch to the tallies of statements of its subject.

    **Returns** whether each applies, and its sides, by id.
    """
    (count,) = instance.batch_shape
    found = {}
    for statement in statements:
        tally, control = tallies[statement.id], statement.control
        applies = np.broadcast_to(np.asarray(statement.applies(instance)), (count,))
        sides = statement.sides(instance)

        def record(place: int) -> dict[str, Any]:
            return group_record(instance, place)

        tally.add(applies, judge(sides, statement.relation, count), record)
        tally.add_exercise(flags_of(statement, instance))
        twin = np.broadcast_to(np.asarray(hold_all(control.hypotheses, instance)), (count,))
        tally.add_control(twin, judge(control.sides(instance), statement.relation, count), record)
        found[statement.id] = applies, sides
    return found


def sample_groups(
    statements: Sequence[Statement[Any]], settings: GroupSettings, seed: int, subject: Subject
) -> list[Evidence]:
    """Checks the statements of one subject on random instances, and refutes their controls.

    **Returns** one `Evidence` for each of them, in their order.
    """
    chosen = [s for s in statements if s.subject is subject]
    campaign = Campaign(Method.SAMPLING, chosen, seed=seed)
    rng = np.random.default_rng([seed, list(Subject).index(subject), 21])
    with jax.enable_x64(True):
        for instance in group_batches(rng, settings, subject):
            evaluate_groups(campaign.tallies, chosen, instance)
        for statement in chosen:
            evaluate_groups(campaign.tallies, [statement], batched(statement.control.witness()))
    sizes = sorted({draws for _, draws, _ in DRAWN}) if subject is Subject.DRAWS else settings.rows
    return campaign.evidence({"completions": list(sizes)})
