"""Numbers as JSON has them: what is not finite becomes null."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def number(value: Any) -> float | None:
    """A number, or None if it is not finite.

    >>> number(float("nan")), number(1)
    (None, 1.0)
    """
    # Zero has no sign in a report.
    found = float(value) + 0.0
    return found if math.isfinite(found) else None


def numbers(values: Any) -> list[Any]:
    """Numbers in lists, as deep as the array.

    >>> import numpy as np
    >>> numbers(np.array([[1.0, np.inf]]))
    [[1.0, None]]
    """
    array = np.asarray(values, dtype=np.float64)
    return [number(item) if array.ndim == 1 else numbers(item) for item in array]


def of_models(models: Sequence[str], values: Any) -> dict[str, Any]:
    """What each model has, by its name: the first axis is that of the models.

    >>> import numpy as np
    >>> of_models(("a", "b"), np.array([1.0, np.nan]))
    {'a': 1.0, 'b': None}
    """
    return dict(zip(models, numbers(values), strict=True))
