"""The controls' own witnesses, placed among random instances so that they take part in the same computation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import jax
import numpy as np

from theory.instances.tabular import HittingTimeInstance, TabularInstance
from theory.statement import Statement


class Witnesses:
    """The witnesses of some statements' controls that have not yet been placed.

    A witness run on its own would compile every simulator anew for a batch of one; as the last rows of a random batch
    of the same shape it costs nothing.

    **Arguments**

    - `statements`: whose controls' witnesses are to be placed.
    - `belongs`: which numbers of outputs are wanted; witnesses of others are left out.
    """

    def __init__(self, statements: Sequence[Statement], belongs: Callable[[int], bool] = lambda outputs: True) -> None:
        witnesses = [statement.control.witness() for statement in statements]
        self._waiting = [_batched(_with_set(w)) for w in witnesses if belongs(w.problem.outputs)]

    def place(self, instance: TabularInstance) -> TabularInstance:
        """The batch with its last rows replaced by those waiting witnesses that have its shape.

        A problem to be simulated joins others with a KL coefficient only if it has one itself, so that each batch stays
        one simulator's business.
        """
        fitting = [w for w in self._waiting if _fits(w, instance)]
        fitting = fitting[: instance.problem.batch_shape[0]]
        if not fitting:
            return instance
        placed = {id(w) for w in fitting}
        self._waiting = [w for w in self._waiting if id(w) not in placed]
        return jax.tree.map(
            lambda batch, *rows: np.concatenate([np.asarray(batch)[: -len(rows)], *rows]), instance, *fitting
        )

    def rest(self) -> list[TabularInstance]:
        """The witnesses that fitted no batch, as batches of one."""
        return self._waiting


def at_home(outputs: int, sizes: Sequence[int]) -> Callable[[int], bool]:
    """Which witnesses belong to the part of a run that is about `outputs`, by their numbers of outputs.

    Those of a number that is none of the run's `sizes` belong to the first of them.
    """
    return lambda size: size == outputs if size in sizes else outputs == sizes[0]


def _with_set(instance: TabularInstance) -> TabularInstance:
    """With an empty `good_set` if it is about a hitting time, as the batches that it is to be placed in."""
    if not isinstance(instance, HittingTimeInstance) or instance.good_set is not None:
        return instance
    return replace(instance, good_set=np.zeros(instance.problem.outputs, bool))


def _batched(instance: TabularInstance) -> TabularInstance:
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], instance)


def _form(instance: TabularInstance) -> tuple[object, int]:
    """What rows of one batch share: which fields are filled in, and the number of outputs."""
    return jax.tree.structure(instance), instance.problem.outputs


def _fits(witness: TabularInstance, batch: TabularInstance) -> bool:
    if _form(witness) != _form(batch):
        return False
    return not isinstance(witness, HittingTimeInstance) or _regularized(witness) == _regularized(batch)


def _regularized(instance: TabularInstance) -> bool:
    return bool(np.any(np.asarray(instance.problem.kl_coefficient) > 0))
