"""Instances of statements about tabular policies: a problem, and what each kind of statement needs besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from theory.arguments.precision import computed_in_double
from theory.arrays import Integers, OutputMask, OutputVector, Scalars
from theory.tabular.problem import Problem


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class TabularInstance:
    """A problem that a statement speaks about, or a batch of them; kinds of statements have subclasses.

    **Fields** (float64)

    - `problem`: shapes `(*batch, outputs)` and `(*batch)`.
    - `shared`: quantities that many hypotheses and bounds take, by the name of the function that computes them; `share`
      fills it in.
    """

    problem: Problem
    shared: dict[str, Any] | None = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single instance."""
        return self.problem.batch_shape


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class PolicyInstance(TabularInstance):
    """What a statement about one policy speaks about. **Field**: its `logits`, shape `(*batch, outputs)`."""

    logits: OutputVector


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class PathInstance(TabularInstance):
    """What a statement about a path of the flow speaks about.

    **Fields**

    - `elapsed`: the time that the flow runs for, shape `(*batch)`; `subset`: a set of outputs, boolean, shape
      `(*batch, outputs)`.
    - `logits`: where the flow is then, shape `(*batch, outputs)`; None until a simulator has followed it.
    """

    elapsed: Scalars
    subset: OutputMask
    logits: OutputVector | None = None

    @property
    def reached(self) -> OutputVector:
        """Where the flow is after `elapsed`. **Raises** `ValueError` if nobody has followed it."""
        if self.logits is None:
            raise ValueError("This path has not been followed: proofs_check.instances.paths.run_path follows it.")
        return self.logits


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class HittingTimeInstance(TabularInstance):
    """What a statement about `t_gamma` speaks about.

    **Fields**

    - `increase`: `gamma`, shape `(*batch)`.
    - `good_set`: `Y+` of Proposition 4 and of S-P4, which are claimed for every set; boolean, shape
      `(*batch, outputs)`. Where a row has no member, and everywhere if it is None, the set of smallest bound among the
      natural ones is taken.
    - `hitting_time`: `t_gamma` of the ground-truth reward, shape `(*batch)`; infinity if never, None until a simulator
      has found it. Bounds do not take it.
    """

    increase: Scalars
    good_set: OutputMask | None = None
    hitting_time: Scalars | None = None

    @property
    def time(self) -> Scalars:
        """`t_gamma`. **Raises** `ValueError` if nobody has simulated it."""
        if self.hitting_time is None:
            raise ValueError("This instance has no hitting time yet: sims.hitting_times finds it.")
        return self.hitting_time


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class ReferenceInstance(TabularInstance):
    """What a statement about `t_gamma` speaks about where the KL term is towards a policy other than the initial one.

    **Fields** (float64)

    - `reference`: `ln pi_ref`, shape `(*batch, outputs)`; what the problem says of its initial policy being the
      reference does not count here.
    - `increase`: `gamma`, shape `(*batch)`. `hitting_time`: `t_gamma` of the ground-truth reward, shape `(*batch)`;
      infinity if never, None until a simulator has found it.
    """

    reference: OutputVector
    increase: Scalars
    hitting_time: Scalars | None = None

    @property
    def time(self) -> Scalars:
        """`t_gamma`. **Raises** `ValueError` if nobody has simulated it."""
        if self.hitting_time is None:
            raise ValueError("This instance has no hitting time yet: sims.reference_hitting_times finds it.")
        return self.hitting_time


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class BestOfNInstance(TabularInstance):
    """What a statement about Best-of-N speaks about. **Field**: `samples`, `N`, shape `(*batch)`."""

    samples: Integers | Scalars


InstanceT = TypeVar("InstanceT", bound=TabularInstance)
Quantity = TypeVar("Quantity")


def shareable(quantity: Callable[[InstanceT], Quantity]) -> Callable[[InstanceT], Quantity]:
    """A function of an instance that returns what `share` has computed, where it has; otherwise in double precision."""
    computed = computed_in_double(quantity)

    @wraps(quantity)
    def found(instance: InstanceT) -> Quantity:
        known = instance.shared or {}
        return known[quantity.__name__] if quantity.__name__ in known else computed(instance)

    return found


def share(instance: InstanceT, quantities: Iterable[Callable[[Any], Any]]) -> InstanceT:
    """The instance with these shareable quantities computed, each once and apart from what is made of them.

    A compiler that merges them into each of their many uses computes, and compiles, them as many times.
    """
    for quantity in quantities:
        value = jax.lax.optimization_barrier(quantity(instance))
        instance = replace(instance, shared=(instance.shared or {}) | {quantity.__name__: value})
    return instance


def given_or_chosen(instance: HittingTimeInstance, chosen: OutputMask) -> OutputMask:
    """The instance's own `good_set` in the rows that have one, otherwise `chosen`; shape `(*batch, outputs)`."""
    if instance.good_set is None:
        return chosen
    given = jnp.asarray(instance.good_set)
    return jnp.where(jnp.any(given, axis=-1, keepdims=True), given, chosen)
