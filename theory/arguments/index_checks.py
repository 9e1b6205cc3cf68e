"""Host-side checks of the integers that name or rank outputs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from theory.arguments.checks import as_float64, check_finite
from theory.errors import InvalidInputError


def as_output_index(
    argument: str, value: object, batch_shape: tuple[int, ...], outputs: int
) -> Int64[np.ndarray, "*batch"]:
    """The index of one output per problem of the batch (a single number serves all of them).

    **Raises** `InvalidInputError` unless each is a whole number from 0 to `outputs - 1`.
    """
    numbers = per_problem(argument, value, batch_shape)
    bad = np.asarray((numbers != np.round(numbers)) | (numbers < 0) | (numbers >= outputs))
    if bad.any():
        raise InvalidInputError(
            argument, f"{numbers[bad].flat[0]:g}", f"Name an output by its index, 0 to {outputs - 1}."
        )
    return numbers.astype(np.int64)


def as_ranks(argument: str, value: object, shape: tuple[int, ...]) -> Int64[np.ndarray, "*batch outputs"]:
    """Ranks of the outputs: whole numbers, the higher the better, equal for tied outputs.

    **Raises** `InvalidInputError` for another shape or for numbers that are not whole.
    """
    numbers = as_float64(argument, value)
    check_finite(argument, np.atleast_1d(numbers))
    if numbers.shape != shape:
        raise InvalidInputError(argument, f"shape {numbers.shape}", f"Give one rank per output: shape {shape}.")
    bad = numbers != np.round(numbers)
    if bad.any():
        raise InvalidInputError(argument, f"{numbers[bad].flat[0]:g}", "Ranks are whole numbers.")
    return numbers.astype(np.int64)


def per_problem(argument: str, value: object, batch_shape: tuple[int, ...]) -> Float64[np.ndarray, "*batch"]:
    """One finite number per problem of the batch, in float64 (a single number serves all of them).

    **Raises** `InvalidInputError` for NaN, infinity or a shape that does not fit.
    """
    numbers = as_float64(argument, value)
    check_finite(argument, np.atleast_1d(numbers))
    if numbers.shape not in ((), batch_shape) or not numbers.size:
        raise InvalidInputError(
            argument, f"shape {numbers.shape}", f"Give one number, or one per problem of the batch {batch_shape}."
        )
    return np.array(np.broadcast_to(numbers, batch_shape))
