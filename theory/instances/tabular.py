"""What a statement speaks about: a problem, and where its hypotheses or sides need it, a policy, a time, a set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar, overload

import jax
import jax.numpy as jnp

from theory.arguments.precision import computed_in_double
from theory.arrays import AnyArray, Integers, OutputMask, OutputVector, Scalars
from theory.tabular.problem import Problem


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
    - `good_set`: `Y+` of Proposition 4 and of S-P4, which are claimed for every set; boolean, shape
      `(*batch, outputs)`. Where a row has no member, and everywhere if it is None, the set of smallest bound among the
      natural ones is taken.
    - `shared`: quantities that many hypotheses and bounds take, by the name of the function that computes them; `share`
      fills it in.
    """

    problem: Problem
    increase: Scalars | None = None
    hitting_time: Scalars | None = None
    logits: OutputVector | None = None
    elapsed: Scalars | None = None
    subset: OutputMask | None = None
    samples: Integers | Scalars | None = None
    good_set: OutputMask | None = None
    shared: dict[str, Any] | None = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single instance."""
        return self.problem.batch_shape


Quantity = TypeVar("Quantity")


def shareable(quantity: Callable[[Instance], Quantity]) -> Callable[[Instance], Quantity]:
    """A function of an instance that returns what `share` has computed, where it has; otherwise in double precision."""
    computed = computed_in_double(quantity)

    @wraps(quantity)
    def found(instance: Instance) -> Quantity:
        known = instance.shared or {}
        return known[quantity.__name__] if quantity.__name__ in known else computed(instance)

    return found


def share(instance: Instance, quantities: Iterable[Callable[[Instance], Any]]) -> Instance:
    """The instance with these shareable quantities computed, each once and apart from what is made of them.

    A compiler that merges them into each of their many uses computes, and compiles, them as many times.
    """
    for quantity in quantities:
        value = jax.lax.optimization_barrier(quantity(instance))
        instance = replace(instance, shared=(instance.shared or {}) | {quantity.__name__: value})
    return instance


def given_or_chosen(instance: Instance, chosen: OutputMask) -> OutputMask:
    """The instance's own `good_set` in the rows that have one, otherwise `chosen`; shape `(*batch, outputs)`."""
    if instance.good_set is None:
        return chosen
    given = jnp.asarray(instance.good_set)
    return jnp.where(jnp.any(given, axis=-1, keepdims=True), given, chosen)


@overload
def needed(field: AnyArray | None) -> AnyArray: ...
@overload
def needed(field: Scalars | Integers | None) -> Scalars: ...
def needed(field: AnyArray | float | int | None) -> AnyArray | float | int:
    """A field of an `Instance` that a statement speaks about, hence not None in any instance given to it."""
    assert field is not None
    return field
