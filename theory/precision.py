"""Public functions take real numbers in any array-like, check them by name, and compute in float64.

JAX computes in float32 unless told otherwise, and a reward variance of 1e-19 is then zero. So a public function turns
what it is given into float64 and computes in it, whatever JAX's default precision is. Two things are left as they are:
values that JAX is tracing (the function is part of a caller's `jax.jit`, `jax.vmap` or `jax.grad`, whose precision it
shares; nothing can be checked there), and arrays of float32 or less, given on purpose.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from theory.argument_names import ARGUMENT_RULES
from theory.argument_rules import Described, Indices, Numbers, Rule, Single, Subset, Untouched, Whole
from theory.checks import as_float64, check_number, check_whole, is_traced
from theory.errors import InvalidInputError

P = ParamSpec("P")
R = TypeVar("R")

NOTE = """

**Precision**: computed in float64 whatever JAX's default is, and returned as NumPy arrays where that default is
float32. Arrays of float32 or less keep their type. Inside `jax.jit`, `jax.vmap` and `jax.grad` the precision is the
caller's, and input is not checked there.

**Raises** `InvalidInputError` for what are no real numbers, for NaN, for shapes that do not fit, and for numbers
outside of what the argument means.
"""


class _Computing(threading.local):
    """Whether a public function is computing in this thread: what it calls has been checked and converted already."""

    inside = False


_computing = _Computing()


def double_precision(**own_rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function check and convert its arguments as this module says.

    **Arguments**: `own_rules`, for arguments that are something else than `theory.argument_names` says.

    **Raises** `TypeError` where the function is declared, if one of its arguments has no rule.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        unruled = [name for name in parameters if name not in own_rules and name not in ARGUMENT_RULES]
        if unruled:
            raise TypeError(f"{function.__qualname__}: no rule for the argument {unruled[0]}")
        names = tuple(parameters)
        rules = {name: own_rules.get(name, ARGUMENT_RULES.get(name)) for name in names}
        rules = {name: rule for name, rule in rules.items() if not isinstance(rule, Untouched)}
        optional = {name for name, parameter in parameters.items() if parameter.default is None}

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _computing.inside or is_traced((args, kwargs)):
                return function(*args, **kwargs)
            given: dict[str, Any] = dict(zip(names, args, strict=False))
            # Wrong numbers of arguments are the call's own error.
            if len(args) > len(names) or given.keys() & kwargs.keys() or not kwargs.keys() <= parameters.keys():
                return function(*args, **kwargs)
            given.update(kwargs)
            ruled = {n: rule for n, rule in rules.items() if n in given and not (n in optional and given[n] is None)}
            kind = _common_type(given, ruled)
            return _run(kind != np.float64, lambda: function(**{**given, **_converted(given, ruled, kind)}))

        call.__doc__ = inspect.cleandoc(function.__doc__ or "") + NOTE
        return call

    return decorate


def computed_in_double(function: Callable[P, R]) -> Callable[P, R]:
    """The same precision for a function of records that this package has made (instances): nothing is checked."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _computing.inside or is_traced((args, kwargs)):
            return function(*args, **kwargs)
        as_given = _shortest_common(jax.tree.leaves((args, kwargs))) != np.float64
        return _run(as_given, lambda: function(*args, **kwargs))

    return call


def _run(as_given: bool, compute: Callable[[], R]) -> R:
    """What `compute` gives, in float64 unless the precision is to stay as it is."""
    _computing.inside = True
    try:
        if as_given or jax.config.jax_enable_x64:  # type: ignore[attr-defined]
            return compute()
        # Where a caller's function is being traced, too, these numbers are known already: they are computed at once.
        with jax.ensure_compile_time_eval(), jax.enable_x64(True):
            return jax.tree.map(_on_the_host, compute())
    finally:
        _computing.inside = False


def _on_the_host(leaf: Any) -> Any:
    # With float32 as JAX's default, one more operation on its own arrays would round to that.
    return np.asarray(leaf) if isinstance(leaf, jax.Array) and not is_traced(leaf) else leaf


def _common_type(given: Mapping[str, Any], ruled: Mapping[str, Rule]) -> np.dtype:
    """The type that arguments are computed in."""
    leaves: list[Any] = []
    for name, rule in ruled.items():
        if isinstance(rule, Numbers):
            leaves.append(given[name])
        elif isinstance(rule, Described):
            leaves += jax.tree.leaves(given[name])
    return _shortest_common(leaves)


def _shortest_common(leaves: Iterable[Any]) -> np.dtype:
    """Float64, unless all arrays of floating-point numbers are of shorter types."""
    # Python's numbers take the type of what they meet; lists are arrays of float64.
    arrays = (leaf for leaf in leaves if type(leaf) not in (int, float, bool))
    kinds = [getattr(leaf, "dtype", np.dtype(float)) for leaf in arrays]
    floating = [kind for kind in kinds if _spacing(kind)]
    if not floating or any(kind.itemsize >= 8 for kind in floating):
        return np.dtype(np.float64)
    return np.dtype(jnp.result_type(*floating))


