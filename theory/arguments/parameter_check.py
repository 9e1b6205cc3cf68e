"""The form of a policy's parameters: structure and shapes, as its own random ones have them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax
import numpy as np

from theory.arguments.checks import as_float64, check_finite
from theory.errors import InvalidInputError


def check_parameters(policy: Any, parameters: Any, argument: str = "parameters") -> None:
    """**Raises** `InvalidInputError` unless the parameters are finite and of the form that the policy's own have.

    JAX reads the nearest row for an index out of range, so that a table for fewer prompts would answer for others.
    """
    try:
        wanted = _wanted_form(policy)
    except TypeError:  # a policy of another make that has no hash
        wanted = _wanted_form.__wrapped__(policy)
    if str(jax.tree.structure(parameters)) != str(jax.tree.structure(wanted)):
        raise InvalidInputError(
            argument,
            f"a {type(parameters).__name__} of another structure",
            "Give what policy.initial_parameters gives.",
        )
    for leaf, expected in zip(jax.tree.leaves(parameters), jax.tree.leaves(wanted), strict=True):
        if np.shape(leaf) != expected.shape:
            raise InvalidInputError(
                argument,
                f"an array of shape {np.shape(leaf)}",
                f"This policy takes one of shape {expected.shape} there.",
            )
        check_finite(argument, as_float64(argument, leaf))


@lru_cache(maxsize=64)
def _wanted_form(policy: Any) -> Any:
    return jax.eval_shape(policy.initial_parameters, jax.eval_shape(lambda: jax.random.key(0)))
