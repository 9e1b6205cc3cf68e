"""Host-side checks of input, made before any computing: each raises one error that names the remedy."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np

from theory.errors import InvalidInputError

PROBABILITY_SUM_TOLERANCE = 1e-9
"""How far from one a given probability vector may sum (rounding of a printed vector, not a mistake)."""

FLOAT32_SUM_TOLERANCE = 1e-6
"""The same where the vector is divided by its sum: what a softmax in float32 leaves is accepted."""


def _first(mask: np.ndarray | np.bool_) -> tuple[int, ...]:
    return tuple(int(k) for k in np.argwhere(mask)[0])


def shown_place(index: tuple[int, ...]) -> str:
    """Where in an array, as a person reads it."""
    return f"at index {list(index)}" if index else "as a single number"


def shown_number(value: float) -> str:
    """The shortest decimal that is read back as `value`."""
    return repr(float(value)).removesuffix(".0")


def _shortened(value: object) -> str:
    try:
        shown = repr(value)
    except RecursionError:
        shown = f"a deeply nested {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "..."


def as_float64(argument: str, value: object, *, booleans: bool = False) -> np.ndarray:
    """`value` as a float64 NumPy array: numbers in nested lists, NumPy or JAX arrays of any real dtype.

    **Arguments**: `booleans`, whether an array of booleans stands for zeros and ones.

    **Raises** `InvalidInputError` if it is ragged, not numeric, complex, masked, or traced by JAX.
    """
    if _is_masked(value):
        raise InvalidInputError(
            argument, "an array with masked entries", "Masks are not read: leave those entries out or fill them."
        )
    remedy = "Give real numbers in a rectangular array."
    try:
        array = np.asarray(value)
        # Text, booleans and integers too large for a machine word are not quietly turned into numbers.
        if array.dtype.kind == "b":
            remedy = "Give numbers, not booleans."
        if array.dtype.kind not in ("iufb" if booleans else "iuf") and not _is_short_float(array.dtype):
            raise TypeError
        # NumPy reads [True, 0.5] as two numbers.
        if array.dtype.kind != "b" and _has_booleans(value):
            raise TypeError
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        if is_traced(value):
            raise traced_input(argument) from None
        raise InvalidInputError(argument, _shortened(value), remedy) from None


def traced_input(argument: str) -> InvalidInputError:
    """The error for a value that JAX is tracing where concrete numbers are needed."""
    return InvalidInputError(
        argument,
        "a value that JAX is tracing",
        "This function needs concrete values: it cannot be called inside jax.jit, jax.vmap or jax.grad. Call it "
        "outside and pass its result in.",
    )


def as_reward(argument: str, value: object) -> np.ndarray:
    """As `as_float64`; booleans, correct or not, stand for rewards of one and zero."""
    return as_float64(argument, value, booleans=True)


def is_traced(value: object) -> bool:
    """Whether `value` is or holds a number that JAX is tracing (inside `jax.jit`, `jax.vmap` or `jax.grad`)."""
    # What traces has loaded JAX; these checks alone need not.
    jax = sys.modules.get("jax")
    if jax is None or isinstance(value, np.ndarray | float | int | str):
        return False
    try:
        return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(value))
    except (RecursionError, SystemError, TypeError, ValueError):
        return False  # nested too deeply to be looked through, or no pytree


def _is_masked(value: object) -> bool:
    parts = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(part, np.ma.MaskedArray) and bool(np.ma.getmaskarray(part).any()) for part in parts)


def _is_short_float(dtype: np.dtype) -> bool:
    """Whether it is one of the types that JAX adds to NumPy's, such as bfloat16; only numbers are among them."""
    return dtype.kind == "V" and dtype.type is not np.void


def _has_booleans(value: object) -> bool:
    is_list = isinstance(value, list | tuple)
    return is_list and any(isinstance(k, bool | np.bool_) for k in np.asarray(value, dtype=object).flat)


def check_finite(argument: str, array: np.ndarray) -> None:
    """**Raises** `InvalidInputError` at the first NaN or infinity."""
    bad = np.asarray(~np.isfinite(array))
    if bad.any():
        index = _first(bad)
        raise InvalidInputError(
            argument, f"{array[index]} {shown_place(index)}", "Give finite numbers only (no NaN, no infinity)."
        )


