"""The sides of lower and of upper bounds on `t_gamma`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theory.arrays import Scalars
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Sides

Bound = Callable[[HittingTimeInstance], Scalars]


def lower_bound_sides(bound: Callable[[Any], Scalars]) -> Callable[[Any], Sides]:
    """The sides of `t_gamma >= bound`."""

    def sides(instance: Any) -> Sides:
        value = bound(instance)
        return Sides(value, instance.time, value)

    return sides


def upper_bound_sides(bound: Bound, growth: Bound = lambda instance: 1.0) -> Callable[[HittingTimeInstance], Sides]:
    """The sides of `t_gamma <= bound`; `growth` is how much the bound magnifies the rounding of what it is made of."""

    def sides(instance: HittingTimeInstance) -> Sides:
        value = bound(instance)
        return Sides(instance.time, value, value * growth(instance))

    return sides


def scaled(bound: Bound, factor: float) -> Bound:
    """`factor` times a bound."""
    return lambda instance: factor * bound(instance)
