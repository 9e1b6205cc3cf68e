"""Counts of how often the instances tried exercise each hypothesis of a statement, and of what makes them hard.

That millions of instances violate nothing says little if none of them is near the edge of a hypothesis: a limit
to the KL coefficient may then be wrong by any factor. So what is counted is how many instances meet all hypotheses with
one of them barely met, and how many fail one of them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from theory.arrays import AnyArray
from theory.statement import Statement

EDGE = 0.1
"""An instance is at the edge of a hypothesis if its margin (`statement.Hypothesis`) is at most this."""


class Flags(NamedTuple):
    """What each instance of a batch exercises (boolean).

    **Fields**: `edge`, `alone`, shape `(count, hypotheses)`: all hypotheses hold, this one barely; this one fails and
    all others hold. `features`, shape `(count, features)`: all hypotheses hold, and the feature is there.
    """

    edge: AnyArray
    alone: AnyArray
    features: AnyArray


def flags_of(statement: Statement[Any], instance: Any) -> Flags:
    """The flags of a batch, to be computed together with the sides of the statement."""
    shape = instance.batch_shape

    def stacked(columns: Sequence[AnyArray]) -> AnyArray:
        return jnp.stack([jnp.broadcast_to(c, shape) for c in columns], axis=-1) if columns else jnp.zeros((*shape, 0))

    holds = stacked([h.holds(instance) for h in statement.hypotheses]).astype(bool)
    far = jnp.full(shape, jnp.inf)
    margins = stacked([far if h.margin is None else h.margin(instance) for h in statement.hypotheses])
    applies = jnp.all(holds, axis=-1, keepdims=True)
    # One fails, and it is this one.
    alone = ~holds & (jnp.sum(~holds, axis=-1, keepdims=True) == 1)
    present = stacked([f.present(instance) for f in statement.features]).astype(bool)
    return Flags(applies & (jnp.abs(margins) <= EDGE), alone, applies & present)


@dataclass(frozen=True)
class HypothesisExercise:
    """One hypothesis: how many instances meet all of them and are at its edge (None where it has no degrees), and how
    many fail it `alone`."""

    edge: int | None
    alone: int


@dataclass(frozen=True)
class Exercise:
    """What a statement's instances exercise.

    **Fields**: `hypotheses`, by name; `features`, how many instances that meet the hypotheses have each.
    """

    hypotheses: dict[str, HypothesisExercise] = field(default_factory=dict)
    features: dict[str, int] = field(default_factory=dict)


def nothing_exercised(statement: Statement[Any]) -> Exercise:
    """The counts before the first instance."""
    hypotheses = {h.name: HypothesisExercise(None if h.margin is None else 0, 0) for h in statement.hypotheses}
    return Exercise(hypotheses, {f.name: 0 for f in statement.features})


def counted(statement: Statement[Any], flags: Flags) -> Exercise:
    """The counts of one batch."""
    edge, alone, features = (np.count_nonzero(np.asarray(part), axis=0) for part in flags)
    hypotheses = {
        h.name: HypothesisExercise(None if h.margin is None else int(edge[k]), int(alone[k]))
        for k, h in enumerate(statement.hypotheses)
    }
    return Exercise(hypotheses, {f.name: int(features[k]) for k, f in enumerate(statement.features)})


def added_up(parts: Iterable[Exercise | None]) -> Exercise | None:
    """The sum of what is known; None if nothing is."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    hypotheses: dict[str, HypothesisExercise] = {}
    features: dict[str, int] = {}
    for part in known:
        for name, one in part.hypotheses.items():
            before = hypotheses.get(name, HypothesisExercise(None, 0))
            edge = one.edge if before.edge is None else before.edge + (one.edge or 0)
            hypotheses[name] = HypothesisExercise(edge, before.alone + one.alone)
        for name, count in part.features.items():
            features[name] = features.get(name, 0) + count
    return Exercise(hypotheses, features)


def exercise_from_record(record: Mapping[str, Any] | None) -> Exercise | None:
    """What `dataclasses.asdict` made of an `Exercise`; None of None, as in ledgers that did not count yet.

    **Raises** `KeyError` or `TypeError` if the record is none.
    """
    if record is None:
        return None
    hypotheses = {name: HypothesisExercise(**one) for name, one in record["hypotheses"].items()}
    return Exercise(hypotheses, dict(record["features"]))
