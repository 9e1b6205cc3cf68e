"""Rules of arguments that are no numbers: policies, problems, parameters, random keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from theory.arguments.checks import as_float64, check_finite, is_traced, traced_input
from theory.arguments.parameter_check import check_parameters
from theory.arguments.rules import Described
from theory.errors import InvalidInputError


def is_policy(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what is no `theory.policies.Policy`."""
    if not all(hasattr(value, name) for name in ("prompts", "vocabulary", "length", "context_logits")):
        raise InvalidInputError(
            argument, type(value).__name__, "Give a policy, such as theory.policies.TabularPerPrefixPolicy(1, 4, 1)."
        )


def is_problem(made_by: str, *, single: bool) -> Described:
    """A rule for problems that the function `made_by` makes, or with `single` for one that is no batch.

    A class of problems names its function, since the modules of problems have these rules themselves.
    """

    def check(argument: str, value: Any, given: Mapping[str, Any]) -> None:
        if getattr(type(value), "made_by", None) != made_by:
            raise InvalidInputError(argument, f"a {type(value).__name__}", f"Give what {made_by} makes.")
        if is_traced(value):
            raise traced_input(argument)
        shape = value.batch_shape
        if 0 in shape:
            raise InvalidInputError(argument, f"an empty batch of shape {shape}", "Give at least one problem.")
        if single and shape:
            raise InvalidInputError(argument, f"a batch of shape {shape}", "Give a single problem: batch[k].")

    return Described(check)


def of_kind(kind: type | tuple[type, ...], remedy: str) -> Described:
    """A rule for objects of a class."""

    def check(argument: str, value: Any, given: Mapping[str, Any]) -> None:
        if not isinstance(value, kind):
            raise InvalidInputError(argument, f"{value!r:.40}, a {type(value).__name__}", remedy)

    return Described(check)


def items_of_kind(kind: type, remedy: str) -> Described:
    """A rule for sequences of such objects, which are not empty."""

    def check(argument: str, value: Any, given: Mapping[str, Any]) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise InvalidInputError(argument, f"{value!r:.40}, a {type(value).__name__}", f"Give a list. {remedy}")
        if not len(value):
            raise InvalidInputError(argument, "an empty batch", f"Give at least one. {remedy}")
        for item in value:
            if not isinstance(item, kind):
                raise InvalidInputError(argument, f"{item!r:.40} among them", remedy)

    return Described(check)


def is_function(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what cannot be called."""
    if not callable(value):
        raise InvalidInputError(argument, f"a {type(value).__name__}", "Give a function.")


def are_contexts(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what are no `theory.policies.Contexts`."""
    if not hasattr(value, "in_chain"):
        raise InvalidInputError(argument, f"a {type(value).__name__}", "Give what enumerate_contexts gives.")


def are_parameters(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for parameters of another form than the policy's, or that are not finite."""
    policy = given.get("policy", getattr(given.get("problem"), "policy", given.get("self")))
    check_parameters(policy, value, argument)


def numeric_leaves(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for a pytree without leaves, or with some that are not finite real numbers."""
    leaves = jax.tree.leaves(value)
    if not leaves:
        raise InvalidInputError(argument, type(value).__name__, "Give an array, or a pytree of arrays.")
    for leaf in leaves:
        check_finite(argument, as_float64(argument, leaf))


def is_key(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what is no single random key of JAX."""
    kind, shape = getattr(value, "dtype", None), np.shape(value) if hasattr(value, "dtype") else None
    typed = kind is not None and jax.dtypes.issubdtype(kind, jax.dtypes.prng_key) and shape == ()
    if not typed and not (kind == np.uint32 and shape == (2,)):
        raise InvalidInputError(argument, f"a {type(value).__name__}", "Give one random key: jax.random.key(0).")


def anything(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """Refuses nothing: a record that a function of this package has made."""
