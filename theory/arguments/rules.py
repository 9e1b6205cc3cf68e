"""The kinds of rules that an argument of a public function may have.

`theory.arguments.names` has the rule of every name; `theory.arguments.precision.double_precision` applies them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Check: TypeAlias = Callable[[str, np.ndarray, float], None]
"""Takes the argument's name, its numbers in float64, and the precision that they were given in."""


Shape: TypeAlias = Callable[[Mapping[str, Any]], "tuple[int | None, ...]"]
"""Tells the shape that an argument is to have from all arguments; None stands for an axis of any length."""


class Numbers(NamedTuple):
    """Real numbers. **Fields**: `check`; `per_output`, whether the last axis runs over the outputs (else there is one
    number per problem, or a single one); `booleans`, whether they stand for zero and one; `any_shape`, whether the
    function looks at the shape itself."""

    check: Check
    per_output: bool = False
    booleans: bool = False
    any_shape: bool = False


class Shaped(NamedTuple):
    """Real numbers in an array of a shape that other arguments tell. **Fields**: `check`; `shape`, given all arguments
    (None for an axis of any length); `or_last_axes`, how many last axes of that shape are enough, too; `booleans`,
    whether they stand for zero and one."""

    check: Check
    shape: Shape
    or_last_axes: tuple[int, ...] = ()
    booleans: bool = False


class Single(NamedTuple):
    """One number for all problems, given on as a Python float. **Fields**: `check`."""

    check: Check


class Whole(NamedTuple):
    """One whole number of at least `least`, given on as a Python int."""

    least: int


class Subset(NamedTuple):
    """A set of outputs, as booleans: the last axis runs over the outputs."""


class Indices(NamedTuple):
    """Whole numbers from zero to below a limit. **Fields**: `limit` and `shape`, given all arguments."""

    limit: Callable[[Mapping[str, Any]], float]
    shape: Shape


class Described(NamedTuple):
    """A policy, a problem or a pytree of arrays. **Fields**: `check`, given the name, the object, and all arguments."""

    check: Callable[[str, Any, Mapping[str, Any]], None]


class Untouched(NamedTuple):
    """Passed on as it is: random keys, functions."""


Rule: TypeAlias = Numbers | Shaped | Single | Whole | Subset | Indices | Described | Untouched