def check_reward(argument: str, reward: np.ndarray) -> None:
    """**Raises** `InvalidInputError` unless every reward is finite and lies in [-1, 1] (paper, Section 2)."""
    check_finite(argument, reward)
    bad = np.abs(reward) > 1
    if bad.any():
        index = _first(bad)
        raise InvalidInputError(
            argument,
            f"{shown_number(reward[index])} {shown_place(index)}",
            "The theorems take rewards in [-1, 1]: shift and rescale the reward model first.",
        )


def check_probabilities(
    argument: str, probabilities: np.ndarray, *, tolerance: float = PROBABILITY_SUM_TOLERANCE
) -> None:
    """**Raises** `InvalidInputError` unless each row is strictly positive and sums to one within `tolerance`."""
    check_finite(argument, probabilities)
    bad = probabilities <= 0
    if bad.any():
        index = _first(bad)
        raise InvalidInputError(
            argument,
            f"{shown_number(probabilities[index])} {shown_place(index)}",
            "A softmax policy gives every output a positive probability: remove outputs that cannot occur.",
        )
    total = probabilities.sum(axis=-1)
    off = np.abs(total - 1) > tolerance
    if off.any():
        index = _first(np.asarray(off))
        raise InvalidInputError(
            argument,
            f"a sum of {shown_number(np.asarray(total)[index])}",
            "Probabilities must sum to 1: normalise them.",
        )


def check_outputs(argument: str, array: np.ndarray) -> None:
    """**Raises** `InvalidInputError` unless the last axis holds at least two outputs and no axis is empty."""
    if array.ndim == 0:
        raise InvalidInputError(argument, "a single number", "Give one number per output: a list of at least two.")
    if array.shape[-1] < 2:
        raise InvalidInputError(
            argument, f"{array.shape[-1]} output(s)", "A policy needs at least two outputs to choose from."
        )
    if 0 in array.shape:
        raise InvalidInputError(argument, f"an empty batch of shape {array.shape}", "Give at least one problem.")


def check_same_shape(arrays: Sequence[tuple[str, np.ndarray]]) -> None:
    """**Raises** `InvalidInputError` unless all named arrays have the first one's shape."""
    (name, reference), *others = arrays
    for other_name, other in others:
        if other.shape != reference.shape:
            raise InvalidInputError(
                other_name,
                f"shape {other.shape}",
                f"It must have the shape of {name}, {reference.shape}: one number per output.",
            )


def check_positive(argument: str, array: np.ndarray) -> None:
    """**Raises** `InvalidInputError` unless every entry is finite and greater than zero."""
    check_finite(argument, array)
    bad = array <= 0
    if bad.any():
        index = _first(np.asarray(bad))
        raise InvalidInputError(
            argument, f"{shown_number(array[index])} {shown_place(index)}", "It must be greater than zero."
        )


def check_normal(argument: str, array: np.ndarray) -> None:
    """**Raises** `InvalidInputError` at the first entry that is not zero and smaller than float64's normal numbers."""
    bad = (array != 0) & (np.abs(array) < np.finfo(np.float64).tiny)
    if bad.any():
        index = _first(np.asarray(bad))
        raise InvalidInputError(
            argument,
            f"{shown_number(array[index])} {shown_place(index)}",
            "Numbers below 2.2e-308 have lost digits in float64: give a larger one.",
        )


def check_nonnegative(argument: str, array: np.ndarray) -> None:
    """**Raises** `InvalidInputError` unless every entry is finite and at least zero."""
    check_finite(argument, array)
    bad = array < 0
    if bad.any():
        index = _first(np.asarray(bad))
        raise InvalidInputError(
            argument, f"{shown_number(array[index])} {shown_place(index)}", "It must not be negative."
        )


def check_whole(argument: str, value: object, *, least: int) -> int:
    """`value` as an int. **Raises** `InvalidInputError` unless it is a whole number of at least `least`."""
    # An int keeps all its digits; float64 has 53 bits.
    if not isinstance(value, int) or isinstance(value, bool):
        number = check_number(argument, value)
        if not math.isfinite(number) or number != int(number):
            raise InvalidInputError(argument, shown_number(number), f"Give a whole number of at least {least}.")
        value = int(number)
    if value < least:
        raise InvalidInputError(argument, _shortened(value), f"Give a whole number of at least {least}.")
    return value


def check_number(argument: str, value: object) -> float:
    """`value` as a float, infinite and NaN included. **Raises** `InvalidInputError` unless it is one real number."""
    array = as_float64(argument, value)
    if array.ndim:
        raise InvalidInputError(argument, f"shape {array.shape}", "Give one number.")
    return float(array)