@functools.cache
def _spacing(kind: np.dtype) -> float:
    """How far apart numbers near one are in this type; zero if it is not one of floating-point numbers."""
    return float(jnp.finfo(kind).eps) if jnp.issubdtype(kind, np.floating) else 0.0


def _converted(given: Mapping[str, Any], ruled: Mapping[str, Rule], kind: np.dtype) -> dict[str, Any]:
    """The arguments that have rules, checked; numbers as arrays of one type, single ones repeated for every problem."""
    checked: dict[str, np.ndarray] = {}
    found: dict[str, Any] = {}
    for name, rule in ruled.items():
        value = given[name]
        match rule:
            case Numbers():
                checked[name] = _checked_numbers(name, value, rule)
            case Subset():
                checked[name] = _checked_subset(name, value)
            case Single():
                found[name] = check_number(name, value)
                rule.check(name, np.asarray(found[name]), 0.0)
            case Whole():
                found[name] = check_whole(name, value, least=rule.least)
            case Indices():
                found[name] = jnp.asarray(_checked_indices(name, value, rule, given))
            case Described():
                rule.check(name, value, given)
                found[name] = value
    shapes = _batch_shapes(checked, ruled)
    for name, array in checked.items():
        value = given[name]
        wanted = np.dtype(bool) if isinstance(ruled[name], Subset) else kind
        if isinstance(value, jax.Array) and value.dtype == wanted and value.shape == shapes[name]:
            found[name] = value
        else:
            array = array if array.dtype == wanted else array.astype(wanted)
            found[name] = jnp.asarray(array if array.shape == shapes[name] else np.broadcast_to(array, shapes[name]))
    return found


def _checked_numbers(name: str, value: Any, rule: Numbers) -> np.ndarray:
    array = as_float64(name, value, booleans=rule.booleans)
    _check_axes(name, array, rule.per_output)
    rule.check(name, array, _spacing(getattr(value, "dtype", np.dtype(float))))
    return array


def _checked_indices(name: str, value: Any, rule: Indices, given: Mapping[str, Any]) -> np.ndarray:
    array, limit = as_float64(name, value), rule.limit(given)
    if array.ndim != rule.axes:
        wanted = "one number" if rule.axes == 0 else f"an array of {rule.axes} axis or axes"
        raise InvalidInputError(name, f"shape {array.shape}", f"Give {wanted}.")
    bad = ~((array == np.floor(array)) & (array >= 0) & (array < limit))
    if bad.any():
        up_to = f" to {limit - 1:g}" if np.isfinite(limit) else " on"
        raise InvalidInputError(name, f"{array[bad].flat[0]:g}", f"Give whole numbers from 0{up_to}.")
    return array.astype(np.int64 if jax.config.jax_enable_x64 else np.int32)  # type: ignore[attr-defined]


def _checked_subset(name: str, value: Any) -> np.ndarray:
    array = as_float64(name, value, booleans=True)
    _check_axes(name, array, True)
    if not ((array == 0) | (array == 1)).all():
        raise InvalidInputError(name, "numbers that are neither 0 nor 1", "Give booleans: which outputs are members.")
    return array == 1


def _check_axes(name: str, array: np.ndarray, per_output: bool) -> None:
    if per_output and array.ndim == 0:
        raise InvalidInputError(name, "a single number", "Give one number per output: a list of at least two.")
    if per_output and array.shape[-1] < 2:
        raise InvalidInputError(
            name, f"{array.shape[-1]} output(s)", "A policy needs at least two outputs to choose from."
        )
    if array.size == 0:
        raise InvalidInputError(name, f"an empty array of shape {array.shape}", "Give at least one number.")


def _batch_shapes(checked: Mapping[str, np.ndarray], ruled: Mapping[str, Rule]) -> dict[str, tuple[int, ...]]:
    """The shape that every argument is to have. **Raises** `InvalidInputError` for the first that does not fit."""
    per_output = {name for name in checked if getattr(ruled[name], "per_output", True)}
    first = next((name for name in checked if name in per_output), None)
    if first is None:
        first = next((name for name in checked if checked[name].ndim), None)
    if first is None:
        return dict.fromkeys(checked, ())
    full = checked[first].shape
    batch = full[:-1] if first in per_output else full
    for name, array in checked.items():
        if name in per_output and array.shape != full:
            remedy = f"It must have the shape of {first}, {full}: one number per output."
            raise InvalidInputError(name, f"shape {array.shape}", remedy)
        if name not in per_output and array.shape not in ((), batch):
            remedy = f"Give one number, or one per problem of the batch {batch}."
            raise InvalidInputError(name, f"shape {array.shape}", remedy)
    return {name: full if name in per_output else batch for name in checked}
