"""Values that are there unless something is wrong in the code itself."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")


def certain(value: Value | None, what: str) -> Value:
    """The value, which is not None.

    **Arguments**: `what` it is, for the error.

    **Raises** `ValueError` if it is None all the same.
    """
    if value is None:
        raise ValueError(f"{what}: got None, where there has to be one")
    return value
