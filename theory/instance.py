"""What a statement speaks about: a problem, and where its hypotheses or sides need it, a policy, a time, a set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import jax

from theory.arrays import AnyArray, Integers, OutputMask, OutputVector, Scalars
from theory.problem import Problem


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Instance:
    """One instance of a statement, or a batch of them; what a statement does not speak about stays None.

    **Fields** (float64 unless said otherwise)

    - `problem`: shapes `(*batch, outputs)` and `(*batch)`.
    - `increase`: `gamma`, shape `(*batch)`.
    - `hitting_time`: `t_gamma` of the ground-truth reward, shape `(*batch)`; infinity if never.
    - `logits`: a policy other than the initial one, shape `(*batch, outputs)`.
    - `elapsed`: the time at which the flow reached `logits`, shape `(*batch)`.
    - `subset`: a set of outputs, boolean, shape `(*batch, outputs)`.
    - `samples`: `N` of Best-of-N, shape `(*batch)`.
    """

    problem: Problem
    increase: Scalars | None = None
    hitting_time: Scalars | None = None
    logits: OutputVector | None = None
    elapsed: Scalars | None = None
    subset: OutputMask | None = None
    samples: Integers | Scalars | None = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single instance."""
        return self.problem.batch_shape


@overload
def needed(field: AnyArray | None) -> AnyArray: ...
@overload
def needed(field: Scalars | Integers | None) -> Scalars: ...
def needed(field: AnyArray | float | int | None) -> AnyArray | float | int:
    """A field of an `Instance` that a statement speaks about, hence not None in any instance given to it."""
    assert field is not None
    return field
