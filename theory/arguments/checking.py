"""Arguments checked by their rules, on the host."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from theory.arguments.checks import as_float64, check_number, check_whole, is_traced, traced_input
from theory.arguments.names import ARGUMENT_RULES
from theory.arguments.rules import Described, Indices, Numbers, Rule, Shaped, Single, Subset, Untouched, Whole
from theory.errors import InvalidInputError

P = ParamSpec("P")
R = TypeVar("R")


def checked_input(**rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function that works on the host check the arguments that rules are given for.

    It is given NumPy arrays of float64 for `Numbers` (a float for a single one), and what the other rules say. Values
    that JAX is tracing are refused.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        named = Arguments.of(function, rules)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            given = named.given(args, kwargs)
            if given is None:
                return function(*args, **kwargs)
            ruled = named.ruled(given)
            for name in ruled:
                if is_traced(given[name]):
                    raise traced_input(name)
            found = checked_arguments(given, ruled)
            shapes_of_batch(found, ruled)
            return function(**{**given, **found, **_single_numbers(found, ruled)})  # type: ignore[call-arg]

        return call

    return decorate


def _has_batch_shape(rule: Rule) -> bool:
    return isinstance(rule, Subset) or (isinstance(rule, Numbers) and not rule.any_shape)


def _single_numbers(found: Mapping[str, Any], ruled: Mapping[str, Rule]) -> dict[str, float | int]:
    arrays = {name: found[name] for name, rule in ruled.items() if isinstance(rule, Numbers | Shaped | Indices)}
    return {name: array.item() for name, array in arrays.items() if array.ndim == 0}


class Arguments(NamedTuple):
    """How a function is called. **Fields**: `names` of its arguments, their `rules`, and which are `optional`."""

    names: tuple[str, ...]
    rules: dict[str, Rule]
    optional: frozenset[str]

    @classmethod
    def of(cls, function: Callable[..., Any], rules: Mapping[str, Rule]) -> Arguments:
        """Those of `function`; arguments without a rule are passed on."""
        parameters = inspect.signature(function).parameters
        kept = {name: rules[name] for name in parameters if name in rules and not isinstance(rules[name], Untouched)}
        optional = frozenset(name for name, parameter in parameters.items() if parameter.default is None)
        return cls(tuple(parameters), kept, optional)

    def given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
        """What a call gives, by name; None for a call that Python will refuse itself."""
        found = dict(zip(self.names, args, strict=False))
        if len(args) > len(self.names) or found.keys() & kwargs.keys() or not set(kwargs) <= set(self.names):
            return None
        return found | dict(kwargs)

    def ruled(self, given: Mapping[str, Any]) -> dict[str, Rule]:
        """The rules of what is given; an optional argument may be None."""
        return {
            name: rule
            for name, rule in self.rules.items()
            if name in given and not (given[name] is None and name in self.optional)
        }


def all_rules(function: Callable[..., Any], own_rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """A rule for every argument. **Raises** `TypeError` if one has none."""
    rules = {}
    for name in inspect.signature(function).parameters:
        if name not in own_rules and name not in ARGUMENT_RULES:
            raise TypeError(f"{function.__qualname__}: no rule for the argument {name}")
        rules[name] = own_rules[name] if name in own_rules else ARGUMENT_RULES[name]
    return rules


def checked_arguments(given: Mapping[str, Any], ruled: Mapping[str, Rule]) -> dict[str, Any]:
    """The arguments that have rules. **Raises** `InvalidInputError` naming the first that does not keep its own."""
    found: dict[str, Any] = {}
    for name, rule in ruled.items():
        value = given[name]
        match rule:
            case Numbers():
                found[name] = _checked_numbers(name, value, rule)
            case Shaped():
                found[name] = as_float64(name, value, booleans=rule.booleans)
                _check_shape(name, found[name], rule.shape(given), rule.or_last_axes)
                rule.check(name, found[name], spacing(getattr(value, "dtype", np.dtype(float))))
            case Subset():
                found[name] = _checked_subset(name, value)
            case Single():
                found[name] = check_number(name, value)
                rule.check(name, np.asarray(found[name]), 0.0)
            case Whole():
                found[name] = check_whole(name, value, least=rule.least)
            case Indices():
                found[name] = _checked_indices(name, value, rule, given)
            case Described():
                rule.check(name, value, given)
                found[name] = value
    return found


@functools.cache
def spacing(kind: Any) -> float:
    """How far apart numbers near one are in this type; zero if it is not one of floating-point numbers."""
    return float(jnp.finfo(kind).eps) if jnp.issubdtype(kind, np.floating) else 0.0


def _checked_numbers(name: str, value: Any, rule: Numbers) -> np.ndarray:
    array = as_float64(name, value, booleans=rule.booleans)
    _check_axes(name, array, rule.per_output)
    rule.check(name, array, spacing(getattr(value, "dtype", np.dtype(float))))
    return array


def _checked_indices(name: str, value: Any, rule: Indices, given: Mapping[str, Any]) -> np.ndarray:
    array, limit = as_float64(name, value), rule.limit(given)
    _check_shape(name, array, rule.shape(given))
    bad = ~((array == np.floor(array)) & (array >= 0) & (array < limit))
    if bad.any():
        up_to = f" to {limit - 1:g}" if np.isfinite(limit) else " on"
        raise InvalidInputError(name, f"{array[bad].flat[0]:g}", f"Give whole numbers from 0{up_to}.")
    return array.astype(np.int64 if jax.config.jax_enable_x64 else np.int32)  # type: ignore[attr-defined]


def _check_shape(
    name: str, array: np.ndarray, shape: tuple[int | None, ...], or_last_axes: tuple[int, ...] = ()
) -> None:
    accepted = [shape, *(shape[len(shape) - axes :] for axes in or_last_axes if axes < len(shape))]
    if array.size == 0 or not any(_fits(array.shape, one) for one in accepted):
        described = (f"shape ({', '.join('any' if k is None else str(k) for k in one)})" for one in accepted if one)
        wanted = [*described, *(["one number"] if () in accepted else [])]
        raise InvalidInputError(name, f"shape {array.shape}", f"Give {' or '.join(wanted)}.")


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(one in (None, k) for one, k in zip(wanted, shape, strict=True))


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


def shapes_of_batch(checked: Mapping[str, Any], ruled: Mapping[str, Rule]) -> dict[str, tuple[int, ...]]:
    """The shape that every argument is to have. **Raises** `InvalidInputError` for the first that does not fit."""
    checked = {name: array for name, array in checked.items() if _has_batch_shape(ruled[name])}
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
